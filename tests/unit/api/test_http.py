from __future__ import annotations

import json
from datetime import UTC, date, datetime

from observer.http import csv_bytes, json_bytes
from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import Entity, KeyMetric, Listed

ENTITY = Entity(EntityType.PROJECT, "id", None, "OSS_DIRECTORY", "oso", "=cmd()", display_name='a "quoted", name')
VALUE = KeyMetric(
    "commits", "Commits", "commits", "sum", Grain.ALL, date(2026, 1, 31), None, State.UNKNOWN, 0.0, None, None
)


def test_csv_flattens_records_and_defuses_formulas() -> None:
    head, row = csv_bytes([Listed(ENTITY, (VALUE,))]).decode().splitlines()

    assert head.startswith("entity.entity_type,entity.id,entity.legacy_id")
    assert "'=cmd()" in row
    assert '"a ""quoted"", name"' in row


def test_unknown_is_an_empty_cell_and_never_zero() -> None:
    head, row = csv_bytes([VALUE]).decode().splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))

    assert cells["amount"] == ""
    assert cells["state"] == "unknown"


def test_json_tells_times_in_utc_and_states_as_words() -> None:
    told = json.loads(
        json_bytes({"at": datetime(2026, 1, 31, 12, tzinfo=UTC), "naive": datetime(2026, 1, 31), "v": VALUE})
    )

    assert told["at"] == "2026-01-31T12:00:00Z"
    assert told["naive"] == "2026-01-31T00:00:00Z"
    assert told["v"]["state"] == "unknown"
    assert told["v"]["amount"] is None


def test_a_list_of_nothing_is_an_empty_file() -> None:
    assert csv_bytes([]) == b""
