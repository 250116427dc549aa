{#- What the judgement of a sales line is made of, in a checksum: the models' text, and what the macros
    and variables in them come to. Lines judged by another version are judged again. -#}
{%- macro judgement_version() -%}
    {%- if execute -%}
        {%- set parts = [
            rules_crm_sales() | string,
            rules_crm_sales_in_context() | string,
            repair_sales_line('lines'),
            repeated_sales_lines('lines'),
            sibling_order_dates('lines'),
            clean_text('text'),
            to_amount('text'),
            to_whole_number('text'),
            to_date_from_digits('text'),
        ] -%}
        {%- for node in graph.nodes.values() | sort(attribute='unique_id')
            if node.name in ['stg_crm__sales', 'int_sales_judged', 'fact_sales'] and node.resource_type == 'model' -%}
            {%- do parts.append(node.raw_code) -%}
        {%- endfor -%}
        {{- local_md5(parts | join('\n') | replace(today(), 'today')) -}}
    {%- endif -%}
{%- endmacro -%}
