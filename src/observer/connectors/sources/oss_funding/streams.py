"""The streams of the oss-funding source. Amounts are decimal text, so that no digit is lost."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _INT, _DATE = pa.string(), pa.int32(), pa.date32()

GRANTS = Stream(
    "grants",
    pa.schema(
        [
            ("file_path", _TEXT),
            ("line", _INT),
            ("to_project_name", _TEXT),
            ("amount", _TEXT),
            ("funding_date", _DATE),
            ("from_funder_name", _TEXT),
            ("grant_pool_name", _TEXT),
            ("metadata", _TEXT),
            ("application_name", _TEXT),
            ("application_url", _TEXT),
            ("token_amount", _TEXT),
            ("token_unit", _TEXT),
            ("duplicate_kind", _TEXT),
            ("duplicate_of", _TEXT),
            ("problem", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("file_path", "line"),
    WriteMode.OVERWRITE,
)

FUNDERS = Stream(
    "funders",
    pa.schema(
        [
            ("path", _TEXT),
            ("funder_name", _TEXT),
            ("funder_type", _TEXT),
            ("display_name", _TEXT),
            ("version", _INT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("path",),
    WriteMode.OVERWRITE,
)

GRANT_POOLS = Stream(
    "grant_pools",
    pa.schema(
        [
            ("path", _TEXT),
            ("funder_name", _TEXT),
            ("grant_pool_name", _TEXT),
            ("position", _INT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("path", "grant_pool_name"),
    WriteMode.OVERWRITE,
)

ALL = (GRANTS, FUNDERS, GRANT_POOLS)
