{#- A row is judged in two steps. rule_flags names every rule's condition as a boolean column;
    rule_issues turns the booleans into one array of findings, NULL for a clean row; rule_rejects says
    whether the row cannot be used. A rule is {id, column, when, before, after, rejects}. -#}
{%- macro rule_flags(rules) -%}
    {%- for rule in rules %}
    coalesce({{ rule.when }}, false) as {{ rule.id }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{%- macro rule_issues(rules) -%}
case
    when {{ rules | map(attribute='id') | join(' or ') }}
        then {{ issue_list(rules) | indent(8) }}
end
{%- endmacro -%}

{%- macro rule_rejects(rules) -%}
    ({{ rules | selectattr('rejects', 'defined') | map(attribute='id') | join(' or ') }})
{%- endmacro -%}
