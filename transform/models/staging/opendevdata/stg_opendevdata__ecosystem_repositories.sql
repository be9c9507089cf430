with source as (

    select * from {{ source('raw', 'opendevdata__ecosystem_repositories') }}

),

final as (

    select
        ecosystem_name,
        repository_url,
        tags,
        licence,
        attribution,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
