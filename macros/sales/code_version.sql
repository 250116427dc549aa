{#- The code that decides what a model holds, by default the fact, as a checksum: every model from staging to it,
    every macro of the project that they use, and the values of the variables in them. What other code made is
    made again. -#}
{%- macro code_version(unique_id='model.sales_lakehouse.fact_sales') -%}
    {%- if execute -%}
        {%- set parts = [] -%}
        {%- for unique_id, text in upstream_code(unique_id) | dictsort -%}
            {%- do parts.append(text) -%}
            {%- for name in modules.re.findall("var\\(.(\\w+)", text) if not name.startswith('rebuild_') -%}
                {%- do parts.append(name ~ '=' ~ var(name, '')) -%}
            {%- endfor -%}
        {%- endfor -%}
        {{- local_md5(parts | join('\n')) -}}
    {%- endif -%}
{%- endmacro -%}

{#- The text of a model or macro, and of all that it is made from, by unique id; down to what bronze holds,
    because how files are read does not change what a row says. The list grows while it is read. -#}
{%- macro upstream_code(unique_id) -%}
    {%- set code, waiting = {}, [unique_id] -%}
    {%- for each in waiting -%}
        {%- set kind, package, name = each.split('.')[:3] -%}
        {%- set node = graph.nodes.get(each) -%}
        {%- if each in code -%}
        {%- elif kind == 'macro' and package == 'sales_lakehouse' -%}
            {%- set macro = context[package][name].macro -%}
            {%- do code.update({each: macro.macro_sql}) -%}
            {%- do waiting.extend(macro.depends_on.macros) -%}
        {%- elif node and 'bronze' not in node.tags -%}
            {%- do code.update({each: node.raw_code}) -%}
            {%- do waiting.extend(node.depends_on.macros + node.depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(code) -}}
{%- endmacro -%}
