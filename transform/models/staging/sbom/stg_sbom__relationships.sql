with source as (

    select * from {{ source('raw', 'sbom__relationships') }}

),

final as (

    select
        document_id,
        from_element_id,
        to_element_id,
        relationship,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
