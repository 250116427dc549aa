select
    run_id,
    started_at,
    model,
    layer,
    status,
    seconds
from {{ ref('int_run_models') }}
