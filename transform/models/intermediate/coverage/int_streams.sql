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
    ('github__repositories', 'github', 'repositories', none),
    ('github__repository_names', 'github', 'repository_names', none),
    ('github__targets', 'github', 'targets', none),
    ('github__counters', 'github', 'counters', 'observed_at'),
    ('github__completeness', 'github', 'completeness', 'complete_to'),
    ('github__issues', 'github', 'issues', 'created_at'),
    ('github__pull_requests', 'github', 'pull_requests', 'created_at'),
    ('github__item_versions', 'github', 'item_versions', 'updated_at'),
    ('github__issue_events', 'github', 'issue_events', 'created_at'),
    ('github__reviews', 'github', 'reviews', 'submitted_at'),
    ('github__comments', 'github', 'comments', 'created_at'),
    ('github__releases', 'github', 'releases', 'published_at'),
    ('github__accounts', 'github', 'accounts', none),
    ('github__account_names', 'github', 'account_names', none),
    ('github__sboms', 'github', 'sboms', none),
    ('github__usage', 'github', 'usage', 'ended_at'),
    ('oss_funding__grants', 'oss-funding', 'grants', 'funding_date'),
    ('oss_funding__funders', 'oss-funding', 'funders', none),
    ('oss_funding__grant_pools', 'oss-funding', 'grant_pools', none),
    ('gitcoin__rounds', 'gitcoin', 'rounds', none),
    ('gitcoin__applications', 'gitcoin', 'applications', 'round_at'),
    ('gitcoin__round_results', 'gitcoin', 'round_results', none),
    ('gitcoin__matching', 'gitcoin', 'matching', 'matched_at'),
    ('gitcoin__donations', 'gitcoin', 'donations', 'donated_at'),
    ('open_collective__collectives', 'open-collective', 'collectives', none),
    ('open_collective__transactions', 'open-collective', 'transactions', 'created_at'),
    ('gitlab__projects', 'gitlab', 'projects', none),
    ('gitlab__issues', 'gitlab', 'issues', 'updated_at'),
    ('gitlab__merge_requests', 'gitlab', 'merge_requests', 'updated_at'),
    ('gitlab__issue_listings', 'gitlab', 'issue_listings', none),
    ('gitlab__merge_request_listings', 'gitlab', 'merge_request_listings', none),
    ('gitlab__releases', 'gitlab', 'releases', 'released_at'),
    ('gitlab__events', 'gitlab', 'events', 'created_at'),
    ('issue_snapshots__snapshots', 'issue-snapshots', 'snapshots', 'snapshot_at'),
    ('issue_snapshots__versions', 'issue-snapshots', 'versions', 'snapshot_at'),
    ('evm__blocks', 'evm', 'blocks', 'block_at'),
    ('evm__transactions', 'evm', 'transactions', none),
    ('evm__receipts', 'evm', 'receipts', none),
    ('evm__logs', 'evm', 'logs', none),
    ('evm__traces', 'evm', 'traces', none),
    ('defillama__protocols', 'defillama', 'protocols', none),
    ('defillama__summaries', 'defillama', 'summaries', none),
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
