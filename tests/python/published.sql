-- As much of a published file as its readers ask for.
create schema gold;
create schema quality;
create table gold.fact_sales as
    select 'SO' || i as order_number, cast(i as decimal(12, 2)) as sales_amount,
        date '2026-01-30' + i::int % 3 as order_date, repeat(md5(i::varchar), 20) as padding
    from range(20000) as t (i);
insert into gold.fact_sales values ('SO1', 1, null, '');
create table gold.dim_customers as select range as customer_key from range(3);
create table gold.dim_products as select range as product_key from range(2);
create table gold.data_quality_monitors as
    select * from (values
        ('freshness', 'erp_locations', null, 3.0, null, 2.0, 'warn'),
        ('volume', 'crm_sales', date '2026-11-23', 4.0, 11.0, 16.0, 'warn'),
        ('share', 'price_missing', null, 0.0, 0.0, 0.1, 'ok')
    ) as t (monitor, subject, measured_on, measured, usual, highest, status);
create table quality.corrections as select range as n from range(4);
create table quality.quarantine as select range as n from range(5);
create table quality.reconciliation as select 0 as difference;
create table quality.runs as
    select timestamp '2026-11-23 06:00:00' as started_at,
        timestamp '2026-11-23 06:01:00' as ended_at, 'published' as result, 6 as files,
        20001 as gold_rows, null as failed;
create table gold.data_quality_rule_results as
    select * from (values
        ('price_missing', 'crm_sales', 'new', true, 6, 0.1, 'Price [red]missing[/red] ' || chr(27) || '[2J'),
        ('price_zero', 'crm_sales', 'as before', false, 9, 0.2, 'Price zero')
    ) as t (rule_id, source, standing, needs_a_look, rows_touched, share, title);
