{#- Whether blanks stood around one of several texts (no-break spaces included). -#}
{%- macro was_trimmed(columns) -%}
    coalesce({% for column in columns %}{{ column }} <> trim(replace({{ column }}, chr(160), ' ')){{ ' or ' if not loop.last }}{% endfor %}, false)
{%- endmacro -%}
