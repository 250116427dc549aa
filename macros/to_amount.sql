{#- A number with at most two decimals from clean text, NULL when it is none. The engines' own casts
    accept 1e2, 0x10 and 1_000 or refuse them as they please: only digits, point and minus get that far. -#}
{%- macro to_amount(text) -%}
    case when {{ is_without_digits(text, ['', '-', '.', '-.']) }} then try_cast({{ text }} as decimal(18, 2)) end
{%- endmacro -%}
