-- Every rule of the catalogue has an expression, every expression a rule, for the same source and
-- column; and what quarantines a row is the same on both sides.
with

catalogue as (

    select
        rule_id,
        source,
        column_name,
        action = 'quarantine' as is_quarantine
    from {{ ref('data_quality_rules') }}

),

expressions as (
    {% for source, rules in all_rules().items() %}
    {%- set last_source = loop.last -%}
    {%- for rule in rules %}
    select
        '{{ rule.id }}' as rule_id,
        '{{ source }}' as source,
        '{{ rule.column }}' as column_name,
        {{ 'true' if rule.rejects is defined else 'false' }} as is_quarantine
    {{ 'union all' if not (last_source and loop.last) }}
    {%- endfor %}
    {%- endfor %}

)

(
    select * from catalogue
    except
    select * from expressions
)
union all
(
    select * from expressions
    except
    select * from catalogue
)
