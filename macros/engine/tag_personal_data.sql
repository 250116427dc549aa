{#- Personal data is marked in the column's meta, `personal_data: name`. On a platform with readers of
    several kinds the mark becomes a tag of the column, for policies of the platform's own, and a mask in
    what is published (`publish_gold`). What lies in a file of one's own is neither tagged nor masked. -#}
{%- macro tag_personal_data() -%}
    {{- adapter.dispatch('tag_personal_data')() if execute -}}
{%- endmacro -%}

{%- macro default__tag_personal_data() -%}
{%- endmacro -%}

{%- macro databricks__tag_personal_data() -%}
    {%- for column in model.columns.values() if is_personal(column) -%}
        {%- do run_query(
            'alter table ' ~ this ~ ' alter column ' ~ column.name
            ~ " set tags ('personal_data' = '" ~ column.config.meta.personal_data ~ "')"
        ) -%}
    {%- endfor -%}
{%- endmacro -%}
