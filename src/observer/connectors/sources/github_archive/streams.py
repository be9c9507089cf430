"""The three streams of the source: events, the commits that pushes list, and the ledger of files."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _INT, _LONG, _BOOL, _TIME = pa.string(), pa.int32(), pa.int64(), pa.bool_(), pa.timestamp("us")

EVENTS = Stream(
    "events",
    pa.schema(
        [
            ("event_key", _TEXT),
            ("event_id", _TEXT),
            ("type", _TEXT),
            ("created_at", _TIME),
            ("era", _TEXT),
            ("actor_id", _LONG),
            ("actor_login", _TEXT),
            ("repository_id", _LONG),
            ("repository_name", _TEXT),
            ("organization_id", _LONG),
            ("organization_login", _TEXT),
            ("action", _TEXT),
            ("ref", _TEXT),
            ("ref_type", _TEXT),
            ("number", _INT),
            ("is_merged", _BOOL),
            ("merged_at", _TIME),
            ("subject_id", _LONG),
            ("subject_actor_id", _LONG),
            ("subject_actor_login", _TEXT),
            ("is_pull_request", _BOOL),
            ("push_size", _INT),
            ("push_distinct_size", _INT),
            ("push_head", _TEXT),
            ("push_before", _TEXT),
            ("default_branch", _TEXT),
            ("merge_commit_id", _TEXT),
            ("author_association", _TEXT),
            ("tag_name", _TEXT),
            ("forkee_id", _LONG),
            ("forkee_name", _TEXT),
            ("stargazers_count", _INT),
            ("forks_count", _INT),
            ("watchers_count", _INT),
            ("file_name", _TEXT),
            ("line", _LONG),
            ("occurrences", _INT),
            ("file_sha256", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("file_name", "event_key"),
    WriteMode.UPSERT,
)

PUSH_COMMITS = Stream(
    "push_commits",
    pa.schema(
        [
            ("event_key", _TEXT),
            ("position", _INT),
            ("commit_id", _TEXT),
            ("author_name", _TEXT),
            ("author_email_hash", _TEXT),
            ("author_email_domain", _TEXT),
            ("is_distinct", _BOOL),
            ("file_name", _TEXT),
            ("file_sha256", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("file_name", "event_key", "position"),
    WriteMode.UPSERT,
)

FILES = Stream(
    "files",
    pa.schema(
        [
            ("file_name", _TEXT),
            ("hour", _TIME),
            ("last_hour", _TIME),
            ("status", _TEXT),
            ("sha256", _TEXT),
            ("loaded_sha256", _TEXT),
            ("bytes", _LONG),
            ("lines", _LONG),
            ("loaded", _LONG),
            ("duplicates", _LONG),
            ("quarantined", _LONG),
            ("blank", _LONG),
            ("first_event_at", _TIME),
            ("last_event_at", _TIME),
            ("reason", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("file_name",),
    WriteMode.UPSERT,
)

ALL = (EVENTS, PUSH_COMMITS, FILES)
