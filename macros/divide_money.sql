{#- A positive amount divided by a positive whole number, rounded half up to the cent. Done in whole
    cents, because engines divide decimals differently. -#}
{%- macro divide_money(amount, number) -%}
    cast(cast(floor((2 * 100 * {{ amount }} + {{ number }}) / cast(2 * {{ number }} as double)) as decimal(18, 0)) * 0.01 as decimal(18, 2))
{%- endmacro -%}
