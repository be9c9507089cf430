{{ config(materialized='metric_table', cut='user') }}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changes') }}
with events as (

    select * from {{ ref('int_events_daily') }}

),

users as (

    select * from {{ ref('int_users') }}

),

senders as (

    select
        from_artifact_id as user_id,
        min(bucket_day) as first_day,
    from events
    where
        from_artifact_id is not null
        and bucket_day <= {{ as_of() }}
        {{ metric_since('bucket_day') }}
    group by from_artifact_id

),

{% if from -%}
-- Whoever was there before keeps the number.
known as (

    select user_id
    from {{ this }}
    where user_id in (select user_id from senders)

),

newcomers as (

    select senders.*
    from senders
    left join known
        on known.user_id = senders.user_id
    where known.user_id is null

),
{%- else -%}
newcomers as (

    select * from senders

),
{%- endif %}

final as (

    select
        newcomers.user_id,
        cast(
            row_number() over (order by newcomers.user_id)
            {{- ' + (select coalesce(max(user_key), 0) from ' ~ this ~ ')' if from }} as integer
        ) as user_key,
        coalesce({{ metric_class_key('users.user_class') }}, {{ metric_user_classes()['person'] }}) as sender_class_key,
        newcomers.first_day,
    from newcomers
    left join users
        on users.user_id = newcomers.user_id

)

select * from final
