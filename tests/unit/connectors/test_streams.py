from __future__ import annotations

import pyarrow as pa

from observer.connectors import streams
from observer.model.load import WriteMode

SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("count", pa.int32()),
        ("id", pa.int64()),
        ("ratio", pa.float64()),
        ("is_new", pa.bool_()),
        ("day", pa.date32()),
        ("seen_at", pa.timestamp("us")),
        ("parents", pa.list_(pa.string())),
        ("people", pa.list_(pa.struct([("login", pa.string()), ("account_id", pa.int64())]))),
    ]
)


def test_a_schema_survives_the_way_through_the_airbyte_catalogue() -> None:
    stream = streams.Stream("things", SCHEMA, ("name",), WriteMode.APPEND_NEW)

    configured = streams.configured(streams.catalog([stream]))
    (entry,) = configured["streams"]  # type: ignore[misc, union-attr]
    table = streams.stream_table("a-b", entry)

    assert table.schema == SCHEMA
    assert table.table == "a_b__things"
    assert table.primary_key == ("name",)
    assert table.mode is WriteMode.APPEND_NEW


def test_an_untyped_property_becomes_text() -> None:
    assert streams.arrow_schema({"properties": {"x": {"type": ["null", "object"]}}}).field("x").type == pa.string()
