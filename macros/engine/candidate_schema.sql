{#- The schema in which a layer is built. Gold and quality are built as candidates and published when
    everything has passed: on DuckDB in a file of their own under the same names, elsewhere in
    schemas of their own. -#}
{%- macro candidate_schema(layer) -%}
    {{- return(adapter.dispatch('candidate_schema')(layer)) -}}
{%- endmacro -%}

{%- macro duckdb__candidate_schema(layer) -%}
    {{- return(layer) -}}
{%- endmacro -%}

{%- macro databricks__candidate_schema(layer) -%}
    {{- return(layer ~ '_next' if layer in published_layers() else layer) -}}
{%- endmacro -%}
