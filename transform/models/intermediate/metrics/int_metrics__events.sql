{{ config(materialized='metric_table', cut='day') }}

-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__changed_totals') }}
-- Year by year, so that a new day reads the last ones alone, and in each entity by entity, which is how the metrics group
-- them: groups of the whole table at once would not fit into memory.
with events as (

    select * from {{ ref('int_events_daily') }}

),

users as (

    select * from {{ ref('int_metrics__users') }}

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

artifact_events as (

    select
        events.to_artifact_id as artifact_id,
        events.event_type,
        users.user_key,
        coalesce(users.sender_class_key, {{ metric_user_classes()['unknown'] }}) as sender_class_key,
        events.bucket_day as day,
        sum(events.amount) as amount,
    from events
    left join users
        on users.user_id = events.from_artifact_id
    where
        events.bucket_day <= {{ as_of() }}
        and coalesce(events.amount, 1) <> 0
        {{ metric_since('events.bucket_day') }}
    group by
        events.to_artifact_id,
        events.event_type,
        users.user_key,
        coalesce(users.sender_class_key, {{ metric_user_classes()['unknown'] }}),
        events.bucket_day

),

final as (

    select
        entity_artifacts.entity_key,
        artifact_events.event_type,
        artifact_events.user_key,
        artifact_events.sender_class_key,
        artifact_events.day,
        sum(artifact_events.amount) as amount,
    from artifact_events
    inner join entity_artifacts
        on entity_artifacts.artifact_id = artifact_events.artifact_id
    group by
        entity_artifacts.entity_key,
        artifact_events.event_type,
        artifact_events.user_key,
        artifact_events.sender_class_key,
        artifact_events.day

)

select * from final
{{ laid_out_by([metric_bucket('year', 'day'), 'entity_key', 'day']) }}
