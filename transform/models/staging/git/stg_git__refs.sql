with source as (

    select * from {{ source('raw', 'git__refs') }}

),

final as (

    select
        repository_url,
        ref_name,
        ref_kind,
        commit_id,
        coalesce(is_annotated, false) as is_annotated,
        tagger_name,
        tagged_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
