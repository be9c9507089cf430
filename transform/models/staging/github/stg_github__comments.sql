with source as (

    select * from {{ source('raw', 'github__comments') }}

),

final as (

    select
        id,
        kind,
        repository_id,
        number,
        is_pull_request,
        author_id,
        author_login,
        author_type,
        author_association,
        created_at,
        updated_at,
        body_length,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
