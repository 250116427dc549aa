-- The star written by hand: what somebody would write who has these six files, knows everything that is
-- wrong in them, and wants gold and nothing else. No text is kept, no finding written down, nothing
-- counted, tested or published. tools/bench/pipeline.py sets the variables landing and today, compares every
-- table with the project's row for row, and measures how much longer the project takes.

create macro clean(t) as nullif(trim(replace(t, chr(160), ' ')), '');
create macro whole(t) as case when regexp_full_match(t, '[0-9]*-?[0-9]*') then try_cast(t as int) end;
create macro money(t) as case when regexp_full_match(t, '[0-9]*-?[0-9]*[.]?[0-9]*') then try_cast(t as decimal(18, 2)) end;
create macro day_of(t) as case when length(t) = 10 and regexp_full_match(t, '[0-9]*-[0-9]*-[0-9]*') then try_cast(t as date) end;
create macro day_of_digits(t) as case
    when length(t) = 8 and regexp_full_match(t, '[0-9]*')
        then try_cast(substr(t, 1, 4) || '-' || substr(t, 5, 2) || '-' || substr(t, 7, 2) as date)
end;
create macro possible(d) as case when d between date '2000-01-01' and cast(getvariable('today') as date) then d end;
create macro key_of(t) as cast('0x' || substr(md5(t), 1, 15) as bigint);
create macro file_day(f) as coalesce(day_of_digits(replace(regexp_extract(f, '[0-9]{4}-?[0-9]{2}-?[0-9]{2}', 0), '-', '')), date '1900-01-01');

create table dim_dates as
with days as (
    select cast(range as date) as d from range(date '2000-01-01', date '2050-01-01', interval 1 day)
    union all
    select null
)
select
    cast(coalesce(year(d) * 10000 + month(d) * 100 + day(d), -1) as int) as date_key,
    d as date_day,
    cast(year(d) as int) as year,
    cast(quarter(d) as int) as quarter,
    cast(month(d) as int) as month,
    cast(date_trunc('month', d) as date) as month_start_date,
    cast(date_trunc('quarter', d) as date) as quarter_start_date,
    cast(date_trunc('week', d) as date) as week_start_date,
    cast(day(d) as int) as day_of_month,
    cast(isodow(d) as int) as day_of_week,
    coalesce(monthname(d), 'n/a') as month_name,
    coalesce(dayname(d), 'n/a') as day_name,
    coalesce(isodow(d) >= 6, false) as is_weekend
from days;

create table dim_locations as
select key_of(country) as location_key, country, country_code
from (values
    ('Australia', 'AU'), ('Canada', 'CA'), ('Germany', 'DE'), ('France', 'FR'), ('United Kingdom', 'GB'),
    ('United States', 'US'), ('n/a', 'n/a')
) as countries (country, country_code);

-- Sales: typed and repaired; without an order number, a product, a customer or an amount a line is lost.
create temp table lines as
with read as (
    select
        *,
        row_number() over () as place
    from read_csv(getvariable('landing') || '/source_crm/**/sales_details*.csv', all_varchar = true, header = true, filename = true)
),

typed as (
    select
        filename,
        place,
        clean(sls_ord_num) as order_number,
        clean(sls_prd_key) as product_number,
        whole(clean(sls_cust_id)) as customer_id,
        day_of_digits(clean(sls_order_dt)) as ordered,
        day_of_digits(clean(sls_ship_dt)) as ship_date,
        day_of_digits(clean(sls_due_dt)) as due_date,
        money(clean(sls_sales)) as amount,
        whole(clean(sls_quantity)) as pieces,
        money(clean(sls_price)) as given
    from read
),

counted as (
    select
        *,
        case
            when pieces > 0 then pieces
            when amount > 0 and amount % nullif(abs(given), 0) = 0 then cast(floor(amount / abs(given)) as int)
        end as quantity
    from typed
),

priced as (
    select
        *,
        coalesce(nullif(abs(given), 0), case when amount > 0 and quantity > 0 then cast(
            cast(floor((200 * amount + quantity) / cast(2 * quantity as double)) as decimal(18, 0)) * 0.01 as decimal(18, 2)
        ) end) as price
    from counted
)

select
    filename,
    place,
    order_number,
    product_number,
    customer_id,
    possible(ordered) as ordered,
    possible(cast(ship_date - 7 as date)) as by_shipment,
    ship_date,
    due_date,
    try_cast(quantity * price as decimal(18, 2)) as sales_amount,
    quantity,
    price
from priced
where order_number is not null
    and product_number is not null
    and customer_id is not null
    and try_cast(quantity * price as decimal(18, 2)) is not null;

create temp table sold as
with repeated as (
    select filename, place
    from (
        select
            filename,
            place,
            row_number() over (
                partition by order_number, product_number
                order by file_day(filename) desc, filename desc, place desc
            ) as recency
        from lines
        inner join (
            select order_number, product_number from lines group by all having count(*) > 1
        ) using (order_number, product_number)
    )
    where recency > 1
),

siblings as (
    select order_number, min(ordered) as ordered
    from lines
    where order_number in (select order_number from lines where ordered is null)
    group by order_number
    having min(ordered) is not null
)

select
    lines.order_number,
    lines.product_number,
    lines.customer_id,
    coalesce(lines.ordered, siblings.ordered, lines.by_shipment) as order_date,
    lines.ship_date,
    lines.due_date,
    lines.sales_amount,
    lines.quantity,
    lines.price,
    case
        when lines.ordered is not null then 'source'
        when siblings.ordered is not null then 'sibling_line'
        when lines.by_shipment is not null then 'shipping_lead_time'
        else 'unknown'
    end as order_date_source
from lines
left join siblings using (order_number)
anti join repeated using (filename, place);

-- Customers: the newest row of the CRM, the birth date and the country of the ERP.
create table dim_customers as
with crm as (
    select
        whole(clean(cst_id)) as customer_id,
        clean(cst_key) as customer_number,
        clean(regexp_replace(clean(cst_firstname), '[\x01-\x1f\x7f]', '', 'g')) as first_name,
        clean(regexp_replace(clean(cst_lastname), '[\x01-\x1f\x7f]', '', 'g')) as last_name,
        case upper(clean(cst_marital_status)) when 'M' then 'Married' when 'S' then 'Single' else 'n/a' end as marital_status,
        case
            when upper(clean(cst_gndr)) in ('M', 'MALE') then 'Male'
            when upper(clean(cst_gndr)) in ('F', 'FEMALE') then 'Female'
            else 'n/a'
        end as gender,
        day_of(clean(cst_create_date)) as create_date,
        row_number() over () as place
    from read_csv(getvariable('landing') || '/source_crm/cust_info*.csv', all_varchar = true, header = true)
),

erp as (
    select
        case when clean(cid) like 'NAS%' then substr(clean(cid), 4) else clean(cid) end as customer_number,
        day_of(clean(bdate)) as birthdate,
        case
            when upper(clean(gen)) in ('M', 'MALE') then 'Male'
            when upper(clean(gen)) in ('F', 'FEMALE') then 'Female'
            else 'n/a'
        end as gender,
        row_number() over () as place
    from read_csv(getvariable('landing') || '/source_erp/CUST_AZ12*.csv', all_varchar = true, header = true)
),

homes as (
    select
        replace(clean(cid), '-', '') as customer_number,
        case
            when upper(clean(cntry)) in ('AU', 'AUSTRALIA') then 'Australia'
            when upper(clean(cntry)) in ('CA', 'CANADA') then 'Canada'
            when upper(clean(cntry)) in ('DE', 'GERMANY') then 'Germany'
            when upper(clean(cntry)) in ('FR', 'FRANCE') then 'France'
            when upper(clean(cntry)) in ('GB', 'UK', 'UNITED KINGDOM') then 'United Kingdom'
            when upper(clean(cntry)) in ('US', 'USA', 'UNITED STATES') then 'United States'
            else 'n/a'
        end as country,
        row_number() over () as place
    from read_csv(getvariable('landing') || '/source_erp/LOC_A101*.csv', all_varchar = true, header = true)
),

newest as (
    select
        customer_id,
        arg_max(crm, struct_pack(dated := coalesce(create_date, date '0001-01-01'), place)) as latest
    from crm
    where customer_id is not null
    group by customer_id
),

details as (
    select customer_number, arg_max(birthdate, place) as birthdate, arg_max(gender, place) as gender
    from (select * replace (case when birthdate <= cast(getvariable('today') as date) then birthdate else date '0001-01-01' end as birthdate) from erp)
    where regexp_full_match(customer_number, 'AW[0-9]{8}')
    group by customer_number
),

places as (
    select customer_number, arg_max(country, place) as country
    from homes
    where regexp_full_match(customer_number, 'AW[0-9]{8}')
    group by customer_number
),

described as (
    select
        newest.customer_id,
        coalesce(newest.latest.customer_number, 'n/a') as customer_number,
        coalesce(newest.latest.first_name, 'n/a') as first_name,
        coalesce(newest.latest.last_name, 'n/a') as last_name,
        coalesce(places.country, 'n/a') as country,
        newest.latest.marital_status as marital_status,
        coalesce(nullif(newest.latest.gender, 'n/a'), details.gender, 'n/a') as gender,
        nullif(details.birthdate, date '0001-01-01') as birthdate,
        newest.latest.create_date as create_date,
        false as is_inferred
    from newest
    left join details on newest.latest.customer_number = details.customer_number
    left join places on newest.latest.customer_number = places.customer_number
    union all
    select distinct customer_id, 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', null, null, true
    from sold
    anti join newest using (customer_id)
)

select
    key_of(cast(customer_id as varchar)) as customer_key,
    customer_id,
    customer_number,
    first_name,
    last_name,
    country,
    marital_status,
    gender,
    birthdate,
    create_date,
    location_key,
    is_inferred,
    cast(null as date) as deleted_on,
    case
        when birthdate > last_order then 'n/a'
        when birthdate > last_order - interval 30 years then 'Under 30'
        when birthdate > last_order - interval 40 years then '30 to 39'
        when birthdate > last_order - interval 50 years then '40 to 49'
        when birthdate > last_order - interval 60 years then '50 to 59'
        when birthdate > last_order - interval 70 years then '60 to 69'
        when birthdate > last_order - interval 120 years then '70 and over'
        else 'n/a'
    end as age_group
from described
inner join dim_locations using (country)
cross join (select max(order_date) as last_order from sold);

-- Products: the version that starts last, with the category of the ERP.
create temp table newest_products as
with crm as (
    select
        whole(clean(prd_id)) as product_id,
        case when substr(clean(prd_key), 6, 1) = '-' then nullif(substr(clean(prd_key), 7), '') end as product_number,
        coalesce(clean(prd_nm), 'n/a') as product_name,
        replace(replace(substr(clean(prd_key), 1, 5), '-', '_'), 'CO_PE', 'CO_PD') as category_id,
        cast(case when money(clean(prd_cost)) >= 0 then money(clean(prd_cost)) end as decimal(18, 2)) as cost,
        case upper(clean(prd_line))
            when 'M' then 'Mountain' when 'R' then 'Road' when 'S' then 'Other Sales' when 'T' then 'Touring' else 'n/a'
        end as product_line,
        day_of(clean(prd_start_dt)) as start_date,
        row_number() over () as place
    from read_csv(getvariable('landing') || '/source_crm/prd_info*.csv', all_varchar = true, header = true)
)

select * exclude (place), false as is_inferred
from crm
where product_number is not null and start_date is not null
qualify row_number() over (partition by product_number order by start_date desc, place desc) = 1
union all
select distinct null, product_number, 'n/a', 'n/a', null, 'n/a', null, true
from sold
where product_number not in (select product_number from crm where product_number is not null and start_date is not null);

create table dim_product_categories as
with erp as (
    select
        clean(id) as category_id,
        coalesce(clean(cat), 'n/a') as category,
        coalesce(clean(subcat), 'n/a') as subcategory,
        case when clean(maintenance) in ('Yes', 'No') then clean(maintenance) else 'n/a' end as requires_maintenance,
        false as is_inferred,
        row_number() over () as place
    from read_csv(getvariable('landing') || '/source_erp/PX_CAT_G1V2*.csv', all_varchar = true, header = true)
),

described as (
    select * exclude (place) from erp
    where category_id is not null
    qualify row_number() over (partition by category_id order by place desc) = 1
    union all
    select distinct category_id, 'n/a', 'n/a', 'n/a', true
    from newest_products
    where category_id not in (select category_id from erp where category_id is not null)
)

select key_of(category_id) as product_category_key, * from described;

create table dim_products as
select
    key_of(product_number) as product_key,
    product_id,
    product_number,
    product_name,
    category_id,
    category,
    subcategory,
    requires_maintenance,
    cost,
    product_line,
    start_date,
    product_category_key,
    newest_products.is_inferred,
    cast(null as date) as deleted_on
from newest_products
inner join dim_product_categories using (category_id);

create table fact_sales as
select
    sold.order_number,
    dim_products.product_key,
    dim_customers.customer_key,
    sold.order_date,
    sold.ship_date,
    sold.due_date,
    sold.sales_amount,
    sold.quantity,
    sold.price,
    sold.order_date_source,
    cast(coalesce(year(sold.order_date) * 10000 + month(sold.order_date) * 100 + day(sold.order_date), -1) as int) as order_date_key
from sold
inner join dim_products using (product_number)
inner join dim_customers using (customer_id);
