"""The streams of the issue-snapshots source: the snapshots there are, and the versions of items that they brought."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _INT, _TIME = pa.string(), pa.int64(), pa.timestamp("us")

SNAPSHOTS = Stream(
    "snapshots",
    pa.schema(
        [
            ("artifact_source", _TEXT),
            ("repository_name", _TEXT),
            ("kind", _TEXT),
            ("snapshot_at", _TIME),
            ("item_count", _INT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("artifact_source", "repository_name", "kind", "snapshot_at"),
    WriteMode.APPEND_NEW,
)

VERSIONS = Stream(
    "versions",
    pa.schema(
        [
            ("artifact_source", _TEXT),
            ("repository_name", _TEXT),
            ("kind", _TEXT),
            ("number", _INT),
            ("snapshot_at", _TIME),
            ("is_deleted", pa.bool_()),
            ("content_hash", _TEXT),
            ("item_id", _INT),
            ("state", _TEXT),
            ("author_login", _TEXT),
            ("created_at", _TIME),
            ("updated_at", _TIME),
            ("closed_at", _TIME),
            ("merged_at", _TIME),
            ("merged_by_login", _TEXT),
            ("labels", _TEXT),
            ("comments_count", _INT),
            ("reviews_count", _INT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("artifact_source", "repository_name", "kind", "number", "snapshot_at"),
    WriteMode.APPEND_NEW,
)

ALL = (SNAPSHOTS, VERSIONS)
