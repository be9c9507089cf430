"""The five streams of the git source: names, columns, keys and write modes."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT = pa.string()
_TIME = pa.timestamp("us")

PERSON = pa.struct(
    [
        pa.field("login", _TEXT),
        pa.field("account_id", pa.int64()),
        pa.field("email_hash", _TEXT),
        pa.field("email_domain", _TEXT),
        pa.field("name", _TEXT),
    ]
)

REPOSITORIES = Stream(
    name="repositories",
    schema=pa.schema(
        [
            pa.field("repository_url", _TEXT),
            pa.field("artifact_source", _TEXT),
            pa.field("artifact_namespace", _TEXT),
            pa.field("artifact_name", _TEXT),
            pa.field("default_branch", _TEXT),
            pa.field("head_commit_id", _TEXT),
            pa.field("commit_count", pa.int64()),
            pa.field("is_empty", pa.bool_()),
            pa.field("observed_at", _TIME),
            pa.field("_record_ref", _TEXT),
        ]
    ),
    primary_key=("repository_url",),
    mode=WriteMode.UPSERT,
)

COMMITS = Stream(
    name="commits",
    schema=pa.schema(
        [
            pa.field("repository_url", _TEXT),
            pa.field("commit_id", _TEXT),
            pa.field("tree_id", _TEXT),
            pa.field("parent_ids", pa.list_(_TEXT)),
            pa.field("parent_count", pa.int32()),
            pa.field("author_name", _TEXT),
            pa.field("author_email_hash", _TEXT),
            pa.field("author_email_domain", _TEXT),
            pa.field("author_account_id", pa.int64()),
            pa.field("author_login", _TEXT),
            pa.field("authored_at", _TIME),
            pa.field("author_offset_minutes", pa.int32()),
            pa.field("committer_name", _TEXT),
            pa.field("committer_email_hash", _TEXT),
            pa.field("committer_email_domain", _TEXT),
            pa.field("committer_login", _TEXT),
            pa.field("committed_at", _TIME),
            pa.field("committer_offset_minutes", pa.int32()),
            pa.field("authored_raw", _TEXT),
            pa.field("committed_raw", _TEXT),
            pa.field("has_valid_date", pa.bool_()),
            pa.field("is_on_default_branch", pa.bool_()),
            pa.field("is_on_first_parent", pa.bool_()),
            pa.field("merge_kind", _TEXT),
            pa.field("pull_request_number", pa.int32()),
            pa.field("co_authors", pa.list_(PERSON)),
            pa.field("subject_length", pa.int32()),
            pa.field("message_length", pa.int32()),
            pa.field("is_agent_assisted", pa.bool_()),
            pa.field("_record_ref", _TEXT),
        ]
    ),
    primary_key=("repository_url", "commit_id"),
    mode=WriteMode.UPSERT,
)

FILE_CHANGES = Stream(
    name="file_changes",
    schema=pa.schema(
        [
            pa.field("repository_url", _TEXT),
            pa.field("commit_id", _TEXT),
            pa.field("path", _TEXT),
            pa.field("status", _TEXT),
            pa.field("old_mode", _TEXT),
            pa.field("new_mode", _TEXT),
            pa.field("old_blob_id", _TEXT),
            pa.field("new_blob_id", _TEXT),
            pa.field("_record_ref", _TEXT),
        ]
    ),
    primary_key=("repository_url", "commit_id", "path"),
    mode=WriteMode.APPEND_NEW,
)

LINE_COUNTS = Stream(
    name="line_counts",
    schema=pa.schema(
        [
            pa.field("old_blob_id", _TEXT),
            pa.field("new_blob_id", _TEXT),
            pa.field("additions", pa.int32()),
            pa.field("deletions", pa.int32()),
            pa.field("is_binary", pa.bool_()),
            pa.field("_record_ref", _TEXT),
        ]
    ),
    primary_key=("old_blob_id", "new_blob_id"),
    mode=WriteMode.APPEND_NEW,
)

REFS = Stream(
    name="refs",
    schema=pa.schema(
        [
            pa.field("repository_url", _TEXT),
            pa.field("ref_name", _TEXT),
            pa.field("ref_kind", _TEXT),
            pa.field("commit_id", _TEXT),
            pa.field("is_annotated", pa.bool_()),
            pa.field("tagger_name", _TEXT),
            pa.field("tagged_at", _TIME),
            pa.field("_record_ref", _TEXT),
        ]
    ),
    primary_key=("repository_url", "ref_name"),
    mode=WriteMode.UPSERT,
)

STREAMS = (REPOSITORIES, COMMITS, FILE_CHANGES, LINE_COUNTS, REFS)
BY_REPOSITORY = frozenset({"repositories", "commits", "file_changes", "refs"})
"""The streams whose rows belong to one repository, by `repository_url`."""
