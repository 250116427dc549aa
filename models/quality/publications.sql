-- depends_on: {{ ref('dim_dates') }}
-- depends_on: {{ ref('dim_customers_history') }}
-- depends_on: {{ ref('product_costs') }}
-- depends_on: {{ ref('corrections') }}
-- depends_on: {{ ref('dashboard_cohorts') }}
-- depends_on: {{ ref('dashboard_customer_movements') }}
-- depends_on: {{ ref('dashboard_customer_segments') }}
-- depends_on: {{ ref('dashboard_customers') }}
-- depends_on: {{ ref('dashboard_new_and_returning') }}
-- depends_on: {{ ref('dashboard_product_changes') }}
-- depends_on: {{ ref('dashboard_targets') }}
-- depends_on: {{ ref('dashboard_sales_summary') }}
-- depends_on: {{ ref('dashboard_totals') }}
-- depends_on: {{ ref('data_quality_corrected_amounts') }}
-- depends_on: {{ ref('data_quality_monitors') }}
-- depends_on: {{ ref('quarantine') }}
-- depends_on: {{ ref('rule_history') }}
-- depends_on: {{ ref('reconciliation') }}
-- depends_on: {{ ref('run_models') }}
-- depends_on: {{ ref('runs') }}
-- depends_on: {{ ref('int_sales_published') }}
{{ config(
    pre_hook="{{ check_unchanged_files() }}",
    post_hook=[run_after_build("{{ record_published_sales() }}"), run_after_build("{{ publish_gold() }}")],
) }}

with

sales as (select * from {{ ref('fact_sales') }})

select
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as run_started_at,
    count(*) as lines,
    count(distinct order_number) as orders,
    cast(sum(sales_amount) as decimal(24, 2)) as revenue
from sales
