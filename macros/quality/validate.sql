{#- A row is validated in two steps. rule_flags names every rule's condition as a boolean column;
    rule_violation_list turns the booleans into one array of rule violations, NULL for a clean row; rule_counted into
    the names of the rules that are counted only; quarantines says whether the row cannot be used.
    A rule is {id, column, when, before, after, rejects}, or {id, column, when, counts}. -#}
{%- macro rule_flags(rules) -%}
    {%- for rule in rules %}
    coalesce({{ rule.when }}, false) as {{ rule.id }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- The rule violations of a row as one array, NULL for a clean row; to be used after rule_flags. -#}
{%- macro rule_violation_list(rules) -%}
{%- set listed = rules | rejectattr('counts', 'defined') | list -%}
case
    when {{ listed | map(attribute='id') | join(' or ') }}
        then {{ violation_list(listed) | indent(8) }}
end
{%- endmacro -%}

{#- The names of the rules that are counted only and apply to a row, in one text, NULL when none does.
    Each name ends with a blank, so that one is not found in another. -#}
{%- macro rule_counted(rules) -%}
{%- set counted = rules | selectattr('counts', 'defined') | map(attribute='id') | list -%}
case
    when {{ counted | join(' or ') }}
        then {% for id in counted %}case when {{ id }} then '{{ id }} ' else '' end{{ ' || ' if not loop.last }}{% endfor %}
end
{%- endmacro -%}

{#- The names of two such texts in one; either may be NULL. -#}
{%- macro append_counted(first, second) -%}
    nullif(coalesce({{ first }}, '') || coalesce({{ second }}, ''), '')
{%- endmacro -%}

{#- Whether any rule that keeps rows out applies to a row; to be used after rule_flags. -#}
{%- macro quarantines(rules) -%}
    ({{ rules | selectattr('rejects', 'defined') | map(attribute='id') | join(' or ') }})
{%- endmacro -%}
