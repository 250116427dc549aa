{#- A whole number from clean text, NULL when it is none or has too many digits. -#}
{%- macro to_whole_number(text, digits=none) -%}
    {%- set type = 'decimal(' ~ digits ~ ', 0)' if digits else 'int' -%}
    case
        when {{ is_without_digits(text, ['', '-']) }} then cast(try_cast({{ text }} as {{ type }}) as int)
        when {{ is_written_as_decimal(text) }} then cast(try_cast(split_part({{ text }}, '.', 1) as {{ type }}) as int)
    end
{%- endmacro -%}

{#- Whether only zeros follow the point of a number in text: programs that know no whole number beside a
    missing one write 11000.0. -#}
{%- macro is_written_as_decimal(text) -%}
    {{ is_without_digits(text, ['.', '-.']) }} and {{ significant_decimals(text) }} = 0
{%- endmacro -%}
