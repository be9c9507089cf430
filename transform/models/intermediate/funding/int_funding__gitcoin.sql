{{ config(materialized='view') }}

with applications as (

    select * from {{ ref('stg_gitcoin__applications') }}

),

matching as (

    select * from {{ ref('stg_gitcoin__matching') }}

),

donations as (

    select * from {{ ref('stg_gitcoin__donations') }}

),

rounds as (

    select
        *,
        coalesce(round_name, round_id) as pool_name
    from {{ ref('stg_gitcoin__rounds') }}

),

recipients as (

    select * from {{ ref('int_gitcoin_recipients') }}

),

projects as (

    select project_name
    from {{ ref('int_projects') }}

),

-- Rounds of which single records are known; of these the totals of applications are left out.
detailed as (

    select distinct
        {{ gitcoin_round_key('chain_id', 'round_id') }} as round_key,
        'GITCOIN_DONATIONS' as event_source
    from donations
    union all
    select distinct
        {{ gitcoin_round_key('chain_id', 'round_id') }} as round_key,
        'GITCOIN_MATCHING' as event_source
    from matching

),

donation_ends as (

    select
        {{ gitcoin_round_key('chain_id', 'round_id') }} as round_key,
        max(donated_at) as ended_at
    from donations
    group by {{ gitcoin_round_key('chain_id', 'round_id') }}

),

single as (

    select
        'GITCOIN_DONATIONS' as event_source,
        {{ gitcoin_round_key('chain_id', 'round_id') }} as round_key,
        donated_at as told_at,
        application_name,
        recipient_address,
        cast(null as varchar) as project_slug,
        donor_address as from_address,
        donated_usd as amount,
        token_amount,
        token_address as token_unit,
        coalesce(transaction_hash, '') as source_key,
        transaction_hash is not null as is_identified,
        file_path,
        line,
        observed_at,
        record_ref
    from donations
    union all
    select
        'GITCOIN_MATCHING' as event_source,
        {{ gitcoin_round_key('chain_id', 'round_id') }} as round_key,
        matched_at as told_at,
        application_name,
        recipient_address,
        cast(null as varchar) as project_slug,
        cast(null as varchar) as from_address,
        matched_usd as amount,
        match_amount as token_amount,
        cast(null as varchar) as token_unit,
        coalesce(application_id, gitcoin_project_id, '') as source_key,
        application_id is not null as is_identified,
        file_path,
        line,
        observed_at,
        record_ref
    from matching

),

totals as (

    {% for event_source, column in [('GITCOIN_DONATIONS', 'donated_usd'), ('GITCOIN_MATCHING', 'matched_usd')] -%}
    select
        '{{ event_source }}' as event_source,
        {{ gitcoin_round_key('chain_id', 'round_id') }} as round_key,
        round_at as told_at,
        application_name,
        recipient_address,
        project_slug,
        cast(null as varchar) as from_address,
        {{ column }} as amount,
        cast(null as varchar) as token_amount,
        cast(null as varchar) as token_unit,
        'total' as source_key,
        false as is_identified,
        file_path,
        line,
        observed_at,
        record_ref
    from applications
    where {{ column }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

unioned as (

    select single.*
    from single
    union all
    select totals.*
    from totals
    left join detailed
        on
            totals.round_key = detailed.round_key
            and totals.event_source = detailed.event_source
    where detailed.round_key is null

),

-- Equal rows of one file are as many payments, unless a key at the source says that they are one.
numbered as (

    select
        *,
        case
            when is_identified then 1
            else row_number() over (
                partition by
                    event_source, round_key, told_at, application_name, recipient_address, from_address, amount,
                    token_amount, source_key, file_path
                order by line
            )
        end as occurrence
    from unioned
    where amount > 0

),

keyed as (

    select
        *,
        {{ entity_id([
            'event_source',
            "'|' || round_key",
            "'|' || coalesce(" ~ time_text('told_at') ~ ", '')",
            "'|' || coalesce(application_name, '')",
            "'|' || coalesce(recipient_address, '')",
            "'|' || coalesce(from_address, '')",
            "'|' || cast(amount as varchar)",
            "'|' || coalesce(token_amount, '')",
            "'|' || source_key",
            "'|' || cast(occurrence as varchar)"
        ]) }} as event_source_id
    from numbered

),

-- The same record in two files is one payment.
ranked as (

    select
        *,
        row_number() over (partition by event_source_id order by file_path, line) as choice
    from keyed

),

final as (

    select
        ranked.event_source_id,
        ranked.event_source,
        'FUNDING_AWARDED' as event_type,
        coalesce(ranked.told_at, rounds.round_at, donation_ends.ended_at) as time,
        coalesce(own.project_name, recipients.project_name) as to_project_name,
        ranked.application_name,
        case
            when ranked.event_source = 'GITCOIN_MATCHING' then 'gitcoin'
        end as from_funder_name,
        case
            when ranked.event_source = 'GITCOIN_MATCHING'
                then {{ entity_id(["'OSS_FUNDING'", "'gitcoin'", "'gitcoin'"]) }}
            else {{ entity_id(["'GITCOIN'", 'ranked.from_address', 'ranked.from_address']) }}
        end as from_artifact_id,
        rounds.pool_name as grant_pool_name,
        ranked.amount,
        ranked.token_amount,
        ranked.token_unit,
        ranked.file_path,
        ranked.line,
        ranked.observed_at,
        ranked.record_ref
    from ranked
    left join rounds
        on ranked.round_key = rounds.round_key
    left join donation_ends
        on ranked.round_key = donation_ends.round_key
    left join projects as own
        on ranked.project_slug = own.project_name
    left join recipients
        on ranked.recipient_address = recipients.recipient_address
    where ranked.choice = 1

)

select * from final
