{#- A text without blanks around it, for between the quotes of a Databricks literal: there a doubled quote is
    not one quote. -#}
{%- macro escaped_text(text) -%}
{{ text | trim | replace("\\", "\\\\") | replace("'", "\\'") }}
{%- endmacro -%}
