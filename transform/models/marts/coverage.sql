with source_rows as (

    select * from {{ ref('int_coverage') }}

),

final as (

    select
        artifact_id,
        event_source,
        event_type,
        start_date,
        end_date,
        expected_count,
        seen_count,
        state,
        basis
    from source_rows

)

select * from final
