with events as (

    select * from {{ ref('int_events_daily') }}

),

users as (

    select * from {{ ref('int_users') }}

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

senders as (

    select
        from_artifact_id,
        cast(row_number() over (order by from_artifact_id) as integer) as user_key,
    from events
    where from_artifact_id is not null
    group by from_artifact_id

),

sender_classes as (

    select
        user_id,
        max(
            case user_class
                {% for user_class, class_key in metric_user_classes().items() -%}
                when '{{ user_class }}' then {{ class_key }}
                {% endfor -%}
            end
        ) as sender_class_key
    from users
    group by user_id

),

artifact_events as (

    select
        events.to_artifact_id as artifact_id,
        events.event_type,
        senders.user_key,
        case
            when events.from_artifact_id is null then {{ metric_user_classes()['unknown'] }}
            else coalesce(sender_classes.sender_class_key, {{ metric_user_classes()['person'] }})
        end as sender_class_key,
        events.bucket_day as day,
        sum(events.amount) as amount,
    from events
    left join senders
        on senders.from_artifact_id = events.from_artifact_id
    left join sender_classes
        on sender_classes.user_id = events.from_artifact_id
    where
        events.bucket_day <= {{ as_of() }}
        and coalesce(events.amount, 1) <> 0
    group by
        events.to_artifact_id,
        events.event_type,
        senders.user_key,
        case
            when events.from_artifact_id is null then {{ metric_user_classes()['unknown'] }}
            else coalesce(sender_classes.sender_class_key, {{ metric_user_classes()['person'] }})
        end,
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
