with source as (

    select * from {{ source('raw', 'loads') }}

),

final as (

    select
        load_id,
        connector,
        stream,
        observed_at,
        written as written_count,
        duplicates as duplicate_count,
        quarantined as quarantined_count
    from source

)

select * from final
