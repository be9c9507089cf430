with downloads as (

    select * from {{ ref('int_package_downloads') }}

),

final as (

    select
        {{ package_id('downloads.package_source', 'downloads.package_name') }} as package_artifact_id,
        downloads.package_source as package_artifact_source,
        {{ package_namespace('downloads.package_source', 'downloads.package_name') }} as package_artifact_namespace,
        downloads.package_name as package_artifact_name,
        downloads.download_date as bucket_day,
        downloads.download_count as amount,
        downloads.record_ref
    from downloads

)

select * from final
