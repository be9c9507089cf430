"""The streams of the github source. Ids are GitHub's numbers, logins and names as GitHub writes them, times in UTC."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _BOOL, _TIME, _COUNT, _DAY = pa.string(), pa.bool_(), pa.timestamp("us"), pa.int64(), pa.date32()

_Columns = list[tuple[str, pa.DataType]]


def _stream(name: str, key: tuple[str, ...], columns: _Columns) -> Stream:
    return Stream(name, pa.schema([*columns, ("_record_ref", _TEXT)]), key, WriteMode.UPSERT)


_PERSON: _Columns = [("author_id", _COUNT), ("author_login", _TEXT), ("author_type", _TEXT)]

_DISCUSSION: _Columns = [
    ("id", _COUNT),
    ("node_id", _TEXT),
    ("repository_id", _COUNT),
    ("repository_full_name", _TEXT),
    ("number", _COUNT),
    ("state", _TEXT),
    ("state_reason", _TEXT),
    *_PERSON,
    ("author_association", _TEXT),
    ("created_at", _TIME),
    ("updated_at", _TIME),
    ("closed_at", _TIME),
    ("comments_count", _COUNT),
    ("labels", _TEXT),
    ("milestone", _TEXT),
    ("is_locked", _BOOL),
    ("title_length", _COUNT),
]

REPOSITORIES = _stream(
    "repositories",
    ("id",),
    [
        ("id", _COUNT),
        ("node_id", _TEXT),
        ("full_name", _TEXT),
        ("owner_login", _TEXT),
        ("owner_id", _COUNT),
        ("owner_type", _TEXT),
        ("name", _TEXT),
        ("description", _TEXT),
        ("homepage_url", _TEXT),
        ("is_fork", _BOOL),
        ("parent_id", _COUNT),
        ("parent_full_name", _TEXT),
        ("is_archived", _BOOL),
        ("is_mirror", _BOOL),
        ("mirror_url", _TEXT),
        ("is_template", _BOOL),
        ("is_private", _BOOL),
        ("license", _TEXT),
        ("primary_language", _TEXT),
        ("languages", _TEXT),
        ("topics", _TEXT),
        ("default_branch", _TEXT),
        ("created_at", _TIME),
        ("updated_at", _TIME),
        ("pushed_at", _TIME),
        ("stargazers_count", _COUNT),
        ("forks_count", _COUNT),
        ("watchers_count", _COUNT),
        ("open_issues_count", _COUNT),
        ("open_pull_requests_count", _COUNT),
        ("issues_count", _COUNT),
        ("pull_requests_count", _COUNT),
        ("releases_count", _COUNT),
        ("commit_comments_count", _COUNT),
        ("disk_usage_kb", _COUNT),
        ("requested_full_name", _TEXT),
        ("observed_at", _TIME),
    ],
)

REPOSITORY_NAMES = _stream(
    "repository_names",
    ("id", "full_name"),
    [("id", _COUNT), ("full_name", _TEXT), ("first_observed_at", _TIME), ("last_observed_at", _TIME)],
)

TARGETS = _stream(
    "targets",
    ("target",),
    [
        ("target", _TEXT),
        ("target_kind", _TEXT),
        ("status", _TEXT),
        ("id", _COUNT),
        ("full_name", _TEXT),
        ("repositories_count", _COUNT),
        ("reason", _TEXT),
        ("observed_at", _TIME),
    ],
)

COUNTERS = _stream(
    "counters",
    ("id", "day"),
    [
        ("id", _COUNT),
        ("full_name", _TEXT),
        ("day", _DAY),
        ("stargazers_count", _COUNT),
        ("forks_count", _COUNT),
        ("watchers_count", _COUNT),
        ("open_issues_count", _COUNT),
        ("open_pull_requests_count", _COUNT),
        ("observed_at", _TIME),
    ],
)

COMPLETENESS = _stream(
    "completeness",
    ("repository_id",),
    [
        ("repository_id", _COUNT),
        ("full_name", _TEXT),
        ("complete_from", _TIME),
        ("complete_to", _TIME),
        ("issues_count", _COUNT),
        ("pull_requests_count", _COUNT),
        ("releases_count", _COUNT),
    ],
)

ISSUES = _stream("issues", ("id",), _DISCUSSION)

PULL_REQUESTS = _stream(
    "pull_requests",
    ("id",),
    [
        *_DISCUSSION,
        ("merged_at", _TIME),
        ("merged_by_id", _COUNT),
        ("merged_by_login", _TEXT),
        ("merge_commit_id", _TEXT),
        ("base_ref", _TEXT),
        ("head_ref", _TEXT),
        ("head_repository_id", _COUNT),
        ("is_draft", _BOOL),
        ("additions", _COUNT),
        ("deletions", _COUNT),
        ("changed_files", _COUNT),
        ("commits_count", _COUNT),
    ],
)

ITEM_VERSIONS = Stream(
    "item_versions",
    pa.schema(
        [
            ("kind", _TEXT),
            ("id", _COUNT),
            ("updated_at", _TIME),
            ("content_hash", _TEXT),
            ("repository_id", _COUNT),
            ("repository_full_name", _TEXT),
            ("number", _COUNT),
            ("state", _TEXT),
            ("author_login", _TEXT),
            ("created_at", _TIME),
            ("closed_at", _TIME),
            ("merged_at", _TIME),
            ("_record_ref", _TEXT),
        ]
    ),
    ("id", "kind", "updated_at", "content_hash"),
    WriteMode.APPEND_NEW,
)

ISSUE_EVENTS = _stream(
    "issue_events",
    ("id",),
    [
        ("id", _TEXT),
        ("repository_id", _COUNT),
        ("number", _COUNT),
        ("is_pull_request", _BOOL),
        ("event", _TEXT),
        ("actor_id", _COUNT),
        ("actor_login", _TEXT),
        ("actor_type", _TEXT),
        ("created_at", _TIME),
    ],
)

REVIEWS = _stream(
    "reviews",
    ("id",),
    [
        ("id", _COUNT),
        ("repository_id", _COUNT),
        ("number", _COUNT),
        *_PERSON,
        ("author_association", _TEXT),
        ("state", _TEXT),
        ("submitted_at", _TIME),
        ("commit_id", _TEXT),
    ],
)

COMMENTS = _stream(
    "comments",
    ("id", "kind"),
    [
        ("id", _COUNT),
        ("kind", _TEXT),
        ("repository_id", _COUNT),
        ("number", _COUNT),
        ("is_pull_request", _BOOL),
        *_PERSON,
        ("author_association", _TEXT),
        ("created_at", _TIME),
        ("updated_at", _TIME),
        ("body_length", _COUNT),
    ],
)

RELEASES = _stream(
    "releases",
    ("id",),
    [
        ("id", _COUNT),
        ("repository_id", _COUNT),
        ("tag_name", _TEXT),
        ("name", _TEXT),
        ("is_draft", _BOOL),
        ("is_prerelease", _BOOL),
        *_PERSON,
        ("created_at", _TIME),
        ("published_at", _TIME),
    ],
)

ACCOUNTS = _stream(
    "accounts",
    ("id",),
    [
        ("id", _COUNT),
        ("node_id", _TEXT),
        ("login", _TEXT),
        ("type", _TEXT),
        ("name", _TEXT),
        ("company", _TEXT),
        ("location", _TEXT),
        ("created_at", _TIME),
        ("observed_at", _TIME),
    ],
)

ACCOUNT_NAMES = _stream(
    "account_names",
    ("id", "login"),
    [("id", _COUNT), ("login", _TEXT), ("last_observed_at", _TIME)],
)

COMMIT_ACCOUNTS = _stream(
    "commit_accounts", ("commit_id",), [("commit_id", _TEXT), ("account_id", _COUNT), ("login", _TEXT)]
)

SBOMS = _stream(
    "sboms",
    ("repository_id",),
    [
        ("repository_id", _COUNT),
        ("repository_full_name", _TEXT),
        ("document", _TEXT),
        ("created_at", _TIME),
        ("observed_at", _TIME),
    ],
)

USAGE = _stream(
    "usage",
    ("run_id", "token_label"),
    [
        ("run_id", _TEXT),
        ("token_label", _TEXT),
        ("requests", _COUNT),
        ("rest_requests", _COUNT),
        ("points", _COUNT),
        ("remaining", _COUNT),
        ("forecast_points", _COUNT),
        ("forecast_requests", _COUNT),
        ("started_at", _TIME),
        ("ended_at", _TIME),
    ],
)

COLLECTED = (
    REPOSITORIES,
    REPOSITORY_NAMES,
    TARGETS,
    COUNTERS,
    COMPLETENESS,
    ISSUES,
    PULL_REQUESTS,
    ITEM_VERSIONS,
    ISSUE_EVENTS,
    REVIEWS,
    COMMENTS,
    RELEASES,
    ACCOUNTS,
    ACCOUNT_NAMES,
    COMMIT_ACCOUNTS,
    SBOMS,
)
ALL = (*COLLECTED, USAGE)
