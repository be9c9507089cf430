with points as (

    select * from {{ ref('int_defillama_points') }}

),

-- One value a day: that of the day's close, the nearest to midnight, else the last one that was taken during it.
ranked as (

    select
        *,
        row_number() over (
            partition by protocol_slug, figure, chain, section, day
            order by
                is_closing desc,
                case when is_closing then abs({{ seconds_between('measured_at', 'cast(day as timestamp)') }}) end,
                measured_at desc
        ) as choice
    from points

),

final as (

    select
        {{ entity_id(["'DEFILLAMA'", "'defillama'", 'protocol_slug']) }} as artifact_id,
        protocol_slug,
        figure,
        chain,
        section,
        day,
        amount,
        measured_at,
        observed_at,
        record_ref
    from ranked
    where choice = 1

)

select * from final
