with grants as (

    select * from {{ ref('stg_oss_funding__grants') }}

),

funding as (

    select * from {{ ref('int_funding') }}

),

grant_problems as (

    select
        'oss-funding' as connector,
        'grants' as stream,
        file_path,
        line,
        case duplicate_kind
            when 'exact' then 'repeats ' || duplicate_of || ' and is not counted again'
            else 'equals ' || duplicate_of || ' but for its metadata, and is counted'
        end as reason,
        observed_at,
        record_ref
    from grants
    where duplicate_kind is not null
    union all
    select
        'oss-funding' as connector,
        'grants' as stream,
        file_path,
        line,
        problem as reason,
        observed_at,
        record_ref
    from grants
    where problem is not null

),

project_problems as (

    select
        case
            when event_source = 'OSS_FUNDING' then 'oss-funding'
            when event_source = 'OPEN_COLLECTIVE' then 'open-collective'
            else 'gitcoin'
        end as connector,
        case
            when event_source = 'OSS_FUNDING' then 'grants'
            when event_source = 'OPEN_COLLECTIVE' then 'transactions'
            when event_source = 'GITCOIN_MATCHING' then 'matching'
            else 'donations'
        end as stream,
        file_path,
        line,
        case
            when to_project_name is null then 'no project of the directory is known to have received it'
            else 'the directory has no project ' || chr(39) || to_project_name || chr(39)
        end as reason,
        observed_at,
        record_ref
    from funding
    where to_project_id is null

),

time_problems as (

    select
        'gitcoin' as connector,
        'matching' as stream,
        file_path,
        line,
        'the time of the round is not known' as reason,
        observed_at,
        record_ref
    from funding
    where time is null

),

final as (

    select * from grant_problems
    union all
    select * from project_problems
    union all
    select * from time_problems

)

select * from final
