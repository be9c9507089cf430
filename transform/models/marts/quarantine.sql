with source_rows as (

    select * from {{ ref('stg_observatory__quarantine') }}

),

final as (

    select
        connector,
        stream,
        file,
        line,
        reason,
        observed_at
    from source_rows

)

select * from final
