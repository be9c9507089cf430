with source as (

    select * from {{ source('raw', 'opendevdata__ecosystem_activity') }}

),

final as (

    select
        ecosystem_id,
        day,
        all_devs,
        full_time_devs,
        part_time_devs,
        one_time_devs,
        devs_0_1y,
        devs_1_2y,
        devs_2y_plus,
        exclusive_devs,
        multichain_devs,
        num_commits,
        licence,
        attribution,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
