{%- set most_holders = 5 -%}
{%- set fewest_files = 10 -%}
{%- set deepest = 4 -%}

with places as (

    select * from {{ ref('int_mined_repositories') }}

),

homes as (

    select
        commit_id,
        repository_url,
        committed_at
    from {{ ref('int_commit_homes') }}

),

-- A commit that came along with a shared history copies nothing: only the work of its home is looked at.
introductions as (

    select
        places.artifact_id,
        changes.new_blob_id as blob_id,
        changes.path,
        min(homes.committed_at) as introduced_at
    from {{ ref('stg_git__file_changes') }} as changes
    inner join homes
        on
            changes.repository_url = homes.repository_url
            and changes.commit_id = homes.commit_id
    inner join places
        on changes.repository_url = places.repository_url
    where
        changes.status in ('A', 'M')
        and changes.new_blob_id <> 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
        and not {{ matches(
            'lower(changes.path)',
            '(^|/)([.][^/]*|__init__[.]py|(un)?licen[cs]e[^/]*|copying[^/]*|notice[^/]*|gradlew([.]bat)?|gradle-wrapper[.][a-z]+|mvnw([.]cmd)?)$'
        ) }}
    group by
        places.artifact_id,
        changes.new_blob_id,
        changes.path

),

holders as (

    select
        blob_id,
        artifact_id,
        min(introduced_at) as introduced_at
    from introductions
    group by
        blob_id,
        artifact_id

),

ranked_holders as (

    select
        blob_id,
        artifact_id,
        count(*) over (partition by blob_id) as holder_count,
        row_number() over (
            partition by blob_id
            order by introduced_at nulls last, artifact_id
        ) as position
    from holders

),

-- What many repositories hold is boilerplate; of the others the first holder is the origin.
shared_blobs as (

    select
        ranked_holders.blob_id,
        ranked_holders.artifact_id,
        origins.artifact_id as related_artifact_id
    from ranked_holders
    inner join ranked_holders as origins
        on
            ranked_holders.blob_id = origins.blob_id
            and origins.position = 1
    where
        ranked_holders.position > 1
        and ranked_holders.holder_count between 2 and {{ most_holders }}

),

shared_paths as (

    select
        shared_blobs.artifact_id,
        shared_blobs.related_artifact_id,
        shared_blobs.blob_id,
        own.path,
        related.path as related_path,
        own.introduced_at
    from shared_blobs
    inner join introductions as own
        on
            shared_blobs.blob_id = own.blob_id
            and shared_blobs.artifact_id = own.artifact_id
    inner join introductions as related
        on
            shared_blobs.blob_id = related.blob_id
            and shared_blobs.related_artifact_id = related.artifact_id

),

-- A copied folder keeps the order of its files: below some path, the other's paths end in the same way.
tails as (

    {% for depth in range(deepest + 1) -%}
    select
        *,
        {{ depth }} as depth,
        {{ without_folders('related_path', depth) }} as tail
    from shared_paths
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

placed as (

    select
        artifact_id,
        related_artifact_id,
        blob_id,
        introduced_at,
        substr(path, 1, length(path) - length(tail)) as folder,
        substr(related_path, 1, length(related_path) - length(tail)) as related_folder,
        row_number() over (
            partition by artifact_id, related_artifact_id, blob_id, path
            order by depth, related_path
        ) as choice
    from tails
    where
        path = tail
        or substr(path, length(path) - length(tail), length(tail) + 1) = '/' || tail

),

copies as (

    select
        artifact_id,
        related_artifact_id,
        folder,
        related_folder,
        count(distinct blob_id) as shared_blob_count,
        min(introduced_at) as since_at
    from placed
    where choice = 1
    group by
        artifact_id,
        related_artifact_id,
        folder,
        related_folder
    having count(distinct blob_id) >= {{ fewest_files }}

),

folder_sizes as (

    select
        copies.artifact_id,
        copies.related_artifact_id,
        copies.folder,
        copies.related_folder,
        count(distinct introductions.blob_id) as blob_count
    from copies
    inner join introductions
        on
            copies.artifact_id = introductions.artifact_id
            and substr(introductions.path, 1, length(copies.folder)) = copies.folder
    group by
        copies.artifact_id,
        copies.related_artifact_id,
        copies.folder,
        copies.related_folder

),

ranked_copies as (

    select
        copies.*,
        folder_sizes.blob_count,
        row_number() over (
            partition by copies.artifact_id, copies.related_artifact_id, copies.folder
            order by copies.shared_blob_count desc, copies.related_folder
        ) as choice
    from copies
    inner join folder_sizes
        on
            copies.artifact_id = folder_sizes.artifact_id
            and copies.related_artifact_id = folder_sizes.related_artifact_id
            and copies.folder = folder_sizes.folder
            and copies.related_folder = folder_sizes.related_folder

),

final as (

    select
        artifact_id,
        related_artifact_id,
        folder,
        related_folder,
        shared_blob_count,
        blob_count,
        since_at
    from ranked_copies
    where
        choice = 1
        and shared_blob_count * 2 >= blob_count

)

select * from final
