{% snapshot customers_history %}
select * from {{ ref('int_customers_conformed') }}
{% endsnapshot %}
