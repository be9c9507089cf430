with source as (

    select * from {{ source('raw', 'deps_dev__advisories') }}

),

final as (

    select
        advisory_id,
        title,
        url as advisory_url,
        aliases,
        cvss3Score as cvss_score,
        nullif(cvss3Vector, '') as cvss_vector,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
