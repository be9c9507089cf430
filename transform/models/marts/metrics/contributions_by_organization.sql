with events as (

    select
        entity_key,
        user_key,
        day,
        amount,
    from {{ ref('int_metrics__events') }}
    where
        event_type = 'COMMIT_CODE'
        and sender_class_key = {{ metric_user_classes()['person'] }}
        and amount > 0

),

entities as (

    select * from {{ ref('int_metrics__entities') }}
    where entity_type in ('project', 'collection')

),

placed as (

    select
        entities.entity_type,
        entities.entity_id,
        {{ metric_bucket('month', 'events.day') }} as month,
        events.user_key,
        events.amount,
        {{ metric_affiliation() }},
    from events
    inner join entities
        on entities.entity_key = events.entity_key
    {{ metric_affiliation_of('events') }}

),

counts as (

    select
        entity_type,
        entity_id,
        month,
        affiliation,
        coalesce(organization_name, affiliation) as organization_name,
        sum(amount) as commit_count,
        count(distinct user_key) as contributor_count,
    from placed
    group by
        entity_type,
        entity_id,
        month,
        affiliation,
        coalesce(organization_name, affiliation)

),

final as (

    select
        entity_type,
        entity_id,
        month,
        organization_name,
        affiliation,
        cast(commit_count as bigint) as commit_count,
        contributor_count,
        cast(commit_count as double) / sum(commit_count) over (partition by entity_type, entity_id, month) as commit_share,
        {{ metric_bucket_end('month', 'month') }} <= {{ as_of() }} as is_complete,
    from counts

)

select * from final
