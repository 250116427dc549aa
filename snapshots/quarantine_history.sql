{% snapshot quarantine_history %}
select * from {{ ref('quarantine') }}
{% endsnapshot %}
