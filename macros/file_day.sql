{#- The day a file speaks of: the one in its name, not in that of a folder. -#}
{%- macro file_day(relation) -%}
    coalesce(
        {{ to_date_from_digits("replace(regexp_extract(split_part(" ~ relation ~ "._source_file, '/', -1), '[0-9]{4}-?[0-9]{2}-?[0-9]{2}', 0), '-', '')") }},
        {{ utc_day(relation ~ "._file_modified_at") }}
    )
{%- endmacro -%}
