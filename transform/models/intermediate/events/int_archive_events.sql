{{ config(materialized='view') }}

with events as (

    select * from {{ ref('stg_github_archive__events') }}

),

files as (

    select * from {{ ref('stg_github_archive__files') }}

),

-- Rows of an earlier content of a file are no longer part of the archive.
final as (

    select events.*
    from events
    left join files
        on events.file_name = files.file_name
    where coalesce(events.file_sha256 = files.loaded_sha256, true)

)

select * from final
