{#- A whole number from clean text, NULL when it is none. -#}
{%- macro to_whole_number(text) -%}
    case when translate({{ text }}, '0123456789', '') in ('', '-') then try_cast({{ text }} as int) end
{%- endmacro -%}
