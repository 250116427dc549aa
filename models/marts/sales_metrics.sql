{{- config(materialized='metric_view', enabled=has_metric_views(), contract={'enforced': false}, persist_docs={}, tblproperties={}) -}}
{#- The metrics, once: a metric view on Databricks, and the vocabulary of `lakehouse ask` everywhere.
    Both read this body; of Jinja it may hold what orchestration/questions.py knows. The view is for
    readers, so it is made after gold is published, over what is published. -#}
version: "1.1"
comment: >-
  Sales by product, customer, country and time. One row of the source is one product of one order.
  A share is a number between 0 and 1; amounts are in the currency of the files.

source: |-
  select
      order_number,
      product_key,
      customer_key,
      order_date,
      ship_date,
      due_date,
      sales_amount,
      quantity,
      order_date_key,
      min(order_date) over (partition by customer_key) as first_order_date
  from {{ published('fact_sales') }}

joins:
  - name: dim_products
    source: {{ published('dim_products') }}
    "on": source.product_key = dim_products.product_key
    rely: {at_most_one_match: true}
  - name: product_costs
    source: {{ published('product_costs') }}
    "on": "{{ costed_on('source', 'product_costs') }}"
    rely: {at_most_one_match: true}
  - name: dim_customers
    source: {{ published('dim_customers') }}
    "on": source.customer_key = dim_customers.customer_key
    rely: {at_most_one_match: true}
  - name: dim_dates
    source: {{ published('dim_dates') }}
    "on": source.order_date_key = dim_dates.date_key
    rely: {at_most_one_match: true}

dimensions:
  - name: product
    expr: case when dim_products.is_inferred then 'n/a' else dim_products.product_name end
    display_name: Product
    comment: Name of the product; n/a for one that no file has described yet.
    synonyms: [product name, item, article, model]
  - name: product_number
    expr: dim_products.product_number
    display_name: Product number
    comment: Number of the product as in the CRM, FR-R92B-58.
    synonyms: [product code, item number, sku]
  - name: category
    expr: dim_products.category
    display_name: Category
    comment: Accessories, Bikes, Clothing, Components, or n/a.
    synonyms: [product category, product group, kind of product, department]
  - name: subcategory
    expr: dim_products.subcategory
    display_name: Subcategory
    comment: Part of a category, such as Road Bikes or Helmets.
    synonyms: [product subcategory, sub category, subgroup, product type]
  - name: product_line
    expr: dim_products.product_line
    display_name: Product line
    comment: Road, Mountain, Touring, Other Sales, or n/a.
    synonyms: [line of products, range, product range]
  - name: requires_maintenance
    expr: dim_products.requires_maintenance
    display_name: Maintenance need
    comment: Whether the product needs maintenance, Yes, No, or n/a.
    synonyms: [maintenance, requires maintenance, need for maintenance, maintenance requirement]
  - name: country
    expr: dim_customers.country
    display_name: Country
    comment: Country the customer lives in; n/a when it is unknown.
    synonyms: [region, market, territory, nation, location]
  - name: customer
    expr: >-
      case when dim_customers.is_inferred then 'n/a'
      else coalesce(
      dim_customers.first_name || ' ' || dim_customers.last_name || ' (' || dim_customers.customer_number || ')',
      dim_customers.customer_number) end
    display_name: Customer
    comment: >-
      Name and number of the customer, the number alone for readers who may not see names; n/a for one that no file
      has described yet.
    synonyms: [client, buyer, shopper, customer name]
  - name: gender
    expr: dim_customers.gender
    display_name: Gender
    comment: Female, Male, or n/a.
    synonyms: [sex]
  - name: marital_status
    expr: dim_customers.marital_status
    display_name: Marital status
    comment: Married, Single, or n/a.
    synonyms: [family status, civil status]
  - name: age_group
    expr: dim_customers.age_group
    display_name: Age group
    comment: Age of the customer on the day of the last order in the data, in tens; n/a when the birth date is unknown.
    synonyms: [age, age band, age bracket, age range, generation]
  - name: customer_segment
    expr: age_group || ', ' || marital_status
    display_name: Customer segment
    comment: Age group and marital status of the customer, such as "40 to 49, Married".
    synonyms: [segment, customer group, target group, audience, demographic]
  - name: order_date
    expr: source.order_date
    display_name: Order date
    comment: Day of the order; NULL when nothing tells.
    synonyms: [day, date]
  - name: week
    expr: cast(date_trunc('week', source.order_date) as date)
    display_name: Week
    comment: Monday of the week of the order.
    synonyms: [calendar week]
  - name: month
    expr: cast(date_trunc('month', source.order_date) as date)
    display_name: Month
    comment: First day of the month of the order.
    synonyms: [calendar month]
  - name: quarter
    expr: cast(date_trunc('quarter', source.order_date) as date)
    display_name: Quarter
    comment: First day of the quarter of the order.
    synonyms: [calendar quarter]
  - name: year
    expr: cast(date_trunc('year', source.order_date) as date)
    display_name: Year
    comment: First day of the year of the order.
    synonyms: [calendar year]
  - name: weekday
    expr: coalesce(dim_dates.day_name, 'n/a')
    display_name: Weekday
    comment: English name of the day of the week of the order.
    synonyms: [day of the week, day of week]

measures:
  - name: revenue
    expr: coalesce(sum(source.sales_amount), 0)
    display_name: Revenue
    comment: Sum of the sales amounts.
    format: {type: number, decimal_places: {type: exact, places: 2}}
    synonyms: [sales, turnover, sales amount, total sales, takings, proceeds]
  - name: orders
    expr: count(distinct source.order_number)
    display_name: Orders
    comment: Number of different orders.
    format: {type: number, decimal_places: {type: exact, places: 0}}
    synonyms: [number of orders, order count, purchases, transactions]
  - name: customers
    expr: count(distinct source.customer_key)
    display_name: Customers
    comment: Number of different customers who ordered.
    format: {type: number, decimal_places: {type: exact, places: 0}}
    synonyms: [number of customers, customer count, buyers, clients, active customers]
  - name: quantity
    expr: coalesce(sum(source.quantity), 0)
    display_name: Quantity
    comment: Number of pieces sold.
    format: {type: number, decimal_places: {type: exact, places: 0}}
    synonyms: [units, pieces, units sold, pieces sold, items sold, volume, sales volume, quantity sold]
  - name: average_order_value
    expr: "{{ divide_money('measure(revenue)', 'nullif(measure(orders), 0)') }}"
    display_name: Average order value
    comment: Revenue per order, rounded half up to the cent.
    format: {type: number, decimal_places: {type: exact, places: 2}}
    synonyms: [AOV, average basket, basket value, average basket value, basket size, revenue per order, average order, average order size]
  - name: average_price
    expr: "{{ divide_money('measure(revenue)', 'nullif(measure(quantity), 0)') }}"
    display_name: Average price
    comment: Revenue per piece sold, rounded half up to the cent.
    format: {type: number, decimal_places: {type: exact, places: 2}}
    synonyms: [price, average selling price, ASP, mean price, unit price, revenue per unit, price per piece, average unit price]
  - name: gross_profit
    expr: sum({{ gross_profit('source', 'product_costs') }})
    display_name: Gross profit
    comment: Revenue less quantity times the product's cost on the day of the order, over the lines whose cost is known.
    format: {type: number, decimal_places: {type: exact, places: 2}}
    synonyms: [profit, gross earnings, earnings, gross margin amount]
  - name: revenue_without_cost
    expr: coalesce(sum({{ revenue_without_cost('source', 'product_costs') }}), 0)
    display_name: Revenue without cost
    comment: Revenue of lines whose cost on the day of the order is unknown; gross profit and margin leave it out.
    format: {type: number, decimal_places: {type: exact, places: 2}}
    synonyms: [revenue with unknown cost, sales without cost, revenue left out of the margin]
  - name: margin
    expr: round(measure(gross_profit) / cast(nullif(measure(revenue) - measure(revenue_without_cost), 0) as double), 6)
    display_name: Margin
    comment: Gross profit as a share of the revenue whose cost is known, 0 to 1.
    format: {type: percentage, decimal_places: {type: exact, places: 1}}
    synonyms: [gross margin, profit margin, profitability, margin rate]
  - name: days_to_ship
    expr: round(avg(datediff(source.ship_date, source.order_date)), 6)
    display_name: Days to ship
    comment: Days from order to shipment, on average over the order lines.
    format: {type: number, decimal_places: {type: exact, places: 1}}
    synonyms: [shipping time, average shipping time, delivery time, lead time, shipping days, time to ship, fulfilment time]
  - name: late_orders
    expr: count(distinct case when source.ship_date > source.due_date then source.order_number end)
    display_name: Late orders
    comment: Number of orders with a line shipped after its due date.
    format: {type: number, decimal_places: {type: exact, places: 0}}
    synonyms: [delayed orders, overdue orders, late deliveries, late shipments, delayed shipments]
  - name: new_customers
    expr: count(distinct case when source.order_date = source.first_order_date then source.customer_key end)
    display_name: New customers
    comment: Number of customers whose first order ever is among the orders counted.
    format: {type: number, decimal_places: {type: exact, places: 0}}
    synonyms: [first time customers, first time buyers, customers won, customers acquired, new buyers, new clients]
  - name: returning_share
    expr: >-
      round(count(distinct case when source.order_date > source.first_order_date then source.customer_key end)
      / cast(nullif(measure(customers), 0) as double), 6)
    display_name: Returning share
    comment: Share of the customers counted with an order after the day of their first one, 0 to 1.
    format: {type: percentage, decimal_places: {type: exact, places: 1}}
    synonyms: [share of returning customers, returning customers share, repeat rate, repeat customer rate, repeat purchase rate, retention]
  - name: products_sold
    expr: count(distinct source.product_key)
    display_name: Products sold
    comment: Number of different products sold.
    format: {type: number, decimal_places: {type: exact, places: 0}}
    synonyms: [number of products, number of different products, different products, distinct products, assortment]
