"""The streams of the gitcoin source. Token amounts are whole numbers up to 256 bits, dollars decimals; both as text."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _INT, _LONG, _TIME = pa.string(), pa.int32(), pa.int64(), pa.timestamp("us")
_PLACE = [("file_path", _TEXT), ("line", _INT)]
_ROUND = [("chain_id", _LONG), ("round_id", _TEXT)]
_REFERENCE = ("_record_ref", _TEXT)


def _stream(name: str, *columns: tuple[str, pa.DataType]) -> Stream:
    schema = pa.schema([*_PLACE, *columns, _REFERENCE])
    return Stream(name, schema, ("file_path", "line"), WriteMode.OVERWRITE)


ROUNDS = Stream(
    "rounds",
    pa.schema(
        [
            ("round_key", _TEXT),
            *_ROUND,
            ("round_name", _TEXT),
            ("round_number", _INT),
            ("program_address", _TEXT),
            ("round_at", _TIME),
            _REFERENCE,
        ]
    ),
    ("round_key",),
    WriteMode.OVERWRITE,
)

APPLICATIONS = _stream(
    "applications",
    *_ROUND,
    ("project_name", _TEXT),
    ("project_slug", _TEXT),
    ("project_github", _TEXT),
    ("recipient_address", _TEXT),
    ("round_at", _TIME),
    ("donated_usd", _TEXT),
    ("matched_usd", _TEXT),
    ("total_usd", _TEXT),
)

ROUND_RESULTS = _stream(
    "round_results",
    ("round_number", _INT),
    ("project_name", _TEXT),
    ("project_github", _TEXT),
    ("organization_name", _TEXT),
    ("recipient_address", _TEXT),
    ("themes", _TEXT),
    ("contributor_count", _LONG),
    ("contribution_count", _LONG),
    ("donated_usd", _TEXT),
    ("matched_usd", _TEXT),
    ("total_usd", _TEXT),
)

MATCHING = _stream(
    "matching",
    *_ROUND,
    ("application_id", _TEXT),
    ("project_id", _TEXT),
    ("project_name", _TEXT),
    ("recipient_address", _TEXT),
    ("matched_at", _TIME),
    ("contribution_count", _LONG),
    ("match_amount", _TEXT),
    ("original_match_amount", _TEXT),
    ("matched_usd", _TEXT),
    ("original_matched_usd", _TEXT),
)

DONATIONS = _stream(
    "donations",
    *_ROUND,
    ("project_id", _TEXT),
    ("project_name", _TEXT),
    ("recipient_address", _TEXT),
    ("donor_address", _TEXT),
    ("transaction_hash", _TEXT),
    ("donated_at", _TIME),
    ("token_address", _TEXT),
    ("token_amount", _TEXT),
    ("donated_usd", _TEXT),
)

ALL = (ROUNDS, APPLICATIONS, ROUND_RESULTS, MATCHING, DONATIONS)
