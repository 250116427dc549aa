{#- The name that belongs to a number counted from 1; n/a for any other. -#}
{%- macro name_of(number, names) -%}
case {{ number }}
    {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
    {%- endfor %}
        else 'n/a'
    end
{%- endmacro -%}
