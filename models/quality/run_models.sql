-- What is written down twice, because an answer got lost, happened once.
select distinct
    run_id,
    started_at,
    model,
    layer,
    status,
    seconds
from {{ ref('int_run_models') }}
