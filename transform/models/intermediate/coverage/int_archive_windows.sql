with archive_days as (

    select
        {{ day_of('hour') }} as day,
        count(*) as seen_per_day
    from {{ ref('int_archive_hours') }}
    group by {{ day_of('hour') }}

),

first_days as (

    select min(day) as day from archive_days
    union all
    select min(bucket_day) as day from {{ ref('int_events_daily') }}

),

bounds as (

    select least(coalesce(min(day), {{ as_of() }}), {{ as_of() }}) as start_date
    from first_days

),

days as (

    {{ day_series('(select start_date from bounds)', as_of()) }}

),

numbered as (

    select
        days.day,
        coalesce(archive_days.seen_per_day, 0) as seen_per_day,
        row_number() over (order by days.day) as day_number,
        row_number() over (
            partition by coalesce(archive_days.seen_per_day, 0)
            order by days.day
        ) as number_among_equals
    from days
    left join archive_days
        on days.day = archive_days.day

),

final as (

    select
        min(day) as start_date,
        max(day) as end_date,
        24 as expected_per_day,
        seen_per_day
    from numbered
    group by
        seen_per_day,
        day_number - number_among_equals

)

select * from final
