{% snapshot products_history %}
select * from {{ ref('int_product_versions') }}
{% endsnapshot %}
