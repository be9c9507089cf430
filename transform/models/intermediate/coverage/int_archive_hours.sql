with file_hours as (

    select
        file_name,
        {{ hour_of('created_at') }} as hour,
        count(*) as event_count
    from {{ ref('int_archive_events') }}
    group by
        file_name,
        {{ hour_of('created_at') }}

),

file_totals as (

    select
        file_name,
        sum(event_count) as event_count
    from file_hours
    group by file_name

),

files as (

    select * from {{ ref('stg_github_archive__files') }}
    where status = 'loaded'

),

-- A file holds a few events of its neighbours' hours, which does not make those hours known.
full_hours as (

    select
        file_hours.file_name,
        file_hours.hour
    from file_hours
    inner join file_totals
        on file_hours.file_name = file_totals.file_name
    left join files
        on file_hours.file_name = files.file_name
    where
        file_hours.event_count * 4 >= file_totals.event_count
        or file_hours.hour = files.named_hour

),

-- An hour in which nothing happened at all is known as well.
empty_hours as (

    select
        files.file_name,
        files.named_hour as hour
    from files
    left join file_totals
        on files.file_name = file_totals.file_name
    where
        file_totals.file_name is null
        and files.named_hour is not null
        and coalesce(files.duplicate_count, 0) + coalesce(files.quarantined_count, 0) = 0

),

-- A file that is named for a span of hours was made from all of them.
spans as (

    select
        file_name,
        named_hour,
        last_named_hour
    from files
    where last_named_hour > named_hour

),

span_hours as (

    select
        spans.file_name,
        hours.hour
    from ({{ hour_series('(select min(named_hour) from spans)', '(select max(last_named_hour) from spans)') }}) as hours
    inner join spans
        on hours.hour between spans.named_hour and spans.last_named_hour

),

final as (

    select
        hour,
        min(file_name) as file_name
    from (
        select * from full_hours
        union all
        select * from empty_hours
        union all
        select * from span_hours
    ) as hours
    group by hour

)

select * from final
