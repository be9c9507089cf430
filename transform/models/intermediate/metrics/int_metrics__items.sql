-- depends_on: {{ ref('int_metrics__changed_totals') }}
with items as (

    select * from {{ ref('int_items') }}
    where {{ day_of('opened_at') }} <= {{ as_of() }}

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

final as (

    select
        entity_artifacts.entity_key,
        items.item_kind,
        {{ metric_class_key('items.author_class') }} as sender_class_key,
        {{ day_of('items.opened_at') }} as opened_day,
        {{ days_between("cast('1970-01-01' as date)", day_of('items.opened_at')) }} as opened_day_number,
        {{ day_of('items.first_response_at') }} as responded_day,
        {{ seconds_between('items.opened_at', 'items.first_response_at') }} as response_seconds,
        {{ day_of('items.merged_at') }} as merged_day,
        {{ seconds_between('items.opened_at', 'items.merged_at') }} as merge_seconds,
        {{ day_of('items.closed_at') }} as closed_day,
        {{ seconds_between('items.opened_at', 'items.closed_at') }} as close_seconds,
        items.is_merged_by_author,
    from items
    inner join entity_artifacts
        on entity_artifacts.artifact_id = items.to_artifact_id

)

select * from final
