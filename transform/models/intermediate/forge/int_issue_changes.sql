with versions as (

    select * from {{ ref('int_issue_versions') }}

),

first_readings as (

    select
        artifact_source,
        artifact_namespace,
        artifact_name,
        item_kind,
        is_from_complete_listing,
        min(observed_at) as first_observed_at
    from versions
    group by
        artifact_source,
        artifact_namespace,
        artifact_name,
        item_kind,
        is_from_complete_listing

),

compared as (

    select
        *,
        lag(is_deleted) over (
            partition by
                artifact_source,
                artifact_namespace,
                artifact_name,
                item_kind,
                number,
                is_from_complete_listing
            order by version_number
        ) as was_deleted,
        lag(state) over (
            partition by
                artifact_source,
                artifact_namespace,
                artifact_name,
                item_kind,
                number,
                is_from_complete_listing
            order by version_number
        ) as previous_state,
        lag(updated_at) over (
            partition by
                artifact_source,
                artifact_namespace,
                artifact_name,
                item_kind,
                number,
                is_from_complete_listing
            order by version_number
        ) as previous_updated_at
    from versions

),

final as (

    select
        compared.artifact_source,
        compared.artifact_namespace,
        compared.artifact_name,
        compared.item_kind,
        compared.number,
        compared.is_from_complete_listing,
        compared.version_number,
        compared.item_id,
        compared.observed_at as changed_at,
        case
            when compared.is_deleted then 'delete'
            when compared.was_deleted then 'restore'
            when compared.version_number > 1 then 'update'
            else 'insert'
        end as change_type,
        coalesce(compared.previous_state in ('closed', 'merged') and compared.state = 'open', false) as is_reopened,
        coalesce(compared.previous_state = 'open' and compared.state in ('closed', 'merged'), false) as is_closed,
        coalesce(
            compared.version_number > 1
            and not compared.is_deleted
            and not compared.was_deleted
            and compared.updated_at = compared.previous_updated_at,
            false
        ) as is_silent,
        compared.state,
        compared.previous_state,
        compared.author_login,
        compared.created_at,
        compared.updated_at,
        compared.closed_at,
        compared.merged_at,
        compared.record_ref
    from compared
    inner join first_readings
        on
            compared.artifact_source = first_readings.artifact_source
            and compared.artifact_namespace = first_readings.artifact_namespace
            and compared.artifact_name = first_readings.artifact_name
            and compared.item_kind = first_readings.item_kind
            and compared.is_from_complete_listing = first_readings.is_from_complete_listing
    -- What the first reading holds was there before anybody looked: it is where changes begin.
    where
        compared.version_number > 1
        or (
            compared.observed_at > first_readings.first_observed_at
            and (
                compared.is_from_complete_listing
                or compared.created_at > first_readings.first_observed_at
            )
        )

)

select * from final
