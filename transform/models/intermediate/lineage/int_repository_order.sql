{%- set rounds = 6 -%}

with repositories as (

    select * from {{ ref('int_repositories') }}

),

relations as (

    select * from {{ ref('int_relations') }}

),

rejected_forks as (

    select distinct artifact_id
    from {{ ref('int_lineage_corrections') }}
    where
        role = 'fork'
        and decision = 'reject'

),

-- Each round is one step further from the origin; repositories that go round in a circle all end in the last one.
depth_1 as (

    select distinct artifact_id
    from relations

),

{% for round in range(2, rounds + 1) -%}
depth_{{ round }} as (

    select distinct relations.artifact_id
    from relations
    inner join depth_{{ round - 1 }}
        on relations.related_artifact_id = depth_{{ round - 1 }}.artifact_id

),

{% endfor -%}
depths as (

    select
        artifact_id,
        max(depth) as depth
    from (
        {% for round in range(1, rounds + 1) -%}
        select
            artifact_id,
            {{ round }} as depth
        from depth_{{ round }}
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as rounds
    group by artifact_id

),

roles as (

    select
        artifact_id,
        min(
            case role
                when 'mirror' then 1
                when 'fork' then 2
            end
        ) as role_number
    from relations
    where role in ('fork', 'mirror')
    group by artifact_id

),

final as (

    select
        repositories.artifact_id,
        coalesce(depths.depth, 0) as depth,
        case
            when roles.role_number = 1 then 'mirror'
            when roles.role_number = 2 then 'fork'
            when repositories.is_fork and rejected_forks.artifact_id is null then 'fork'
            else 'own'
        end as role,
        row_number() over (
            order by
                coalesce(depths.depth, 0),
                case when repositories.is_fork and rejected_forks.artifact_id is null then 1 else 0 end,
                repositories.repository_id nulls last,
                repositories.artifact_source,
                repositories.artifact_namespace,
                repositories.artifact_name
        ) as attribution_order
    from repositories
    left join depths
        on repositories.artifact_id = depths.artifact_id
    left join roles
        on repositories.artifact_id = roles.artifact_id
    left join rejected_forks
        on repositories.artifact_id = rejected_forks.artifact_id

)

select * from final
