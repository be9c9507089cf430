with source as (

    select * from {{ source('raw', 'github__item_versions') }}

),

final as (

    select
        id,
        kind,
        updated_at,
        content_hash,
        repository_id,
        repository_full_name,
        number,
        case when merged_at is not null then 'merged' else state end as state,
        author_login,
        created_at,
        closed_at,
        merged_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
