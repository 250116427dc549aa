{#- A number from clean text with at most nine digits before the point and a few after it. NULL when the
    text is none, or when a digit would be lost. The engines' own casts round, and accept 1e2, 0x10 and
    1_000 or refuse them as they please: only digits, point and minus get that far. -#}
{%- macro to_amount(text, decimals=2) -%}
    case
        when {{ is_without_digits(text, ['', '-', '.', '-.']) }} and {{ significant_decimals(text) }} <= {{ decimals }}
            then cast(try_cast({{ text }} as decimal({{ 9 + decimals }}, {{ decimals }})) as decimal(18, {{ decimals }}))
    end
{%- endmacro -%}

{#- How many digits a number in text has after its point. -#}
{%- macro decimals_of(text) -%}
    case when position('.' in {{ text }}) > 0 then length({{ text }}) - position('.' in {{ text }}) else 0 end
{%- endmacro -%}

{#- The same without zeros at the end, which say nothing. -#}
{%- macro significant_decimals(text) -%}
    {{ decimals_of("trim(trailing '0' from " ~ text ~ ")") }}
{%- endmacro -%}
