{{ config(materialized='view') }}

with recursive memberships as (

    select
        ecosystem_name,
        repository_url,
        licence,
        attribution
    from {{ ref('stg_opendevdata__ecosystem_repositories') }}

),

inside (ecosystem_name, member_name) as (

    select
        ecosystem_name,
        ecosystem_name as member_name
    from {{ ref('stg_opendevdata__ecosystems') }}

    -- Without `all`, so that a circle of ecosystems comes to an end.
    union

    select
        inside.ecosystem_name,
        children.child_name as member_name
    from inside
    inner join {{ ref('stg_opendevdata__ecosystem_children') }} as children
        on inside.member_name = children.parent_name

),

addressed as (

    select
        inside.ecosystem_name,
        inside.member_name,
        memberships.licence,
        memberships.attribution,
        replace(replace(lower(memberships.repository_url), 'https://', ''), 'http://', '') as address
    from inside
    inner join memberships on inside.member_name = memberships.ecosystem_name

),

named as (

    select
        ecosystem_name,
        member_name,
        licence,
        attribution,
        split_part(address, '/', 2) as artifact_namespace,
        case
            when right(split_part(address, '/', 3), 4) = '.git'
                then left(split_part(address, '/', 3), length(split_part(address, '/', 3)) - 4)
            else split_part(address, '/', 3)
        end as artifact_name
    from addressed
    where split_part(address, '/', 1) = 'github.com'

),

final as (

    select
        ecosystem_name,
        {{ entity_id(["'GITHUB'", "artifact_namespace", "artifact_name"]) }} as artifact_id,
        artifact_namespace,
        artifact_name,
        bool_or(ecosystem_name = member_name) as is_direct,
        min(licence) as licence,
        min(attribution) as attribution
    from named
    where artifact_name <> ''
    group by
        ecosystem_name,
        artifact_namespace,
        artifact_name

)

select * from final
