{{ config(materialized='view') }}

with recursive memberships as (

    select
        ecosystem_name,
        repository_url,
        licence,
        attribution
    from {{ ref('stg_opendevdata__ecosystem_repositories') }}

),

paths as (

    select
        ecosystem_name,
        ecosystem_name as member_name,
        0 as depth
    from {{ ref('stg_opendevdata__ecosystems') }}

    union all

    select
        paths.ecosystem_name,
        children.child_name as member_name,
        paths.depth + 1 as depth
    from paths
    inner join {{ ref('stg_opendevdata__ecosystem_children') }} as children
        on paths.member_name = children.parent_name
    -- Ecosystems are a few levels deep; a circle of them comes to an end here.
    where paths.depth < 8

),

inside as (

    select distinct
        ecosystem_name,
        member_name
    from paths

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
        {{ text_part('address', '/', 2) }} as artifact_namespace,
        case
            when right({{ text_part('address', '/', 3) }}, 4) = '.git'
                then left({{ text_part('address', '/', 3) }}, length({{ text_part('address', '/', 3) }}) - 4)
            else {{ text_part('address', '/', 3) }}
        end as artifact_name
    from addressed
    where {{ text_part('address', '/', 1) }} = 'github.com'

),

final as (

    select
        ecosystem_name,
        {{ entity_id(["'GITHUB'", "artifact_namespace", "artifact_name"]) }} as artifact_id,
        artifact_namespace,
        artifact_name,
        {{ any_row('ecosystem_name = member_name') }} as is_direct,
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
