{{ config(materialized='view') }}

with recursive memberships as (

    select
        ecosystem_name,
        repository_url,
        licence,
        attribution
    from {{ ref('stg_opendevdata__ecosystem_repositories') }}

),

starts as (

    select
        ecosystem_name as one,
        ecosystem_name as other
    from {{ ref('stg_opendevdata__ecosystems') }}

),

children as (

    select
        parent_name as one,
        child_name as other
    from {{ ref('stg_opendevdata__ecosystem_children') }}

),

{{ reached('reach', 'starts', 'children') }},

inside as (

    select
        one as ecosystem_name,
        other as member_name
    from reach

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
