with projects as (

    select project_name
    from {{ ref('int_projects') }}

),

listings as (

    select * from {{ ref('stg_oss_directory__project_artifacts') }}

),

applications as (

    select * from {{ ref('stg_gitcoin__applications') }}
    where recipient_address is not null

),

addresses as (

    select recipient_address from applications
    union distinct
    select recipient_address from {{ ref('stg_gitcoin__matching') }}
    where recipient_address is not null
    union distinct
    select recipient_address from {{ ref('stg_gitcoin__donations') }}
    where recipient_address is not null

),

by_address as (

    select
        addresses.recipient_address,
        listings.project_name,
        1 as evidence_rank,
        'address' as evidence
    from addresses
    inner join listings
        on addresses.recipient_address = listings.artifact_name
    where listings.artifact_name like '0x%'

),

by_slug as (

    select
        applications.recipient_address,
        applications.project_slug as project_name,
        2 as evidence_rank,
        'slug' as evidence
    from applications
    where applications.project_slug is not null

),

by_github as (

    select
        applications.recipient_address,
        listings.project_name,
        3 as evidence_rank,
        'github' as evidence
    from applications
    inner join listings
        on applications.project_github = listings.artifact_namespace
    where listings.artifact_source = 'GITHUB'

),

candidates as (

    select * from by_address
    union all
    select * from by_slug
    union all
    select * from by_github

),

-- Evidence that points to several projects points to none.
agreed as (

    select
        candidates.recipient_address,
        candidates.evidence_rank,
        min(candidates.evidence) as evidence,
        min(candidates.project_name) as project_name
    from candidates
    inner join projects
        on candidates.project_name = projects.project_name
    group by
        candidates.recipient_address,
        candidates.evidence_rank
    having count(distinct candidates.project_name) = 1

),

ranked as (

    select
        *,
        row_number() over (partition by recipient_address order by evidence_rank) as choice
    from agreed

),

final as (

    select
        recipient_address,
        project_name,
        evidence
    from ranked
    where choice = 1

)

select * from final
