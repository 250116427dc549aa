{% snapshot customers_history %}
select * from {{ ref('int_customers__merged') }}
{% endsnapshot %}
