with source_rows as (

    select * from {{ ref('int_identity_links') }}

),

users as (

    select * from {{ ref('int_users') }}

),

identities as (

    select * from {{ ref('int_identities') }}

),

-- Links of people who stand behind some event.
final as (

    select
        source_rows.link_id,
        source_rows.from_identity_id,
        source_rows.from_source,
        source_rows.to_identity_id,
        source_rows.to_source,
        users.user_id,
        source_rows.rule,
        source_rows.evidence,
        source_rows.confidence,
        cast(source_rows.evidence_count as bigint) as evidence_count,
        source_rows.author,
        source_rows.created_at,
        source_rows.state,
        source_rows.is_undone,
        source_rows.state_reason
    from source_rows
    left join identities
        on identities.identity_id = source_rows.to_identity_id
    inner join users
        on users.user_id = coalesce(identities.user_id, source_rows.to_identity_id)

)

select * from final
