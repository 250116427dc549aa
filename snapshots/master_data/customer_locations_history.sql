{% snapshot customer_locations_history %}
select * from {{ ref('int_customer_locations_current') }}
{% endsnapshot %}
