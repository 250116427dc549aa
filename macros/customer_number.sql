{#- A customer number as the CRM writes it, AW00011000: NULL when the text is none. -#}
{%- macro customer_number(text) -%}
    case
        when length({{ text }}) = 10 and substr({{ text }}, 1, 2) = 'AW' and {{ is_without_digits('substr(' ~ text ~ ', 3)', ['']) }}
            then {{ text }}
    end
{%- endmacro -%}
