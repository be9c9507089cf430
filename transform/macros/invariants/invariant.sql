{#
    One row about one invariant: its name, what it says, how many rows were looked at, how many break it, and the first
    three of those in words. `relation` is a step of the query or a model, `broken` a condition that is true or false for
    each of its rows, `shown` the expressions that name a row and its values. `counted` counts what was looked at where a
    row stands for several.
#}
{% macro invariant(name, statement, relation, broken, shown, counted='count(*)') -%}
    select
        '{{ name }}' as invariant_name,
        '{{ statement }}' as description,
        looked_at.row_count as checked_row_count,
        broken_rows.row_count as broken_row_count,
        broken_rows.examples
    from (select {{ counted }} as row_count from {{ relation }}) as looked_at
    cross join (
        select
            count(*) as row_count,
            max(case when position = 1 then shown end)
            || coalesce(max(case when position = 2 then '; ' || shown end), '')
            || coalesce(max(case when position = 3 then '; ' || shown end), '') as examples
        from (
            select
                shown,
                row_number() over (order by shown) as position
            from (
                select
                    {%- for expression in shown %}
                    coalesce(cast({{ expression }} as varchar), 'nothing') {{ "|| ' ' ||" if not loop.last }}
                    {%- endfor %} as shown
                from {{ relation }}
                where {{ broken }}
            ) as named
        ) as numbered
    ) as broken_rows
{%- endmacro %}

{#
    Several invariants, one below the other: rows of (name, statement, relation, broken, shown); `counted` by relation,
    where it is not the number of rows.
#}
{% macro invariants(rules, counted={}) -%}
    {%- for rule in rules %}
    {{ invariant(rule[0], rule[1], rule[2], rule[3], rule[4], counted.get(rule[2], 'count(*)')) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
