-- What is counted of a row without being listed are rules of the catalogue, of the row's own source.
with

validated as (
    {% for source, model in validated_models().items() %}
    select distinct
        '{{ source }}' as source,
        counted
    from {{ ref(model) }}
    where counted is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rules as (select * from {{ ref('data_quality_rules') }}),

-- Every name ends with a blank: what is known adds up to the whole, or there is something else.
known as (

    select
        validated.source,
        validated.counted,
        sum(case when rules.rule_id is not null then length(rules.rule_id) + 1 else 0 end) as length_known
    from validated
    left join rules
        on validated.source = rules.source
        and {{ dbt.position("' ' || rules.rule_id || ' '", "' ' || validated.counted") }} > 0
    group by validated.source, validated.counted

)

select * from known
where length_known <> length(counted)
