-- What is counted of a row without being listed are rules of the catalogue, of the row's own source.
with

judged as (
    {% for source, model in judged_models().items() %}
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
        judged.source,
        judged.counted,
        sum(case when rules.rule_id is not null then length(rules.rule_id) + 1 else 0 end) as length_known
    from judged
    left join rules
        on judged.source = rules.source
        and {{ dbt.position("' ' || rules.rule_id || ' '", "' ' || judged.counted") }} > 0
    group by judged.source, judged.counted

)

select * from known
where length_known <> length(counted)
