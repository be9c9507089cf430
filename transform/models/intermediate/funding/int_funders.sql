with funding as (

    select * from {{ ref('int_funding') }}
    where from_artifact_id is not null

),

profiles as (

    select
        funder_name,
        max(display_name) as display_name
    from {{ ref('stg_oss_funding__funders') }}
    group by funder_name

),

sent as (

    select
        from_artifact_id as user_id,
        max(case when event_source in ('OSS_FUNDING', 'GITCOIN_MATCHING') then 1 else 0 end) as is_listed,
        min(event_source) as event_source,
        max(from_funder_name) as funder_name
    from funding
    group by from_artifact_id

),

final as (

    select
        sent.user_id,
        case
            when sent.is_listed = 1 then 'OSS_FUNDING'
            when sent.event_source = 'GITCOIN_DONATIONS' then 'GITCOIN'
            else sent.event_source
        end as user_source,
        case when sent.is_listed = 1 then sent.funder_name end as user_name,
        coalesce(profiles.display_name, sent.funder_name) as display_name,
        -- Donors and accounts without a public name may be people.
        case when sent.funder_name is not null then 'organization' else 'person' end as user_class
    from sent
    left join profiles
        on case when sent.is_listed = 1 then sent.funder_name end = profiles.funder_name

)

select * from final
