with source as (

    select * from {{ source('raw', 'github__issue_events') }}

),

final as (

    select
        id,
        repository_id,
        number,
        is_pull_request,
        event,
        actor_id,
        actor_login,
        actor_type,
        created_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
