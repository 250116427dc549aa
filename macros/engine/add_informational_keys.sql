{#- Tells the optimizer and whoever draws the model which columns are keys. They are declared in the
    model's meta (primary_key, foreign_keys); tests prove them, no engine enforces them. DuckDB could
    only enforce them, and then no dimension could be rebuilt while the fact refers to it. -#}
{%- macro add_informational_keys() -%}
    {{- adapter.dispatch('add_informational_keys')() if execute -}}
{%- endmacro -%}

{%- macro default__add_informational_keys() -%}
{%- endmacro -%}

{%- macro databricks__add_informational_keys() -%}
    {%- set keys = config.get('meta', {}) -%}
    {#- A table that is added to has had them since it was made; what they refer to was rebuilt. -#}
    {%- if config.get('materialized') == 'incremental' -%}
        {%- do run_query('alter table ' ~ this ~ ' drop constraint if exists pk_' ~ this.identifier) -%}
        {%- for column in keys.get('foreign_keys', {}) -%}
            {%- do run_query('alter table ' ~ this ~ ' drop constraint if exists fk_' ~ this.identifier ~ '_' ~ column) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if keys.primary_key -%}
        {%- do run_query(
            'alter table ' ~ this ~ ' add constraint pk_' ~ this.identifier
            ~ ' primary key (' ~ keys.primary_key | join(', ') ~ ') rely'
        ) -%}
    {%- endif -%}
    {%- for column, target in keys.get('foreign_keys', {}).items() -%}
        {%- set table, target_column = target.split('.') -%}
        {%- do run_query(
            'alter table ' ~ this ~ ' add constraint fk_' ~ this.identifier ~ '_' ~ column
            ~ ' foreign key (' ~ column ~ ') references ' ~ ref(table) ~ ' (' ~ target_column ~ ') rely'
        ) -%}
    {%- endfor -%}
{%- endmacro -%}
