with declarations as (

    select * from {{ ref('stg_organizations__declarations') }}

),

affiliations as (

    select * from {{ ref('affiliations') }}

),

members as (

    select
        organization_name,
        count(distinct user_id) as member_count
    from affiliations
    group by organization_name

),

declared as (

    select
        organization_name,
        max(display_name) as display_name,
        max(case when is_independent then 1 else 0 end) = 1 as is_independent,
        count(distinct domain) as domain_count,
        sum(case when kind = 'person' then 1 else 0 end) as declared_person_count
    from declarations
    group by organization_name

),

final as (

    select
        declared.organization_name,
        declared.display_name,
        declared.is_independent,
        declared.domain_count,
        cast(declared.declared_person_count as bigint) as declared_person_count,
        coalesce(members.member_count, 0) as member_count
    from declared
    left join members
        on declared.organization_name = members.organization_name

)

select * from final
