{% snapshot products_history %}
-- A version that was replaced on the day it began was never valid.
select
    product_number,
    start_date,
    product_id,
    product_name,
    category_id,
    product_line,
    cost
from {{ ref('int_products__validated') }}
where not is_quarantined and (end_date is null or end_date >= start_date)
{% endsnapshot %}
