with

source as (select * from {{ ref('crm_prd_info') }}),

texts as (

    select
        {{ provenance() | indent(8) }},
        {{ clean_text('prd_id') }} as product_id_text,
        {{ clean_text('prd_key') }} as product_key_text,
        {{ clean_text('prd_nm') }} as product_name,
        {{ clean_text('prd_cost') }} as cost_text,
        upper({{ clean_text('prd_line') }}) as product_line_code,
        {{ clean_text('prd_start_dt') }} as start_date_text,
        {{ clean_text('prd_end_dt') }} as end_date_text,
        {{ was_trimmed(['prd_line']) }} as product_line_was_trimmed
    from source

),

-- The product key is the category in five characters, a dash, and the product number.
typed as (

    select
        *,
        {{ to_whole_number('product_id_text') }} as product_id,
        replace(substr(product_key_text, 1, 5), '-', '_') as category_id_given,
        case when substr(product_key_text, 6, 1) = '-' then nullif(substr(product_key_text, 7), '') end as product_number,
        {{ to_amount('cost_text', 8) }} as cost_given,
        {{ to_date('start_date_text') }} as start_date,
        {{ to_date('end_date_text') }} as end_date_given
    from texts

),

repaired as (

    select
        *,
        cast(case when cost_given >= 0 then cost_given end as decimal(18, 2)) as cost
    from typed

),

checked as (

    select
        *,
        product_number is null as product_key_malformed,
        start_date is null as product_start_date_invalid,
        cost_text is null as product_cost_missing,
        cost_text is not null and cost_given is null as product_cost_not_a_number,
        cost_given < 0 as product_cost_negative,
        cost_given > 0 and cost_given <> cost as product_cost_rounded,
        product_number is not null as product_key_split,
        product_line_was_trimmed as product_line_trimmed
    from repaired

)

select
    {{ provenance() | indent(4) }},
    coalesce(product_key_text, product_id_text, 'n/a') as record_key,
    product_id,
    product_number,
    product_name,
    category_id_given,
    cost,
    product_line_code,
    start_date,
    end_date_given,
    product_key_malformed or product_start_date_invalid as is_quarantined,
    {{ violations([
        ('product_number', 'product_key_text', none, ['product_key_malformed']),
        ('start_date', 'start_date_text', none, ['product_start_date_invalid']),
        ('cost', 'cost_text', 'cost', ['product_cost_missing', 'product_cost_not_a_number']),
        ('cost', 'cost_text', 'cost', ['product_cost_negative', 'product_cost_rounded']),
    ]) | indent(4) }} as violations,
    {{ counted(['product_key_split', 'product_line_trimmed']) | indent(4) }} as counted
from checked
