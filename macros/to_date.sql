{#- A date from clean text written yyyy-mm-dd, NULL when it is none: engines also read 2010-12 as a date. -#}
{%- macro to_date(text) -%}
    case
        when length({{ text }}) = 10 and {{ is_without_digits(text, ['--']) }}
            then try_cast({{ text }} as date)
    end
{%- endmacro -%}

{#- A date from clean text written yyyymmdd, NULL when it is none. With `or_decimal` yyyymmdd.0 is one too: programs
    that know no whole number beside a missing one write it. -#}
{%- macro to_date_from_digits(text, or_decimal=false) -%}
    case
        when
            length({{ text }}) = 8 and {{ is_without_digits(text, ['']) }}
            {%- if or_decimal %}
            or substr({{ text }}, 9) = '.0' and {{ is_without_digits(text, ['.']) }}
            {%- endif %}
            then try_cast(substr({{ text }}, 1, 4) || '-' || substr({{ text }}, 5, 2) || '-' || substr({{ text }}, 7, 2) as date)
    end
{%- endmacro -%}
