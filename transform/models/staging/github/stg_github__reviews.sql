with source as (

    select * from {{ source('raw', 'github__reviews') }}

),

final as (

    select
        id,
        repository_id,
        number,
        author_id,
        author_login,
        author_type,
        author_association,
        state,
        submitted_at,
        commit_id,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
