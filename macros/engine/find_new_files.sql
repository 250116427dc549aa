{#- Before a bronze table is loaded: finds the files that are not in it in their present version and
    remembers them for the model, which is static SQL. -#}
{%- macro find_new_files() -%}
    {%- if execute -%}
        {%- set declaration = landing_declaration(this.identifier) -%}
        {%- set known_files -%}
select source_file, file_modified_at, file_size, checksum, landed_rows, loaded_at
from (
    select
        source_file,
        file_modified_at,
        file_size,
        checksum,
        landed_rows,
        loaded_at,
        row_number() over (partition by source_file order by loaded_at desc) as recency
    from {{ ref('file_load_log') }}
    where landing_table = '{{ this.identifier if is_incremental() else '' }}'
) as versions
where recency = 1
        {%- endset -%}
        {{- adapter.dispatch('find_new_files')(declaration, known_files) -}}
    {%- endif -%}
{%- endmacro -%}

{#- Compares the files in the landing folder with those a bronze table already holds. A file that was only
    touched keeps its version, whose modification time is noted; the new ones are put into a session
    variable, and their checksums into another. -#}
{%- macro duckdb__find_new_files(declaration, known_files) -%}
    {%- set rows = [] if flags.EMPTY else run_query(
        "select landed.filename, landed.source_file, landed.file_modified_at, landed.file_size, landed.checksum,"
        ~ " known.checksum, array_to_string(landed.header, ','), landed.pattern, landed.longest, landed.counted_rows, known.landed_rows"
        ~ " from (" ~ list_landing_files(declaration) ~ ") as landed"
        ~ " left join (" ~ known_files ~ ") as known on landed.source_file = known.source_file"
        ~ " where not landed.is_copy and (known.checksum is distinct from landed.checksum"
        ~ " or known.landed_rows is distinct from landed.counted_rows"
        ~ " or known.file_modified_at is distinct from landed.file_modified_at)"
        ~ " order by landed.filename"
    ).rows -%}
    {%- set patterns = [] -%}
    {%- set checksums = [] -%}
    {%- set lengths = [2097152] -%}
    {%- set orders = [] -%}
    {%- for row in rows -%}
        {%- if row[4] == row[5] and row[9] == row[10] -%}
    {{ note_touched_file(row[1], row[2], row[3]) }};
        {%- else -%}
            {%- do patterns.append(sql_text(row[7])) -%}
            {%- do checksums.append(sql_text(row[1]) ~ ": '" ~ row[4] ~ "'") -%}
            {%- do lengths.append(row[8] | int) -%}
            {%- do orders.append(row[6]) if row[6] not in orders -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if orders | length > 1 -%}
        {{- exceptions.raise_compiler_error("New files of " ~ declaration.name ~ " have their columns in different orders: " ~ (rows | map(attribute=1) | join(', ')) ~ ". Load them one after the other, or give them the same order.") -}}
    {%- endif -%}
    {%- set columns = orders[0].split(',') if orders else declaration.columns.keys() -%}
    set variable new_files = [{{ patterns | join(', ') or "'/dev/null'" }}];
    set variable file_checksums = cast(map { {{- checksums | join(', ') -}} } as map(varchar, varchar));
    set variable longest_line = {{ lengths | max }};
    set variable file_columns = { {%- for column in columns %}'{{ column }}': 'VARCHAR'{{ ', ' if not loop.last }}{% endfor -%} }
{%- endmacro -%}

{#- The statement that notes a file whose time has changed and whose content has not: it is not read again. -#}
{%- macro note_touched_file(source_file, file_modified_at, file_size) -%}
update {{ ref('file_load_log') }}
set file_modified_at = cast('{{ file_modified_at }}' as timestamp), file_size = {{ file_size }}
where landing_table = '{{ this.identifier }}' and source_file = '{{ source_file | replace("'", "''") }}'
    and loaded_at = (
        select max(versions.loaded_at) from {{ ref('file_load_log') }} as versions
        where versions.landing_table = '{{ this.identifier }}' and versions.source_file = '{{ source_file | replace("'", "''") }}'
    )
{%- endmacro -%}

{%- macro databricks__find_new_files(declaration, known_files) -%}
    {%- set set_new_files -%}
    set variable new_files = (
        select coalesce(collect_list(landed.filename), array())
        from ({{ list_landing_files(declaration) }}) as landed
        left anti join ({{ known_files }}) as known
            on landed.source_file = known.source_file
                and landed.file_modified_at = known.file_modified_at
                and landed.file_size = known.file_size
        {{ 'where 1 = 0' if flags.EMPTY }}
    )
    {%- endset -%}
    {%- do run_query('declare or replace variable new_files array<string>') -%}
    {%- do run_query('declare or replace variable file_checksums map<string, string>') -%}
    {%- do run_query(set_new_files) -%}
    {%- do run_query(
        "set variable file_checksums = ("
        ~ " select map_from_entries(collect_list(struct(source_file, checksum)))"
        ~ " from (" ~ list_landing_files(declaration, checksum=true) ~ " where array_contains(new_files, _metadata.file_path)) as landed)"
    ) -%}
    {%- set touched -%}
    select landed.source_file, landed.file_modified_at, landed.file_size, known.loaded_at
    from ({{ list_landing_files(declaration) }}) as landed
    inner join ({{ known_files }}) as known
        on landed.source_file = known.source_file and known.checksum = file_checksums[landed.source_file]
    {%- endset -%}
    {%- if run_query('select count(*) from (' ~ touched ~ ') as touched').rows[0][0] -%}
        {%- do run_query(
            "merge into " ~ ref('file_load_log') ~ " as versions using (" ~ touched ~ ") as touched"
            ~ " on versions.landing_table = '" ~ this.identifier ~ "'"
            ~ " and versions.source_file = touched.source_file and versions.loaded_at = touched.loaded_at"
            ~ " when matched then update set"
            ~ " file_modified_at = touched.file_modified_at, file_size = touched.file_size"
        ) -%}
        {%- do run_query(set_new_files) -%}
    {%- endif -%}
    {#- A checksum says that a file is new: that of one that was only touched must not stay. -#}
    set variable file_checksums = map_filter(
        file_checksums, (source_file, checksum) -> exists(new_files, path -> endswith(url_decode(replace(path, '+', '%2B')), '/' || source_file))
    )
{%- endmacro -%}
