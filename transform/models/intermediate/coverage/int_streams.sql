{{ config(materialized='view') }}

{#- Source table, connector, stream, time of its rows, first and last day known (null where time has no meaning). -#}
{%- set streams = [
    ('oss_directory__projects', 'oss-directory', 'projects', none),
    ('oss_directory__collections', 'oss-directory', 'collections', none),
    ('oss_directory__collection_projects', 'oss-directory', 'collection_projects', none),
    ('oss_directory__project_artifacts', 'oss-directory', 'project_artifacts', none),
    ('git__repositories', 'git', 'repositories', none),
    ('git__commits', 'git', 'commits', 'committed_at'),
    ('git__file_changes', 'git', 'file_changes', none),
    ('git__line_counts', 'git', 'line_counts', none),
    ('git__refs', 'git', 'refs', none),
    ('github_archive__events', 'github-archive', 'events', 'created_at'),
    ('github_archive__push_commits', 'github-archive', 'push_commits', none),
    ('github_archive__files', 'github-archive', 'files', 'hour'),
] -%}

{%- for table, connector, stream, time in streams %}
select
    '{{ connector }}' as connector,
    '{{ stream }}' as stream,
    {% if time -%}
    cast(max({{ time }}) as timestamp) as last_event_at,
    {{ day_of('min(' ~ time ~ ')') }} as covered_from,
    {{ day_of('max(' ~ time ~ ')') }} as covered_to,
    {% else -%}
    cast(null as timestamp) as last_event_at,
    cast(null as date) as covered_from,
    cast(null as date) as covered_to,
    {% endif -%}
    count(*) as row_count
from {{ source('raw', table) }}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
