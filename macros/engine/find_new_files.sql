{#- Compares the files in the landing folder, by name, size and modification time, with those a bronze table
    already holds, and puts the new ones into a session variable. No file's content is read, except
    for the headers on DuckDB; Spark compares the header while it reads. -#}
{%- macro duckdb__find_new_files(declaration, known_files) -%}
    {%- set rows = [] if flags.EMPTY else run_query(
        "select landed.filename, cast(to_json(csv_header(landed.filename)) as varchar) as header"
        ~ " from (" ~ list_landing_files(declaration) ~ ") as landed"
        ~ " anti join (" ~ known_files ~ ") as known"
        ~ " on landed.source_file = known.source_file"
        ~ " and landed.file_modified_at = known.file_modified_at and landed.file_size = known.file_size"
        ~ " order by landed.filename"
    ).rows -%}
    {%- set files = [] -%}
    {%- set orders = [declaration.columns.keys() | list] if not rows else [] -%}
    {%- for row in rows -%}
        {%- set header = fromjson(row[1]) -%}
        {{- check_landing_header(declaration, row[0], header) -}}
        {%- do files.append(row[0]) -%}
        {%- do orders.append(header) if header not in orders -%}
    {%- endfor -%}
    {%- if orders | length > 1 -%}
        {{- exceptions.raise_compiler_error("New files of " ~ declaration.name ~ " have their columns in different orders: " ~ files | join(', ') ~ ". Land them one after the other, or give them the same order.") -}}
    {%- endif -%}
    set variable new_files = ['{{ files | map('replace', "'", "''") | join("', '") or '/dev/null' }}'];
    set variable file_columns = { {%- for column in orders[0] %}'{{ column }}': 'VARCHAR'{{ ', ' if not loop.last }}{% endfor -%} }
{%- endmacro -%}

{%- macro databricks__find_new_files(declaration, known_files) -%}
    {%- do run_query('declare or replace variable new_files array<string>') -%}
    set variable new_files = (
        select coalesce(collect_list(landed.filename), array())
        from ({{ list_landing_files(declaration) }}) as landed
        left anti join ({{ known_files }}) as known
            on landed.source_file = known.source_file
                and landed.file_modified_at = known.file_modified_at
                and landed.file_size = known.file_size
        {{ 'where 1 = 0' if flags.EMPTY }}
    )
{%- endmacro -%}
