{#- A whole number from clean text, NULL when it is none. -#}
{%- macro to_whole_number(text) -%}
    case when {{ is_without_digits(text, ['', '-']) }} then try_cast({{ text }} as int) end
{%- endmacro -%}
