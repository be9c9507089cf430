"""The streams of the sbom source."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT = pa.string()

DOCUMENTS = Stream(
    "documents",
    pa.schema(
        [
            ("snapshot_id", _TEXT),
            ("document_id", _TEXT),
            ("format", _TEXT),
            ("spec_version", _TEXT),
            ("document_name", _TEXT),
            ("document_namespace", _TEXT),
            ("created_at", pa.timestamp("us")),
            ("creators", pa.list_(_TEXT)),
            ("subject_source", _TEXT),
            ("subject_namespace", _TEXT),
            ("subject_name", _TEXT),
            ("component_count", pa.int64()),
            ("package_count", pa.int64()),
            ("relationship_count", pa.int64()),
            ("file", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("snapshot_id",),
    WriteMode.UPSERT,
)
PACKAGES = Stream(
    "packages",
    pa.schema(
        [
            ("document_id", _TEXT),
            ("element_id", _TEXT),
            ("component_name", _TEXT),
            ("component_version", _TEXT),
            ("purl", _TEXT),
            ("purl_type", _TEXT),
            ("package_source", _TEXT),
            ("package_name", _TEXT),
            ("package_version", _TEXT),
            ("license", _TEXT),
            ("scope", _TEXT),
            ("depth", pa.int32()),
            ("_record_ref", _TEXT),
        ]
    ),
    ("document_id", "element_id"),
    WriteMode.APPEND_NEW,
)
RELATIONSHIPS = Stream(
    "relationships",
    pa.schema(
        [
            ("document_id", _TEXT),
            ("from_element_id", _TEXT),
            ("to_element_id", _TEXT),
            ("relationship", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("document_id", "from_element_id", "to_element_id", "relationship"),
    WriteMode.APPEND_NEW,
)

ALL = (DOCUMENTS, PACKAGES, RELATIONSHIPS)
