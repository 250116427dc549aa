{#- A day as the whole number yyyymmdd; -1 stands for an unknown day. -#}
{%- macro date_key(day) -%}
    cast(coalesce(year({{ day }}) * 10000 + month({{ day }}) * 100 + day({{ day }}), -1) as int)
{%- endmacro -%}
