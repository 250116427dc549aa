{#- Whether a text is one of a few others once its digits are taken out: '' stands for digits alone, '-'
    for digits with one minus anywhere among them. DuckDB's translate makes a table of the characters for
    each row, and takes five times as long as its regular expressions. -#}
{%- macro is_without_digits(text, rests) -%}
    {{- adapter.dispatch('is_without_digits')(text, rests) -}}
{%- endmacro -%}

{%- macro duckdb__is_without_digits(text, rests) -%}
    {%- set patterns = [] -%}
    {%- for rest in rests -%}
        {%- set pattern = ['[0-9]*'] -%}
        {%- for character in rest -%}
            {%- do pattern.append('[' ~ character ~ '][0-9]*') -%}
        {%- endfor -%}
        {%- do patterns.append(pattern | join) -%}
    {%- endfor -%}
    regexp_full_match({{ text }}, '{{ patterns | join('|') }}')
{%- endmacro -%}

{%- macro databricks__is_without_digits(text, rests) -%}
    translate({{ text }}, '0123456789', '') in ('{{ rests | join("', '") }}')
{%- endmacro -%}
