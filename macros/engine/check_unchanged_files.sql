{#- Before a publication: stops when a file is not what it was when it was listed. -#}
{%- macro check_unchanged_files() -%}
    {%- if execute and not flags.EMPTY and flags.WHICH == 'build' -%}
        {{- adapter.dispatch('check_unchanged_files')() -}}
    {%- endif -%}
{%- endmacro -%}

{%- macro duckdb__check_unchanged_files() -%}
    {%- set changed = [] -%}
    {%- for declaration in graph.sources.values() if declaration.source_name == 'landing' -%}
        {%- set query -%}
select change from (
    select changed_file({{ sql_text(var('landing')) }}, '{{ declaration.name }}', source_file, false) as change
    from ({{ list_landing_files(declaration) }}) as files
) as checked
where change <> ''
        {%- endset -%}
        {%- do changed.extend(run_query(query).columns[0].values()) -%}
    {%- endfor -%}
    {%- if changed -%}
        {{- exceptions.raise_compiler_error(changed | join('\n')) -}}
    {%- endif -%}
{%- endmacro -%}

{#- The files of a load were compared after it; listing all of them again would cost a statement each. -#}
{%- macro databricks__check_unchanged_files() -%}
{%- endmacro -%}
