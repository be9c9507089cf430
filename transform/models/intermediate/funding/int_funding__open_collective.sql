{{ config(materialized='view') }}

with transactions as (

    select * from {{ ref('stg_open_collective__transactions') }}
    where kind in ('CONTRIBUTION', 'ADDED_FUNDS')

),

listings as (

    select
        artifact_name,
        min(project_name) as project_name
    from {{ ref('stg_oss_directory__project_artifacts') }}
    where artifact_source = 'OPEN_COLLECTIVE'
    group by artifact_name

),

-- What a collective gives to another stands in both ledgers; here only what comes in counts, and what goes back of it.
received as (

    select * from transactions
    where
        (transaction_type = 'CREDIT' and not is_refund)
        or (transaction_type = 'DEBIT' and is_refund)

),

final as (

    select
        received.transaction_id as event_source_id,
        'OPEN_COLLECTIVE' as event_source,
        'CREDIT' as event_type,
        received.created_at as time,
        listings.project_name as to_project_name,
        received.account_slug,
        received.opposite_account_name as from_funder_name,
        {{ entity_id([
            "'OPEN_COLLECTIVE'",
            'received.opposite_account_id',
            'received.opposite_account_id'
        ]) }} as from_artifact_id,
        case when received.currency = 'USD' then received.amount end as amount,
        cast(received.amount as varchar) as token_amount,
        received.currency as token_unit,
        received.observed_at,
        received.record_ref
    from received
    left join listings
        on received.account_slug = listings.artifact_name

)

select * from final
