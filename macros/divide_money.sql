{#- A positive amount divided by a positive whole number, rounded half up, by default to the cent. Done in
    whole units of the last digit, because engines divide decimals differently. -#}
{%- macro divide_money(amount, number, decimals=2) -%}
    cast(cast(floor((2 * {{ 10 ** decimals }} * {{ amount }} + {{ number }}) / cast(2 * {{ number }} as double)) as decimal(18, 0)) * 0.{{ '0' * (decimals - 1) }}1 as decimal(18, {{ decimals }}))
{%- endmacro -%}
