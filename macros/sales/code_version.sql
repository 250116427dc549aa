{#- The code that decides what the fact holds, as a checksum: every model from staging to the fact, every
    macro of the project that they use, and the values of the variables in them. Orders validated by other
    code are validated again. -#}
{%- macro code_version() -%}
    {%- if execute -%}
        {%- set code = {} -%}
        {%- do add_upstream_code('model.sales_lakehouse.fact_sales', code) -%}
        {%- set parts = [] -%}
        {%- for unique_id, text in code | dictsort -%}
            {%- do parts.append(text) -%}
            {%- for name in modules.re.findall("var\\(.(\\w+)", text) if not name.startswith('rebuild_') -%}
                {%- do parts.append(name ~ '=' ~ var(name, '')) -%}
            {%- endfor -%}
        {%- endfor -%}
        {{- local_md5(parts | join('\n')) -}}
    {%- endif -%}
{%- endmacro -%}

{#- Adds the text of a model or macro, and of all that it is made from, to a dictionary; down to what bronze
    holds, because how files are read does not change what a row says. -#}
{%- macro add_upstream_code(unique_id, code) -%}
    {%- set kind, package, name = unique_id.split('.')[:3] -%}
    {%- set node = graph.nodes.get(unique_id) -%}
    {%- if unique_id in code -%}
    {%- elif kind == 'macro' and package == 'sales_lakehouse' -%}
        {%- set macro = context[package][name].macro -%}
        {%- do code.update({unique_id: macro.macro_sql}) -%}
        {%- do add_all_upstream_code(macro.depends_on.macros, code) -%}
    {%- elif node and 'bronze' not in node.tags -%}
        {%- do code.update({unique_id: node.raw_code}) -%}
        {%- do add_all_upstream_code(node.depends_on.macros + node.depends_on.nodes, code) -%}
    {%- endif -%}
{%- endmacro -%}

{#- The same for several models or macros. -#}
{%- macro add_all_upstream_code(unique_ids, code) -%}
    {%- for unique_id in unique_ids -%}
        {%- do add_upstream_code(unique_id, code) -%}
    {%- endfor -%}
{%- endmacro -%}
