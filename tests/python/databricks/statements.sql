-- Every distinct statement that production sends to the warehouse, by kind. Beside each kind:
-- whether the tests run it on the local warehouse. Above each statement: in which runs it is sent,
-- and for which models, seeds or snapshots. The daily run finds tables with their columns only, so
-- that it adds everything else that the YAML declares.
--
-- Marks stand for what is elsewhere or differs: <name> for the model, seed or snapshot; <select of>
-- for SQL of this repository; <rows of the snapshot that changed> for dbt's own SQL; <description>
-- and <columns> for what the YAML says; <moment>, <id> and <checksum> for what each run changes.
--
-- `make statements` writes this file again.


-- ## alter table add constraint check: run here

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` ADD CONSTRAINT amount_is_quantity_times_price CHECK (sales_amount = cast(quantity * price as decimal(18, 2)));

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` ADD CONSTRAINT order_date_source_is_known CHECK (order_date_source in ('source', 'sibling_line', 'shipping_lead_time', 'unknown'));

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` ADD CONSTRAINT price_is_positive CHECK (price > 0);

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` ADD CONSTRAINT quantity_is_positive CHECK (quantity > 0);

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` ADD CONSTRAINT unknown_dates_are_marked CHECK (case when order_date is null then order_date_source = 'unknown' else order_date_source <> 'unknown' end);

-- daily run: int_sales__validated
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` ADD CONSTRAINT amount_is_quantity_times_price CHECK (coalesce(is_quarantined or sales_amount = cast(quantity * price as decimal(18, 2)), true));

-- daily run: int_sales__validated
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` ADD CONSTRAINT order_date_source_is_known CHECK (order_date_source in ('source', 'sibling_line', 'shipping_lead_time', 'unknown'));

-- daily run: int_sales__validated
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` ADD CONSTRAINT order_number_text_differs CHECK (coalesce(order_number_text <> order_number, true));

-- daily run: int_sales__validated
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` ADD CONSTRAINT quantity_is_positive CHECK (coalesce(is_quarantined or quantity > 0, true));

-- daily run: int_sales__validated
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` ADD CONSTRAINT unknown_dates_are_marked CHECK (case when order_date is null then order_date_source = 'unknown' else order_date_source <> 'unknown' end);

-- first run, daily run: dim_customers
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint age_group_is_known check (age_group in ('Under 30', '30 to 39', '40 to 49', '50 to 59', '60 to 69', '70 and over', 'n/a'));

-- first run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint amount_is_quantity_times_price check (sales_amount = cast(quantity * price as decimal(18, 2)));

-- first run, daily run: dim_products, product_costs
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint cost_is_not_negative check (coalesce(cost >= 0, true));

-- first run, daily run: dim_dates
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint day_is_known check (date_day is not null or date_key = -1);

-- first run, daily run: dim_customers
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint gender_is_known check (gender in ('Male', 'Female', 'n/a'));

-- first run, daily run: dim_customers
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint marital_status_is_known check (marital_status in ('Married', 'Single', 'n/a'));

-- first run, daily run: data_quality_monitors
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint monitor_is_known check (monitor in ('freshness', 'volume', 'share'));

-- first run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint order_date_source_is_known check (order_date_source in ('source', 'sibling_line', 'shipping_lead_time', 'unknown'));

-- first run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint price_is_positive check (price > 0);

-- first run, daily run: dim_products
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint product_line_is_known check (product_line in ('Mountain', 'Road', 'Other Sales', 'Touring', 'n/a'));

-- first run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint quantity_is_positive check (quantity > 0);

-- first run, daily run: dim_products
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint requires_maintenance_is_known check (requires_maintenance in ('Yes', 'No', 'n/a'));

-- first run, daily run: data_quality_monitors
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint status_is_known check (status in ('ok', 'warn', 'new'));

-- first run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint unknown_dates_are_marked check (case when order_date is null then order_date_source = 'unknown' else order_date_source <> 'unknown' end);

-- first run, daily run: data_quality_monitors
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint values_are_possible check (coalesce(past_values >= 0 and (highest >= coalesce(usual, 0) or highest is null), true));

-- first run, daily run: rule_standings
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` add constraint standing_is_known check (standing in ('stop', 'near limit', 'new', 'worse', 'first run', 'as before', 'ok'));

-- first run, daily run: freshness_monitors
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` add constraint values_are_possible check (coalesce(monitor = 'freshness' and source = subject and usual is null and lowest is null and past_values = 0, true));

-- first run, daily run: share_monitors
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` add constraint values_are_possible check (coalesce(monitor = 'share' and measured between 0 and 1 and lowest is null and past_values >= 0, true));

-- first run, daily run: volume_monitors
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` add constraint values_are_possible check (coalesce(monitor = 'volume' and source = subject and measured >= 0 and past_values >= 0, true));

-- first run, full refresh: int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint amount_is_quantity_times_price check (coalesce(is_quarantined or sales_amount = cast(quantity * price as decimal(18, 2)), true));

-- first run, daily run: int_products__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint cost_is_not_negative check (coalesce(cost >= 0, true));

-- first run, daily run: int_customer_details__validated, int_customer_locations__validated,
-- int_products__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint counted_ends_with_a_blank check (coalesce(counted like '% ', true));

-- first run, daily run: int_customer_details__validated, int_customers__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint gender_is_known check (coalesce(gender in ('Male', 'Female', 'n/a'), true));

-- first run, daily run: int_customers__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint marital_status_is_known check (coalesce(marital_status in ('Married', 'Single', 'n/a'), true));

-- first run, full refresh: int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint order_date_source_is_known check (order_date_source in ('source', 'sibling_line', 'shipping_lead_time', 'unknown'));

-- first run, full refresh: int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint order_number_text_differs check (coalesce(order_number_text <> order_number, true));

-- first run, daily run: int_products__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint product_line_is_known check (coalesce(product_line in ('Mountain', 'Road', 'Other Sales', 'Touring', 'n/a'), true));

-- first run, full refresh: int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint quantity_is_positive check (coalesce(is_quarantined or quantity > 0, true));

-- first run, daily run: int_product_categories__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint requires_maintenance_is_known check (coalesce(requires_maintenance in ('Yes', 'No', 'n/a'), true));

-- first run, full refresh: int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` add constraint unknown_dates_are_marked check (case when order_date is null then order_date_source = 'unknown' else order_date_source <> 'unknown' end);


-- ## alter table add constraint foreign key: remembered here: Delta alone keeps no keys

-- first run, daily run: dim_customers_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_dim_customers_history_customer_key foreign key (customer_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_customers` (customer_key) rely;

-- first run, daily run: dim_customers_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_dim_customers_history_location_key foreign key (location_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_locations` (location_key) rely;

-- first run, daily run: dim_customers
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_dim_customers_location_key foreign key (location_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_locations` (location_key) rely;

-- first run, daily run: dim_products_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_dim_products_history_product_key foreign key (product_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_products` (product_key) rely;

-- first run, daily run: dim_products
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_dim_products_product_category_key foreign key (product_category_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_product_categories` (product_category_key) rely;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_fact_sales_customer_key foreign key (customer_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_customers` (customer_key) rely;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_fact_sales_order_date_key foreign key (order_date_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_dates` (date_key) rely;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_fact_sales_product_key foreign key (product_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_products` (product_key) rely;

-- first run, daily run: product_costs
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint fk_product_costs_product_key foreign key (product_key) references `analytics`.`dev_ann_lee_gold_next`.`dim_products` (product_key) rely;


-- ## alter table add constraint primary key: remembered here: Delta alone keeps no keys

-- first run, daily run: dashboard_months
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dashboard_months primary key (order_month) rely;

-- first run, daily run: data_quality_corrected_amounts
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_data_quality_corrected_amounts primary key (rule_id) rely;

-- first run, daily run: data_quality_freshness
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_data_quality_freshness primary key (source) rely;

-- first run, daily run: data_quality_monitors
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_data_quality_monitors primary key (monitor, subject) rely;

-- first run, daily run: data_quality_quarantine
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_data_quality_quarantine primary key (source, file, row_number) rely;

-- first run, daily run: data_quality_reconciliation
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_data_quality_reconciliation primary key (source, measure) rely;

-- first run, daily run: data_quality_rule_results
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_data_quality_rule_results primary key (rule_id) rely;

-- first run, daily run: dim_customers
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_customers primary key (customer_key) rely;

-- first run, daily run: dim_customers_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_customers_history primary key (customer_key, valid_from) rely;

-- first run, daily run: dim_dates
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_dates primary key (date_key) rely;

-- first run, daily run: dim_locations
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_locations primary key (location_key) rely;

-- first run, daily run: dim_product_categories
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_product_categories primary key (product_category_key) rely;

-- first run, daily run: dim_products
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_products primary key (product_key) rely;

-- first run, daily run: dim_products_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_dim_products_history primary key (product_key, valid_from) rely;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_fact_sales primary key (order_number, product_key) rely;

-- first run, daily run: product_costs
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` add constraint pk_product_costs primary key (product_key, valid_from) rely;


-- ## alter table alter column comment: run here

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2, file_load_log
alter table `analytics`.`dev_ann_lee_bronze`.`<name>` alter column <columns with their descriptions>;

-- first run, daily run, full refresh: dashboard_cohorts, dashboard_customer_movements,
-- dashboard_customer_segments, dashboard_customers, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, product_costs
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` alter column <columns with their descriptions>;

-- first run, daily run, full refresh: corrected_amounts, corrections, freshness_monitors,
-- published_totals, quarantine, reconciliation, rule_history, rule_results, rule_standings,
-- rule_violations, share_monitors, volume_monitors
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` alter column <columns with their descriptions>;

-- first run, daily run, full refresh: dashboard_customer_counts, dashboard_customer_months,
-- dashboard_customer_periods, dashboard_listed_customers, dashboard_month_versions,
-- dashboard_order_counts, dashboard_periods, dashboard_sales_figures,
-- int_customer_details__validated, int_customer_locations__validated, int_customers__merged,
-- int_customers__periods, int_customers__validated, int_product_categories__validated,
-- int_products__merged, int_products__validated, int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` alter column <columns with their descriptions>;


-- ## alter table alter column set not null: run here

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` ALTER COLUMN `<column>` SET NOT NULL;

-- daily run, full refresh: rule_history
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_quality_next`.`<name>` ALTER COLUMN `<column>` SET NOT NULL;

-- daily run: int_sales__validated
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` ALTER COLUMN `<column>` SET NOT NULL;


-- ## alter table alter column set tags: remembered here: Spark has no tags

-- first run, daily run: dim_customers, dim_customers_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` alter column birthdate set tags ('personal_data' = 'birth date');

-- first run, daily run: dashboard_customers
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` alter column customer_name set tags ('personal_data' = 'name');

-- first run, daily run: dim_customers, dim_customers_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` alter column first_name set tags ('personal_data' = 'name');

-- first run, daily run: dim_customers, dim_customers_history
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` alter column last_name set tags ('personal_data' = 'name');

-- first run, daily run: quarantine
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` alter column content set tags ('personal_data' = 'whole row');

-- first run, daily run: corrections, rule_violations
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` alter column value_after set tags ('personal_data' = 'name or birth date');

-- first run, daily run: corrections, rule_violations
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` alter column value_before set tags ('personal_data' = 'name or birth date');


-- ## alter table change column set not null: run here

-- first run, daily run, full refresh: dashboard_customers, dashboard_months, dashboard_totals,
-- data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, product_costs
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` change column `<column>` set not null;

-- first run, daily run: corrected_amounts, corrections, freshness_monitors, quarantine,
-- reconciliation, rule_history, rule_results, rule_standings, rule_violations, share_monitors,
-- volume_monitors
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` change column `<column>` set not null;

-- first run, daily run, full refresh: int_customer_details__validated,
-- int_customer_locations__validated, int_customers__merged, int_customers__periods,
-- int_customers__validated, int_product_categories__validated, int_products__merged,
-- int_products__validated, int_sales__validated
alter table `analytics`.`dev_ann_lee_silver`.`<name>` change column `<column>` set not null;


-- ## alter table cluster by: run here

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` CLUSTER BY (order_date);


-- ## alter table drop constraint if exists: remembered here: Delta alone keeps no keys

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` drop constraint if exists fk_fact_sales_customer_key;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` drop constraint if exists fk_fact_sales_order_date_key;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` drop constraint if exists fk_fact_sales_product_key;

-- first run, daily run, full refresh: fact_sales
alter table `analytics`.`dev_ann_lee_gold_next`.`<name>` drop constraint if exists pk_fact_sales;

-- first run, daily run, full refresh: dashboard_customer_counts
alter table `analytics`.`dev_ann_lee_silver`.`<name>` drop constraint if exists pk_dashboard_customer_counts;

-- first run, daily run, full refresh: dashboard_customer_months
alter table `analytics`.`dev_ann_lee_silver`.`<name>` drop constraint if exists pk_dashboard_customer_months;

-- first run, daily run, full refresh: dashboard_order_counts
alter table `analytics`.`dev_ann_lee_silver`.`<name>` drop constraint if exists pk_dashboard_order_counts;


-- ## alter table set tags: remembered here: Spark has no tags

-- first run, daily run, full refresh: dashboard_cohorts, dashboard_customer_movements,
-- dashboard_customer_segments, dashboard_customers, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, product_costs
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` SET TAGS (
    'domain' = 'sales'
  );

-- first run, daily run, full refresh: corrected_amounts, corrections, freshness_monitors,
-- published_totals, quarantine, reconciliation, rule_history, rule_results, rule_standings,
-- rule_violations, share_monitors, volume_monitors
ALTER TABLE `analytics`.`dev_ann_lee_quality_next`.`<name>` SET TAGS (
    'domain' = 'sales'
  );

-- first run, daily run, full refresh: dashboard_customer_counts, dashboard_customer_months,
-- dashboard_customer_periods, dashboard_listed_customers, dashboard_month_versions,
-- dashboard_order_counts, dashboard_periods, dashboard_sales_figures
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` SET TAGS (
    'domain' = 'sales'
  );


-- ## alter table set tblproperties: run here

-- daily run: fact_sales
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` SET
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    );

-- daily run, full refresh: rule_history
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_quality_next`.`<name>` SET
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    );

-- daily run: dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts
-- not run here: the tests declare nothing new for a table that is there
ALTER TABLE `analytics`.`dev_ann_lee_silver`.`<name>` SET
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    );

-- after a pause: published_totals
alter table `analytics`.`dev_ann_lee_quality_next`.`<name>` set tblproperties ('kept_at' = '<moment>');


-- ## alter view: not run here: the local warehouse lists no grants

-- daily run: sales_metrics
alter view `analytics`.`dev_ann_lee_gold`.`<name>` as $$
<definition of <name>>
$$;

-- first run, daily run, after a pause: published_totals
alter view analytics.dev_ann_lee_quality.<name> as select
    <columns>
from `analytics`.`dev_ann_lee_quality_next`.`<name>` version as of <version>;


-- ## alter view set tags: remembered here: Spark has no tags

-- first run, daily run: sales_metrics
ALTER VIEW `analytics`.`dev_ann_lee_gold`.`<name>` SET TAGS (
    'domain' = 'sales'
  );

-- first run, daily run: dashboard_lines
ALTER VIEW `analytics`.`dev_ann_lee_silver`.`<name>` SET TAGS (
    'domain' = 'sales'
  );


-- ## comment on column is: not run here: the local warehouse lists no grants

-- first run, daily run, after a pause: published_totals
comment on column analytics.dev_ann_lee_quality.<name>.<column> is '<description>';


-- ## comment on table is: run here

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2, file_load_log
COMMENT ON TABLE `analytics`.`dev_ann_lee_bronze`.`<name>` IS '<description>';

-- daily run: fact_sales
COMMENT ON TABLE `analytics`.`dev_ann_lee_gold_next`.`<name>` IS '<description>';

-- daily run, full refresh: rule_history
COMMENT ON TABLE `analytics`.`dev_ann_lee_quality_next`.`<name>` IS '<description>';

-- daily run: dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts,
-- int_sales__validated
COMMENT ON TABLE `analytics`.`dev_ann_lee_silver`.`<name>` IS '<description>';


-- ## create or replace table: run here

-- first run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2
create or replace table `analytics`.`dev_ann_lee_bronze`.`<name>`
    using delta
      comment '<description>'
      as
    <select of <name>>;

-- first run, full refresh: file_load_log
create or replace table `analytics`.`dev_ann_lee_bronze`.`<name>`
    using delta
      partitioned by (landing_table)
      comment '<description>'
      as
    <select of <name>>;

-- first run, full refresh: fact_sales
create or replace table `analytics`.`dev_ann_lee_gold_next`.`<name>`
    using delta
      CLUSTER BY (order_date)
      comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    )
      as
    select <columns>
    from (
    <select of <name>>
    ) as model_subq;

-- first run, daily run: dashboard_cohorts, dashboard_customer_movements,
-- dashboard_customer_segments, dashboard_customers, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, product_costs
create or replace table `analytics`.`dev_ann_lee_gold_next`.`<name>`
    using delta
      comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    )
      as
    select <columns>
    from (
    <select of <name>>
    ) as model_subq;

-- first run, daily run: corrected_amounts, corrections, freshness_monitors, published_totals,
-- quarantine, reconciliation, rule_history, rule_results, rule_standings, rule_violations,
-- share_monitors, volume_monitors
create or replace table `analytics`.`dev_ann_lee_quality_next`.`<name>`
    using delta
      comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    )
      as
    select <columns>
    from (
    <select of <name>>
    ) as model_subq;

-- daily run: data_quality_rules
create or replace table `analytics`.`dev_ann_lee_quality_next`.`<name>` (`rule_id` <columns with their descriptions>,`source` <columns with their descriptions>,`column_name` <columns with their descriptions>,`title` <columns with their descriptions>,`action` <columns with their descriptions>,`severity` <columns with their descriptions>,`error_threshold` decimal(9, 6) comment '<description>')
    using delta
    comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    );

-- first run: customers_history
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>`
    using delta
      as
      select *,
        md5(coalesce(cast(customer_id as string ), '')
         || '|' || coalesce(cast(cast('<moment>' as timestamp) as string ), '')
        ) as dbt_scd_id,
        cast('<moment>' as timestamp) as dbt_updated_at,
        cast('<moment>' as timestamp) as dbt_valid_from,
  coalesce(nullif(cast('<moment>' as timestamp), cast('<moment>' as timestamp)), null)
  as dbt_valid_to
    from (
    <select of <name>>
    ) sbq;

-- first run: products_history
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>`
    using delta
      as
      select *,
        md5(coalesce(cast(product_number as string ), '')
         || '|' || coalesce(cast(start_date as string ), '')
         || '|' || coalesce(cast(cast('<moment>' as timestamp) as string ), '')
        ) as dbt_scd_id,
        cast('<moment>' as timestamp) as dbt_updated_at,
        cast('<moment>' as timestamp) as dbt_valid_from,
  coalesce(nullif(cast('<moment>' as timestamp), cast('<moment>' as timestamp)), null)
  as dbt_valid_to
    from (
    <select of <name>>
    ) sbq;

-- first run: quarantine_history
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>`
    using delta
      as
      select *,
        md5(coalesce(cast(source as string ), '')
         || '|' || coalesce(cast(file as string ), '')
         || '|' || coalesce(cast(row_number as string ), '')
         || '|' || coalesce(cast(cast('<moment>' as timestamp) as string ), '')
        ) as dbt_scd_id,
        cast('<moment>' as timestamp) as dbt_updated_at,
        cast('<moment>' as timestamp) as dbt_valid_from,
  coalesce(nullif(cast('<moment>' as timestamp), cast('<moment>' as timestamp)), null)
  as dbt_valid_to
    from (
    <select of <name>>
    ) sbq;

-- first run, daily run, full refresh: int_customer_details__validated,
-- int_customer_locations__validated, int_customers__merged, int_customers__periods,
-- int_customers__validated, int_product_categories__validated, int_products__merged,
-- int_products__validated, int_sales__validated
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>`
    using delta
      comment '<description>'
      as
    select <columns>
    from (
    <select of <name>>
    ) as model_subq;

-- first run, daily run, full refresh: dashboard_customer_counts, dashboard_customer_months,
-- dashboard_customer_periods, dashboard_listed_customers, dashboard_month_versions,
-- dashboard_order_counts, dashboard_periods, dashboard_sales_figures
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>`
    using delta
      comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    )
      as
    <select of <name>>;

-- daily run: category_corrections
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>` (`category_id` string ,`corrected_category_id` string ,`reason` string )
    using delta;

-- daily run, after a pause: countries
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>` (`country_spelling` string ,`country` string ,`country_code` string )
    using delta;

-- daily run: genders
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>` (`gender_code` string ,`gender` string )
    using delta;

-- daily run: marital_statuses
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>` (`marital_status_code` string ,`marital_status` string )
    using delta;

-- daily run: revenue_targets
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>` (`month` date ,`country` string ,`category` string ,`target` decimal(18, 2) )
    using delta;

-- daily run: product_lines
create or replace table `analytics`.`dev_ann_lee_silver`.`<name>` (`product_line_code` string ,`product_line` string )
    using delta;


-- ## create or replace temporary view: run here

-- daily run, full refresh: customers_history, products_history, quarantine_history
create or replace temporary view `<name>__dbt_tmp` as
    <rows of the snapshot that changed>;

-- daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, int_sales__validated, rule_history
create or replace temporary view `<name>__dbt_tmp` as
    <select of <name>>;


-- ## create or replace view: run here

-- first run, daily run: dashboard_lines
create or replace view `analytics`.`dev_ann_lee_silver`.`<name>`
  (
    <columns with their descriptions>
  )
  comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    )
  as (
    <select of <name>>
  );

-- first run, daily run: int_rows__validated, int_sales__checked, stg_crm__customers,
-- stg_crm__products, stg_crm__sales, stg_erp__customers, stg_erp__locations,
-- stg_erp__product_categories
create or replace view `analytics`.`dev_ann_lee_silver`.`<name>`
  (
    <columns with their descriptions>
  )
  comment '<description>'
  as (
    <select of <name>>
  );

-- first run, daily run: dashboard_customers
create or replace view analytics.dev_ann_lee_gold.<name> (
    <columns with their descriptions>
)
comment '<description>'
as select
    <columns>
    case when is_account_group_member('data_engineers') then customer_name end as customer_name,
    <columns>
from `analytics`.`dev_ann_lee_gold_next`.`<name>` version as of <version>;

-- first run, daily run: dim_customers, dim_customers_history
create or replace view analytics.dev_ann_lee_gold.<name> (
    <columns with their descriptions>
)
comment '<description>'
as select
    <columns>
    case when is_account_group_member('data_engineers') then first_name end as first_name,
    case when is_account_group_member('data_engineers') then last_name end as last_name,
    <columns>
    case when is_account_group_member('data_engineers') then birthdate end as birthdate,
    <columns>
from `analytics`.`dev_ann_lee_gold_next`.`<name>` version as of <version>;

-- first run, daily run: dashboard_cohorts, dashboard_customer_movements,
-- dashboard_customer_segments, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_dates,
-- dim_locations, dim_product_categories, dim_products, dim_products_history, fact_sales,
-- product_costs
create or replace view analytics.dev_ann_lee_gold.<name> (
    <columns with their descriptions>
)
comment '<description>'
as select
    <columns>
from `analytics`.`dev_ann_lee_gold_next`.`<name>` version as of <version>;

-- first run, daily run: quarantine
create or replace view analytics.dev_ann_lee_quality.<name> (
    <columns with their descriptions>
)
comment '<description>'
as select
    <columns>
    case when is_account_group_member('data_engineers') then content end as content,
    <columns>
from `analytics`.`dev_ann_lee_quality_next`.`<name>` version as of <version>;

-- first run, daily run: corrections, rule_violations
create or replace view analytics.dev_ann_lee_quality.<name> (
    <columns with their descriptions>
)
comment '<description>'
as select
    <columns>
    case when is_account_group_member('data_engineers') then value_before end as value_before,
    case when is_account_group_member('data_engineers') then value_after end as value_after,
    <columns>
from `analytics`.`dev_ann_lee_quality_next`.`<name>` version as of <version>;

-- first run, daily run, after a pause: corrected_amounts, data_quality_rules, freshness_monitors,
-- publications, reconciliation, rule_history, rule_results, rule_standings, run_results, runs,
-- share_monitors, volume_monitors
create or replace view analytics.dev_ann_lee_quality.<name> (
    <columns with their descriptions>
)
comment '<description>'
as select
    <columns>
from `analytics`.`dev_ann_lee_quality_next`.`<name>` version as of <version>;


-- ## create or replace view with metrics language yaml: translated here: Spark's are older

-- first run: sales_metrics
create or replace view `analytics`.`dev_ann_lee_gold`.`<name>`
with metrics
language yaml
as $$
<definition of <name>>
$$;


-- ## create schema if not exists: run here

-- first run, daily run, full refresh, after a pause: schema bronze, schema gold, schema gold_next,
-- schema quality_next, schema silver
create schema if not exists `analytics`.`dev_ann_lee_<layer>`;

-- first run, daily run: schema gold, schema quality
create schema if not exists analytics.dev_ann_lee_<layer>;


-- ## create table: run here

-- first run: data_quality_rules
create  table `analytics`.`dev_ann_lee_quality_next`.`<name>` (`rule_id` <columns with their descriptions>,`source` <columns with their descriptions>,`column_name` <columns with their descriptions>,`title` <columns with their descriptions>,`action` <columns with their descriptions>,`severity` <columns with their descriptions>,`error_threshold` decimal(9, 6) comment '<description>')
    using delta
    comment '<description>'
    tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days'
    );

-- first run: category_corrections
create  table `analytics`.`dev_ann_lee_silver`.`<name>` (`category_id` string ,`corrected_category_id` string ,`reason` string )
    using delta;

-- first run: countries
create  table `analytics`.`dev_ann_lee_silver`.`<name>` (`country_spelling` string ,`country` string ,`country_code` string )
    using delta;

-- first run: genders
create  table `analytics`.`dev_ann_lee_silver`.`<name>` (`gender_code` string ,`gender` string )
    using delta;

-- first run: marital_statuses
create  table `analytics`.`dev_ann_lee_silver`.`<name>` (`marital_status_code` string ,`marital_status` string )
    using delta;

-- first run: revenue_targets
create  table `analytics`.`dev_ann_lee_silver`.`<name>` (`month` date ,`country` string ,`category` string ,`target` decimal(18, 2) )
    using delta;

-- first run: product_lines
create  table `analytics`.`dev_ann_lee_silver`.`<name>` (`product_line_code` string ,`product_line` string )
    using delta;


-- ## create table if not exists: run here

-- first run: publications
create table if not exists `analytics`.`dev_ann_lee_quality_next`.`<name>` (run_id string, run_started_at timestamp, published_at timestamp, lines bigint, orders bigint, revenue decimal(24,2), validated_until timestamp, validated_by string) tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days');

-- first run: runs
create table if not exists `analytics`.`dev_ann_lee_quality_next`.`<name>` (run_id string, started_at timestamp, ended_at timestamp, project_version string, result string, failed string, models bigint, tests bigint, files bigint, bronze_rows bigint, silver_rows bigint, gold_rows bigint, rule_violations bigint) tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days');

-- first run: run_results
create table if not exists `analytics`.`dev_ann_lee_quality_next`.`<name>` (run_id string, started_at timestamp, kind string, node string, layer string, status string, seconds double) tblproperties ('delta.deletedFileRetentionDuration' = 'interval 30 days');


-- ## declare or replace variable array: run here

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
declare or replace variable new_files array<string>;


-- ## declare or replace variable map: run here

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
declare or replace variable file_checksums map<string, string>;


-- ## describe extended: run here

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2, file_load_log
describe extended `analytics`.`dev_ann_lee_bronze`.`<name>`;

-- daily run: fact_sales
describe extended `analytics`.`dev_ann_lee_gold_next`.`<name>`;

-- daily run: sales_metrics
describe extended `analytics`.`dev_ann_lee_gold`.`<name>`;

-- daily run, full refresh: rule_history
describe extended `analytics`.`dev_ann_lee_quality_next`.`<name>`;

-- daily run: dashboard_customer_counts, dashboard_customer_months, dashboard_lines,
-- dashboard_order_counts, int_rows__validated, int_sales__checked, int_sales__validated,
-- stg_crm__customers, stg_crm__products, stg_crm__sales, stg_erp__customers, stg_erp__locations,
-- stg_erp__product_categories
describe extended `analytics`.`dev_ann_lee_silver`.`<name>`;


-- ## describe table extended: answered here: Spark has no such JSON for Delta tables

-- daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details, customers_history,
-- dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, int_sales__validated,
-- products_history, quarantine_history, rule_history
DESCRIBE TABLE EXTENDED `<name>__dbt_tmp` AS JSON;

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2, file_load_log
DESCRIBE TABLE EXTENDED `analytics`.`dev_ann_lee_bronze`.`<name>` AS JSON;

-- first run, daily run, full refresh: dashboard_cohorts, dashboard_customer_movements,
-- dashboard_customer_segments, dashboard_customers, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, product_costs
DESCRIBE TABLE EXTENDED `analytics`.`dev_ann_lee_gold_next`.`<name>` AS JSON;

-- first run, daily run, full refresh: corrected_amounts, corrections, freshness_monitors,
-- published_totals, quarantine, reconciliation, rule_history, rule_results, rule_standings,
-- rule_violations, share_monitors, volume_monitors
DESCRIBE TABLE EXTENDED `analytics`.`dev_ann_lee_quality_next`.`<name>` AS JSON;

-- first run, daily run, full refresh: customers_history, dashboard_customer_counts,
-- dashboard_customer_months, dashboard_customer_periods, dashboard_listed_customers,
-- dashboard_month_versions, dashboard_order_counts, dashboard_periods, dashboard_sales_figures,
-- int_customer_details__validated, int_customer_locations__validated, int_customers__merged,
-- int_customers__periods, int_customers__validated, int_product_categories__validated,
-- int_products__merged, int_products__validated, int_sales__validated, products_history,
-- quarantine_history
DESCRIBE TABLE EXTENDED `analytics`.`dev_ann_lee_silver`.`<name>` AS JSON;


-- ## drop view if exists: run here

-- daily run, full refresh: customers_history, products_history, quarantine_history
DROP VIEW IF EXISTS `<name>__dbt_tmp`;


-- ## insert into: run here

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2
insert into `analytics`.`dev_ann_lee_bronze`.`file_load_log`
select
    '<name>' as landing_table,
    _source_file as source_file,
    _file_modified_at as file_modified_at,
    _file_size as file_size,
    count(*) as landed_rows,
    _loaded_at as loaded_at,
    cast(null as string) as checksum
from `analytics`.`dev_ann_lee_bronze`.`<name>`
where _loaded_at > (
    select coalesce(max(loaded_at), cast('1970-01-01' as timestamp)) from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = '<name>'
)
group by _source_file, _file_modified_at, _file_size, _loaded_at;

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
insert into `analytics`.`dev_ann_lee_bronze`.`file_load_log`
select
    '<name>' as landing_table,
    _source_file as source_file,
    _file_modified_at as file_modified_at,
    _file_size as file_size,
    count(*) as landed_rows,
    _loaded_at as loaded_at,
    file_checksums[_source_file] as checksum
from `analytics`.`dev_ann_lee_bronze`.`<name>`
where _loaded_at = cast('<moment>' as timestamp) and cast('<moment>' as timestamp) not in (
    select loaded_at from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = '<name>'
)
group by _source_file, _file_modified_at, _file_size, _loaded_at
union all
select
    '<name>' as landing_table,
    files.source_file,
    files.file_modified_at,
    files.file_size,
    cast(0 as bigint) as landed_rows,
    cast('<moment>' as timestamp) as loaded_at,
    file_checksums[files.source_file] as checksum
from (
    select
        _metadata.file_path as filename,
        '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
        date_trunc('second', _metadata.file_modification_time) as file_modified_at,
        cast(_metadata.file_size as bigint) as file_size
    from read_files(
        '<landing>/<folder>',
        format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
    )
) as files
left join (
    select distinct _source_file from `analytics`.`dev_ann_lee_bronze`.`<name>`
    where _loaded_at = cast('<moment>' as timestamp)
) as landed
    on files.source_file = landed._source_file
where
    landed._source_file is null
    and file_checksums[files.source_file] is not null
    and cast('<moment>' as timestamp) not in (
    select loaded_at from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = '<name>'
);

-- first run, daily run, full refresh, after a pause: run_results
insert into `analytics`.`dev_ann_lee_quality_next`.`<name>`
select * from (
    values
    <a row for each model and data test>
) as results (run_id, started_at, kind, node, layer, status, seconds)
where '<id>' not in (select run_id from `analytics`.`dev_ann_lee_quality_next`.`<name>`);


-- ## insert into by name: run here

-- daily run: file_load_log
insert into `analytics`.`dev_ann_lee_bronze`.`<name>` by name
            select * from `<name>__dbt_tmp`;

-- daily run, full refresh: rule_history
insert into `analytics`.`dev_ann_lee_quality_next`.`<name>` by name
            select * from `<name>__dbt_tmp`;

-- daily run: dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts
insert into `analytics`.`dev_ann_lee_silver`.`<name>` by name
            select * from `<name>__dbt_tmp`;


-- ## insert into table: run here

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2
insert into table `analytics`.`dev_ann_lee_bronze`.`<name>` as target
replace on (target.`_source_file` <=> temp.`_source_file`)
(select <columns>
   from `<name>__dbt_tmp` ) as temp;

-- daily run: fact_sales
insert into table `analytics`.`dev_ann_lee_gold_next`.`<name>` as target
replace on (target.`order_number` <=> temp.`order_number`)
(select <columns>
   from `<name>__dbt_tmp` ) as temp;

-- daily run: int_sales__validated
insert into table `analytics`.`dev_ann_lee_silver`.`<name>` as target
replace on (target.`order_number` <=> temp.`order_number`)
(select <columns>
   from `<name>__dbt_tmp` ) as temp;


-- ## insert overwrite: run here

-- first run, daily run: data_quality_rules
insert overwrite `analytics`.`dev_ann_lee_quality_next`.`<name>` values
          <rows of the seed>;

-- first run, daily run, after a pause: category_corrections, countries, genders, marital_statuses,
-- product_lines
insert overwrite `analytics`.`dev_ann_lee_silver`.`<name>` values
          <rows of the seed>;


-- ## merge into: run here

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
merge into `analytics`.`dev_ann_lee_bronze`.`<name>` as kept
using (
    select distinct _source_file
    from (
        select source_file as _source_file from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = '<name>' and landed_rows = 0 and loaded_at = cast('<moment>' as timestamp)
    ) as found
) as deleted
    on kept._source_file = deleted._source_file
when matched then delete;

-- daily run: fact_sales
merge into `analytics`.`dev_ann_lee_gold_next`.`<name>` as kept
using (
    select distinct order_number
    from (
        select order_number from `analytics`.`dev_ann_lee_gold_next`.`<name>`
    except
    select order_number from `analytics`.`dev_ann_lee_silver`.`int_sales__validated`
    union all
    select order_number from `analytics`.`dev_ann_lee_silver`.`int_sales__validated`
    where validated_at > (
    select coalesce(max(validated_until), cast('1970-01-01' as timestamp)) from `analytics`.`dev_ann_lee_quality_next`.`publications`
    where validated_by = '<checksum>' and validated_until < cast('<moment>' as timestamp)
)
    union all
    select order_number from `analytics`.`dev_ann_lee_gold_next`.`<name>`
    where (
    select coalesce(max(validated_until), cast('1970-01-01' as timestamp)) from `analytics`.`dev_ann_lee_quality_next`.`publications`
    where validated_by = '<checksum>' and validated_until < cast('<moment>' as timestamp)
) < (select min(validated_at) from `analytics`.`dev_ann_lee_silver`.`int_sales__validated`)
    ) as found
) as deleted
    on kept.order_number = deleted.order_number
when matched then delete;

-- full refresh: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (
    select
        '<id>' as run_id,
        cast('<moment>' as timestamp) as ended_at,
        'built' as result,
        cast(null as string) as failed,
        <number> as models,
        <number> as tests,
        (select count(*) from `analytics`.`dev_ann_lee_bronze`.`file_load_log` where loaded_at = cast('<moment>' as timestamp)) as files,
        (select cast(coalesce(sum(landed_rows), 0) as bigint) from `analytics`.`dev_ann_lee_bronze`.`file_load_log` where loaded_at = cast('<moment>' as timestamp)) as bronze_rows,
        (select count(*) from `analytics`.`dev_ann_lee_silver`.`int_sales__validated` where validated_at = cast('<moment>' as timestamp)) as silver_rows,
        (select count(*) from `analytics`.`dev_ann_lee_gold_next`.`fact_sales`) as gold_rows,
        cast(null as bigint) as rule_violations
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    ended_at = this_run.ended_at,
    result = this_run.result,
    failed = this_run.failed,
    models = this_run.models,
    tests = this_run.tests,
    files = this_run.files,
    bronze_rows = this_run.bronze_rows,
    silver_rows = this_run.silver_rows,
    gold_rows = this_run.gold_rows,
    rule_violations = this_run.rule_violations;

-- first run, daily run: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (
    select
        '<id>' as run_id,
        cast('<moment>' as timestamp) as ended_at,
        'built' as result,
        cast(null as string) as failed,
        <number> as models,
        <number> as tests,
        (select count(*) from `analytics`.`dev_ann_lee_bronze`.`file_load_log` where loaded_at = cast('<moment>' as timestamp)) as files,
        (select cast(coalesce(sum(landed_rows), 0) as bigint) from `analytics`.`dev_ann_lee_bronze`.`file_load_log` where loaded_at = cast('<moment>' as timestamp)) as bronze_rows,
        cast(null as bigint) as silver_rows,
        cast(null as bigint) as gold_rows,
        cast(null as bigint) as rule_violations
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    ended_at = this_run.ended_at,
    result = this_run.result,
    failed = this_run.failed,
    models = this_run.models,
    tests = this_run.tests,
    files = this_run.files,
    bronze_rows = this_run.bronze_rows,
    silver_rows = this_run.silver_rows,
    gold_rows = this_run.gold_rows,
    rule_violations = this_run.rule_violations;

-- first run, daily run: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (
    select
        '<id>' as run_id,
        cast('<moment>' as timestamp) as ended_at,
        'built' as result,
        cast(null as string) as failed,
        <number> as models,
        <number> as tests,
        cast(null as bigint) as files,
        cast(null as bigint) as bronze_rows,
        (select count(*) from `analytics`.`dev_ann_lee_silver`.`int_sales__validated` where validated_at = cast('<moment>' as timestamp)) as silver_rows,
        cast(null as bigint) as gold_rows,
        cast(null as bigint) as rule_violations
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    ended_at = this_run.ended_at,
    result = this_run.result,
    failed = this_run.failed,
    models = this_run.models,
    tests = this_run.tests,
    files = this_run.files,
    bronze_rows = this_run.bronze_rows,
    silver_rows = this_run.silver_rows,
    gold_rows = this_run.gold_rows,
    rule_violations = this_run.rule_violations;

-- first run, daily run: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (
    select
        '<id>' as run_id,
        cast('<moment>' as timestamp) as ended_at,
        'built' as result,
        cast(null as string) as failed,
        <number> as models,
        <number> as tests,
        cast(null as bigint) as files,
        cast(null as bigint) as bronze_rows,
        cast(null as bigint) as silver_rows,
        (select count(*) from `analytics`.`dev_ann_lee_gold_next`.`fact_sales`) as gold_rows,
        (select cast(coalesce(sum(rows_touched), 0) as bigint) from `analytics`.`dev_ann_lee_quality_next`.`rule_results`) as rule_violations
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    ended_at = this_run.ended_at,
    result = this_run.result,
    failed = this_run.failed,
    models = this_run.models,
    tests = this_run.tests,
    files = this_run.files,
    bronze_rows = this_run.bronze_rows,
    silver_rows = this_run.silver_rows,
    gold_rows = this_run.gold_rows,
    rule_violations = this_run.rule_violations;

-- first run, daily run, after a pause: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (
    select
        '<id>' as run_id,
        cast('<moment>' as timestamp) as ended_at,
        'built' as result,
        cast(null as string) as failed,
        <number> as models,
        <number> as tests,
        cast(null as bigint) as files,
        cast(null as bigint) as bronze_rows,
        cast(null as bigint) as silver_rows,
        cast(null as bigint) as gold_rows,
        cast(null as bigint) as rule_violations
) as this_run
    on log.run_id = this_run.run_id
when matched then update set
    ended_at = this_run.ended_at,
    result = this_run.result,
    failed = this_run.failed,
    models = this_run.models,
    tests = this_run.tests,
    files = this_run.files,
    bronze_rows = this_run.bronze_rows,
    silver_rows = this_run.silver_rows,
    gold_rows = this_run.gold_rows,
    rule_violations = this_run.rule_violations;

-- first run, daily run: publications
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (select '<id>' as run_id) as this_one
    on log.run_id = this_one.run_id
when not matched then insert (run_id, run_started_at, published_at, lines, orders, revenue, validated_until, validated_by)
    values (cast('<id>' as string), cast('0' as timestamp), cast('0' as timestamp), cast('0' as bigint), cast('0' as bigint), cast('0' as decimal(24,2)), cast('0' as timestamp), cast('0' as string));

-- daily run, full refresh, after a pause: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (select '<id>' as run_id) as this_run
    on log.run_id = this_run.run_id
when not matched then insert (run_id, started_at, project_version, result)
    values (this_run.run_id, cast('<moment>' as timestamp), '', 'interrupted');

-- first run, daily run: runs
merge into `analytics`.`dev_ann_lee_quality_next`.`<name>` as log
using (select '<id>' as run_id) as this_run
    on log.run_id = this_run.run_id
when not matched then insert (run_id, started_at, project_version, result)
    values (this_run.run_id, cast('<moment>' as timestamp), '0123456789', 'interrupted');

-- daily run, full refresh: customers_history, products_history, quarantine_history
merge into `analytics`.`dev_ann_lee_silver`.`<name>` as DBT_INTERNAL_DEST
        using `<name>__dbt_tmp` as DBT_INTERNAL_SOURCE
    on DBT_INTERNAL_SOURCE.`dbt_scd_id` = DBT_INTERNAL_DEST.`dbt_scd_id`
    when matched
        and DBT_INTERNAL_DEST.`dbt_valid_to` is null
        and DBT_INTERNAL_SOURCE.`dbt_change_type` in ('update', 'delete')
        then update
        set `dbt_valid_to` = DBT_INTERNAL_SOURCE.`dbt_valid_to`
    when not matched
        and DBT_INTERNAL_SOURCE.`dbt_change_type` = 'insert'
        then insert (<columns>)
        values (<columns>);

-- daily run: dashboard_customer_counts, dashboard_customer_months
merge into `analytics`.`dev_ann_lee_silver`.`<name>` as kept
using (
    select distinct made_from
    from (
        select made_from from `analytics`.`dev_ann_lee_silver`.`<name>`
    except
    select history_version || ' <checksum>' as made_from from `analytics`.`dev_ann_lee_silver`.`dashboard_month_versions`
    ) as found
) as deleted
    on kept.made_from = deleted.made_from
when matched then delete;

-- daily run: dashboard_order_counts
merge into `analytics`.`dev_ann_lee_silver`.`<name>` as kept
using (
    select distinct made_from
    from (
        select made_from from `analytics`.`dev_ann_lee_silver`.`<name>`
    except
    select lines_version || ' <checksum>' as made_from from `analytics`.`dev_ann_lee_silver`.`dashboard_month_versions`
    ) as found
) as deleted
    on kept.made_from = deleted.made_from
when matched then delete;

-- first run, daily run, full refresh: int_sales__validated
merge into `analytics`.`dev_ann_lee_silver`.`<name>` as kept
using (
    select distinct order_number
    from (
        select validated.order_number
    from `analytics`.`dev_ann_lee_silver`.`<name>` as validated
    inner join (
        select
            source_file,
            max(loaded_at) as loaded_at
        from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
        where landing_table = 'crm_sales_details'
        group by source_file
        having count(*) > 1
    ) as replaced
        on validated._source_file = replaced.source_file
    where validated._loaded_at < replaced.loaded_at
    ) as found
) as deleted
    on kept.order_number = deleted.order_number
when matched then delete;


-- ## optimize: run here

-- first run, daily run, full refresh: fact_sales
optimize `analytics`.`dev_ann_lee_gold_next`.`<name>`;


-- ## restore table to version: run here

-- after a pause: published_totals
restore table `analytics`.`dev_ann_lee_quality_next`.`<name>` to version as of <version>;


-- ## select: run here

-- daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, int_sales__validated, rule_history
SELECT
    column_name,
    mask_name,
    using_columns
  FROM `system`.`information_schema`.`column_masks`
  WHERE table_catalog = 'analytics'
    AND table_schema = '<schema>'
    AND table_name = '<name>';

-- daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, int_sales__validated, rule_history
SELECT
    kcu.constraint_name,
    kcu.column_name AS from_column,
    ukcu.table_catalog AS to_catalog,
    ukcu.table_schema AS to_schema,
    ukcu.table_name AS to_table,
    ukcu.column_name AS to_column
  FROM `analytics`.information_schema.key_column_usage kcu
  JOIN `analytics`.information_schema.referential_constraints rc
    ON kcu.constraint_catalog = rc.constraint_catalog
    AND kcu.constraint_schema = rc.constraint_schema
    AND kcu.constraint_name = rc.constraint_name
  JOIN `analytics`.information_schema.key_column_usage ukcu
    ON rc.unique_constraint_catalog = ukcu.constraint_catalog
    AND rc.unique_constraint_schema = ukcu.constraint_schema
    AND rc.unique_constraint_name = ukcu.constraint_name
    AND kcu.ordinal_position = ukcu.ordinal_position
  WHERE kcu.table_catalog = 'analytics'
    AND kcu.table_schema = '<schema>'
    AND kcu.table_name = '<name>'
    AND kcu.constraint_name IN (
      SELECT constraint_name
      FROM `analytics`.information_schema.table_constraints
      WHERE table_catalog = 'analytics'
        AND table_schema = '<schema>'
        AND table_name = '<name>'
        AND constraint_type = 'FOREIGN KEY'
    )
  ORDER BY kcu.ordinal_position;

-- first run, daily run, full refresh: corrected_amounts, corrections, crm_cust_info, crm_prd_info,
-- crm_sales_details, customers_history, dashboard_cohorts, dashboard_customer_counts,
-- dashboard_customer_months, dashboard_customer_movements, dashboard_customer_periods,
-- dashboard_customer_segments, dashboard_customers, dashboard_listed_customers,
-- dashboard_month_versions, dashboard_months, dashboard_new_and_returning, dashboard_order_counts,
-- dashboard_periods, dashboard_product_changes, dashboard_product_sales, dashboard_sales_figures,
-- dashboard_sales_summary, dashboard_targets, dashboard_totals, data_quality_corrected_amounts,
-- data_quality_freshness, data_quality_monitors, data_quality_quarantine,
-- data_quality_reconciliation, data_quality_rule_results, dim_customers, dim_customers_history,
-- dim_dates, dim_locations, dim_product_categories, dim_products, dim_products_history,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, freshness_monitors,
-- int_customer_details__validated, int_customer_locations__validated, int_customers__merged,
-- int_customers__periods, int_customers__validated, int_product_categories__validated,
-- int_products__merged, int_products__validated, int_sales__validated, product_costs,
-- products_history, published_totals, quarantine, quarantine_history, reconciliation,
-- rule_history, rule_results, rule_standings, rule_violations, share_monitors, volume_monitors
SELECT
    table_catalog,
    table_schema,
    table_name,
    filter_name,
    target_columns
  FROM `analytics`.`information_schema`.`row_filters`
  WHERE table_catalog = 'analytics'
    AND table_schema = '<schema>'
    AND table_name = '<name>';

-- first run, daily run, full refresh, after a pause: schema bronze, schema gold, schema gold_next,
-- schema quality_next, schema silver
SELECT
  table_name,
  if(table_type IN ('EXTERNAL', 'MANAGED', 'MANAGED_SHALLOW_CLONE', 'EXTERNAL_SHALLOW_CLONE'), 'table', lower(table_type)) AS table_type,
  lower(data_source_format) AS file_format,
  table_owner,
  if(
    table_type IN (
      'EXTERNAL',
      'MANAGED',
      'MANAGED_SHALLOW_CLONE',
      'EXTERNAL_SHALLOW_CLONE'
    ),
    lower(table_type),
    NULL
  ) AS databricks_table_type
FROM `system`.`information_schema`.`tables`
WHERE table_catalog = 'analytics'
  AND table_schema = 'dev_ann_lee_<layer>';

-- daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, int_sales__validated, rule_history
SELECT column_name
  FROM `analytics`.`information_schema`.`columns`
  WHERE table_catalog = 'analytics'
    AND table_schema = '<schema>'
    AND table_name = '<name>'
    AND is_nullable = 'NO';

-- daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log, int_sales__validated, rule_history
SELECT kcu.constraint_name, kcu.column_name
  FROM `analytics`.information_schema.key_column_usage kcu
  WHERE kcu.table_catalog = 'analytics'
    AND kcu.table_schema = '<schema>'
    AND kcu.table_name = '<name>'
    AND kcu.constraint_name = (
      SELECT constraint_name
      FROM `analytics`.information_schema.table_constraints
      WHERE table_catalog = 'analytics'
        AND table_schema = '<schema>'
        AND table_name = '<name>'
        AND constraint_type = 'PRIMARY KEY'
    )
  ORDER BY kcu.ordinal_position;

-- daily run, full refresh: dashboard_customer_counts, dashboard_customer_months,
-- dashboard_order_counts, fact_sales, rule_history, sales_metrics
SELECT tag_name, tag_value
  FROM `system`.`information_schema`.`table_tags`
  WHERE catalog_name = 'analytics'
    AND schema_name = '<schema>'
    AND table_name = '<name>';

-- first run, daily run: data tests
select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
    <select of the data test>
    ) dbt_internal_test;

-- first run: data tests
select
      count(*) as failures,
      count(*) > 0 as should_warn,
      count(*) > 10 as should_error
    from (
    <select of the data test>
    ) dbt_internal_test;

-- first run, daily run: runs
select
    <name>.run_id,
    <name>.started_at as run_started_at,
    cast('<moment>' as timestamp) as published_at,
    sales.*
from (
    select * from `analytics`.`dev_ann_lee_quality_next`.`<name>`
    where started_at <= cast('<moment>' as timestamp)
    order by started_at desc
    limit 1
) as <name>
cross join (
    select
        count(*) as lines,
        count(distinct order_number) as orders,
        cast(coalesce(sum(sales_amount), 0) as decimal(24, 2)) as revenue,
        coalesce(max(validated_at), cast('1970-01-01' as timestamp)) as validated_until,
        coalesce((select max(validated_by) from `analytics`.`dev_ann_lee_silver`.`int_sales__validated`), '') as validated_by
    from `analytics`.`dev_ann_lee_gold_next`.`fact_sales`
) as sales;

-- first run, daily run, full refresh: customers_history, products_history, quarantine_history
select * from (
        select
    current_timestamp()
 as dbt_snapshot_time
    ) as __dbt_sbq
    where false
    limit 0;

-- first run, daily run, full refresh: corrected_amounts, corrections, dashboard_cohorts,
-- dashboard_customer_movements, dashboard_customer_segments, dashboard_customers,
-- dashboard_months, dashboard_new_and_returning, dashboard_product_changes,
-- dashboard_product_sales, dashboard_sales_summary, dashboard_targets, dashboard_totals,
-- data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, freshness_monitors, int_customer_details__validated,
-- int_customer_locations__validated, int_customers__merged, int_customers__periods,
-- int_customers__validated, int_product_categories__validated, int_products__merged,
-- int_products__validated, int_sales__validated, product_costs, published_totals, quarantine,
-- reconciliation, rule_history, rule_results, rule_standings, rule_violations, share_monitors,
-- volume_monitors
select * from (
        select
<columns of the contract>
    ) as __dbt_sbq
    where false
    limit 0;

-- first run: customers_history
select * from (
        select *,
        md5(coalesce(cast(customer_id as string ), '')
         || '|' || coalesce(cast(cast('<moment>' as timestamp) as string ), '')
        ) as dbt_scd_id,
        cast('<moment>' as timestamp) as dbt_updated_at,
        cast('<moment>' as timestamp) as dbt_valid_from,
  coalesce(nullif(cast('<moment>' as timestamp), cast('<moment>' as timestamp)), null)
  as dbt_valid_to
    from (
    <select of <name>>
    ) sbq
    ) as __dbt_sbq
    where false
    limit 0;

-- first run: products_history
select * from (
        select *,
        md5(coalesce(cast(product_number as string ), '')
         || '|' || coalesce(cast(start_date as string ), '')
         || '|' || coalesce(cast(cast('<moment>' as timestamp) as string ), '')
        ) as dbt_scd_id,
        cast('<moment>' as timestamp) as dbt_updated_at,
        cast('<moment>' as timestamp) as dbt_valid_from,
  coalesce(nullif(cast('<moment>' as timestamp), cast('<moment>' as timestamp)), null)
  as dbt_valid_to
    from (
    <select of <name>>
    ) sbq
    ) as __dbt_sbq
    where false
    limit 0;

-- first run: quarantine_history
select * from (
        select *,
        md5(coalesce(cast(source as string ), '')
         || '|' || coalesce(cast(file as string ), '')
         || '|' || coalesce(cast(row_number as string ), '')
         || '|' || coalesce(cast(cast('<moment>' as timestamp) as string ), '')
        ) as dbt_scd_id,
        cast('<moment>' as timestamp) as dbt_updated_at,
        cast('<moment>' as timestamp) as dbt_valid_from,
  coalesce(nullif(cast('<moment>' as timestamp), cast('<moment>' as timestamp)), null)
  as dbt_valid_to
    from (
    <select of <name>>
    ) sbq
    ) as __dbt_sbq
    where false
    limit 0;

-- daily run, full refresh: quarantine_history
select * from (
        select rule_id, reason, content from (
    <select of <name>>
            ) subq
    ) as __dbt_sbq
    where false
    limit 0;

-- daily run, full refresh: customers_history, products_history, quarantine_history
select * from (
    <rows of the snapshot that changed>;

-- first run, daily run, full refresh: corrected_amounts, corrections, customers_history,
-- dashboard_cohorts, dashboard_customer_movements, dashboard_customer_segments,
-- dashboard_customers, dashboard_lines, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, freshness_monitors, int_customer_details__validated,
-- int_customer_locations__validated, int_customers__merged, int_customers__periods,
-- int_customers__validated, int_product_categories__validated, int_products__merged,
-- int_products__validated, int_rows__validated, int_sales__checked, int_sales__validated,
-- product_costs, products_history, published_totals, quarantine, reconciliation, rule_history,
-- rule_results, rule_standings, rule_violations, share_monitors, stg_crm__customers,
-- stg_crm__products, stg_crm__sales, stg_erp__customers, stg_erp__locations,
-- stg_erp__product_categories, volume_monitors
select * from (
    <select of <name>>
    ) as __dbt_sbq
    where false
    limit 0;

-- first run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2
select count(*) from (select landed.source_file, landed.file_modified_at, landed.file_size, known.loaded_at
    from (select
    _metadata.file_path as filename,
    '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size
from read_files(
    '<landing>/<folder>',
    format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
)) as landed
    inner join (select source_file, file_modified_at, file_size, checksum, landed_rows, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        landed_rows,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = ''
) as versions
where recency = 1) as known
        on landed.source_file = known.source_file and known.checksum = file_checksums[landed.source_file]) as touched;

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2
select count(*) from (select landed.source_file, landed.file_modified_at, landed.file_size, known.loaded_at
    from (select
    _metadata.file_path as filename,
    '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size
from read_files(
    '<landing>/<folder>',
    format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
)) as landed
    inner join (select source_file, file_modified_at, file_size, checksum, landed_rows, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        landed_rows,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = '<name>'
) as versions
where recency = 1) as known
        on landed.source_file = known.source_file and known.checksum = file_checksums[landed.source_file]) as touched;

-- first run, daily run, full refresh, after a pause: publications
select datediff(current_date(), max(published_at)) from `analytics`.`dev_ann_lee_quality_next`.`<name>`;

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
select distinct loaded._source_file
from `analytics`.`dev_ann_lee_bronze`.`<name>` as loaded
left join (select
    _metadata.file_path as filename,
    '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size
from read_files(
    '<landing>/<folder>',
    format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
)) as files
    on loaded._source_file = files.source_file
        and loaded._file_modified_at = files.file_modified_at
        and loaded._file_size = files.file_size
where loaded._loaded_at = cast('<moment>' as timestamp) and files.source_file is null;

-- first run, daily run, after a pause: every command
select distinct lower(table_schema || '.' || table_name)
from analytics.information_schema.table_privileges
where table_schema in ('dev_ann_lee_gold', 'dev_ann_lee_quality') and inherited_from = 'NONE';

-- first run, daily run: run_results
select kind || '.' || node, status, started_at
from (
    select *, row_number() over (partition by kind, node order by started_at desc) as recency
    from `analytics`.`dev_ann_lee_quality_next`.`<name>`
    where started_at <= cast('<moment>' as timestamp)
) as results
where recency = 1;

-- after a pause: every command
select lower(table_schema || '.' || table_name), view_definition
from analytics.information_schema.views
where table_schema in ('dev_ann_lee_gold', 'dev_ann_lee_quality');

-- first run, daily run: runs
select max(started_at) from `analytics`.`dev_ann_lee_quality_next`.`<name>` where started_at <= cast('<moment>' as timestamp) and ended_at is null;

-- first run, daily run: dashboard_cohorts, dashboard_customer_movements,
-- dashboard_customer_segments, dashboard_customers, dashboard_months, dashboard_new_and_returning,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_summary, dashboard_targets,
-- dashboard_totals, data_quality_corrected_amounts, data_quality_freshness, data_quality_monitors,
-- data_quality_quarantine, data_quality_reconciliation, data_quality_rule_results, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, fact_sales, product_costs
select max(version) from (describe history `analytics`.`dev_ann_lee_gold_next`.`<name>`);

-- first run, daily run, after a pause: corrected_amounts, corrections, data_quality_rules,
-- freshness_monitors, publications, published_totals, quarantine, reconciliation, rule_history,
-- rule_results, rule_standings, rule_violations, run_results, runs, share_monitors,
-- volume_monitors
select max(version) from (describe history `analytics`.`dev_ann_lee_quality_next`.`<name>`);

-- first run, daily run: dim_dates
select timestampdiff(day, date_trunc('day', cast('2000-01-01' as date)), date_trunc('day', cast(timestampadd(day, 1, cast('2049-12-31' as date)) as date)));


-- ## set time zone: run here

-- first run, daily run, full refresh, after a pause: category_corrections, corrected_amounts,
-- corrections, countries, crm_cust_info, crm_prd_info, crm_sales_details, customers_history,
-- dashboard_cohorts, dashboard_customer_counts, dashboard_customer_months,
-- dashboard_customer_movements, dashboard_customer_periods, dashboard_customer_segments,
-- dashboard_customers, dashboard_lines, dashboard_listed_customers, dashboard_month_versions,
-- dashboard_months, dashboard_new_and_returning, dashboard_order_counts, dashboard_periods,
-- dashboard_product_changes, dashboard_product_sales, dashboard_sales_figures,
-- dashboard_sales_summary, dashboard_targets, dashboard_totals, data_quality_corrected_amounts,
-- data_quality_freshness, data_quality_monitors, data_quality_quarantine,
-- data_quality_reconciliation, data_quality_rule_results, data_quality_rules, dim_customers,
-- dim_customers_history, dim_dates, dim_locations, dim_product_categories, dim_products,
-- dim_products_history, erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2, fact_sales, file_load_log,
-- freshness_monitors, genders, int_customer_details__validated, int_customer_locations__validated,
-- int_customers__merged, int_customers__periods, int_customers__validated,
-- int_product_categories__validated, int_products__merged, int_products__validated,
-- int_rows__validated, int_sales__checked, int_sales__validated, marital_statuses, product_costs,
-- product_lines, products_history, published_totals, quarantine, quarantine_history,
-- reconciliation, revenue_targets, rule_history, rule_results, rule_standings, rule_violations,
-- sales_metrics, share_monitors, stg_crm__customers, stg_crm__products, stg_crm__sales,
-- stg_erp__customers, stg_erp__locations, stg_erp__product_categories, volume_monitors
set time zone 'UTC';


-- ## set variable: run here

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
set variable file_checksums = ( select map_from_entries(collect_list(struct(source_file, checksum))) from (select
    _metadata.file_path as filename,
    '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size, sha2(content, 256) as checksum
from read_files(
    '<landing>/<folder>',
    format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
) where array_contains(new_files, _metadata.file_path)) as landed);

-- first run, daily run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details,
-- erp_cust_az12, erp_loc_a101, erp_px_cat_g1v2
set variable file_checksums = map_filter(
        file_checksums, (source_file, checksum) -> exists(new_files, path -> endswith(url_decode(replace(path, '+', '%2B')), '/' || source_file))
    );

-- first run, full refresh: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12,
-- erp_loc_a101, erp_px_cat_g1v2
set variable new_files = (
        select coalesce(collect_list(landed.filename), array())
        from (select
    _metadata.file_path as filename,
    '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size
from read_files(
    '<landing>/<folder>',
    format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
)) as landed
        left anti join (select source_file, file_modified_at, file_size, checksum, landed_rows, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        landed_rows,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = ''
) as versions
where recency = 1) as known
            on landed.source_file = known.source_file
                and landed.file_modified_at = known.file_modified_at
                and landed.file_size = known.file_size
    );

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2
set variable new_files = (
        select coalesce(collect_list(landed.filename), array())
        from (select
    _metadata.file_path as filename,
    '<folder>/' || url_decode(replace(split_part(_metadata.file_path, '/<folder>/', -1), '+', '%2B')) as source_file,
    date_trunc('second', _metadata.file_modification_time) as file_modified_at,
    cast(_metadata.file_size as bigint) as file_size
from read_files(
    '<landing>/<folder>',
    format => 'binaryFile', fileNamePattern => '<pattern of its files>', recursiveFileLookup => true
)) as landed
        left anti join (select source_file, file_modified_at, file_size, checksum, landed_rows, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        landed_rows,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from `analytics`.`dev_ann_lee_bronze`.`file_load_log`
    where landing_table = '<name>'
) as versions
where recency = 1) as known
            on landed.source_file = known.source_file
                and landed.file_modified_at = known.file_modified_at
                and landed.file_size = known.file_size
    );


-- ## show schemas in: run here

-- first run, daily run, full refresh, after a pause: every command
SHOW SCHEMAS IN `analytics`;

-- first run, daily run: schema gold, schema quality, schema quality_next
SHOW SCHEMAS IN `analytics` LIKE 'dev_ann_lee_<layer>';


-- ## show tblproperties: run here

-- daily run: crm_cust_info, crm_prd_info, crm_sales_details, erp_cust_az12, erp_loc_a101,
-- erp_px_cat_g1v2, file_load_log
SHOW TBLPROPERTIES `analytics`.`dev_ann_lee_bronze`.`<name>`;

-- daily run: fact_sales
SHOW TBLPROPERTIES `analytics`.`dev_ann_lee_gold_next`.`<name>`;

-- daily run: sales_metrics
SHOW TBLPROPERTIES `analytics`.`dev_ann_lee_gold`.`<name>`;

-- daily run, full refresh: rule_history
SHOW TBLPROPERTIES `analytics`.`dev_ann_lee_quality_next`.`<name>`;

-- daily run: dashboard_customer_counts, dashboard_customer_months, dashboard_order_counts,
-- int_sales__validated
SHOW TBLPROPERTIES `analytics`.`dev_ann_lee_silver`.`<name>`;


-- ## update set result: run here

-- first run, daily run: runs
update `analytics`.`dev_ann_lee_quality_next`.`<name>` set result = 'published' where run_id = '<id>';

-- ## query of a data set of the dashboard: run here

-- dashboard: sales_summary, product_sales, product_changes, targets, periods, key_customers,
-- customer_changes, customer_movements, customer_segments, new_and_returning,
-- cohorts, quality_totals, freshness, reconciliation, rule_results, counted,
-- corrected_amounts, quarantine, file_freshness, monitors
    <select of the data set>;


-- ## query of the Genie space: run here

-- Genie space: benchmarks, examples
    <select of genie/*.yml>;


-- ## create catalog, grant, costs: not run here: there are no users, rights and bills

-- administrators: docs/deploy.md
    <statements of docs/deploy.md>;
