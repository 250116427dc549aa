{#- Files whose rows leave the table: the same content is there under another name, or the file is gone and
    was never published, so that whatever a run refuses can be taken back. -#}
{%- macro files_taken_back() -%}
{{- adapter.dispatch('files_taken_back')() -}}
{%- endmacro -%}

{%- macro duckdb__files_taken_back() -%}
union all
select
    '{{ this.identifier }}' as landing_table,
    known.source_file,
    known.file_modified_at,
    known.file_size,
    cast(0 as bigint) as landed_rows,
    {{ loaded_at() }} as loaded_at,
    known.checksum
from (
    select
        source_file,
        arg_max(file_modified_at, loaded_at) as file_modified_at,
        arg_max(file_size, loaded_at) as file_size,
        arg_max(checksum, loaded_at) as checksum,
        arg_max(landed_rows, loaded_at) as landed_rows,
        min(loaded_at) as first_loaded_at,
        max(loaded_at) as loaded_at
    from {{ ref('file_load_log') }}
    where landing_table = '{{ this.identifier }}'
    group by source_file
) as known
left join ({{ list_landing_files(landing_declaration(this.identifier)) | indent(4) }}) as files
    on known.source_file = files.source_file
where
    known.landed_rows > 0
    and known.loaded_at < {{ loaded_at() }}
    and {{ load_is_not_recorded() }}
    and (
        files.is_copy
        or (
            files.source_file is null
            and (
                known.first_loaded_at > {{ last_publication() }}
                or known.checksum in (
                    select checksum from ({{ list_landing_files(landing_declaration(this.identifier)) | indent(20) }}) as present
                )
            )
        )
    )
{%- endmacro -%}

{#- What was loaded later was never published: the start of the newest published run. Without one, a load from before
    the log begins counts as published, because the log may have been lost. -#}
{%- macro last_publication() -%}
(
    select coalesce(max(run_started_at), (select min(started_at) - interval 1 second from {{ audit_table('runs') }}))
    from {{ audit_table('publications') }}
    where run_started_at < {{ loaded_at() }}
)
{%- endmacro -%}

{#- On Databricks a file that is gone stays, and a copy is loaded beside its original. -#}
{%- macro databricks__files_taken_back() -%}
{%- endmacro -%}
