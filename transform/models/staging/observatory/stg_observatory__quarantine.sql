with source as (

    select * from {{ source('raw', 'quarantine') }}

),

final as (

    select
        load_id,
        connector,
        stream,
        file,
        line,
        reason,
        observed_at
    from source

)

select * from final
