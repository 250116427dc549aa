{#- The rule violations of a row as one array, NULL for a clean row. found: for each column the value before, the
    value after or none, and the rules: boolean columns. -#}
{%- macro violations(found) -%}
case
    when {{ found | map(attribute=3) | sum(start=[]) | join(' or ') }}
        then {{ violation_list(found) | indent(8) }}
end
{%- endmacro -%}

{#- The names of the rules that are counted only and apply to a row, in one text, NULL when none does.
    Each name ends with a blank, so that one is not found in another. -#}
{%- macro counted(rules) -%}
{%- if not rules -%}{{- return('cast(null as ' ~ dbt.type_string() ~ ')') -}}{%- endif -%}
case
    when {{ rules | join(' or ') }}
        then {% for rule in rules %}case when {{ rule }} then '{{ rule }} ' else '' end{{ ' || ' if not loop.last }}{% endfor %}
end
{%- endmacro -%}

{#- The names of two such texts in one; either may be NULL. -#}
{%- macro append_counted(first, second) -%}
    nullif(coalesce({{ first }}, '') || coalesce({{ second }}, ''), '')
{%- endmacro -%}
