from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from archive_records import Reading

SAMPLES = Path(__file__).resolve().parents[3] / "connectors" / "github-archive" / "samples"


def test_the_samples_give_the_rows_that_are_beside_them(read: Callable[..., Reading]) -> None:
    reading = read((SAMPLES / "three-eras.json").read_bytes(), "three-eras.json")

    expected = [json.loads(line) for line in (SAMPLES / "rows.jsonl").read_text().splitlines()]
    assert _rows(reading) == expected


def _rows(reading: Reading) -> list[dict[str, object]]:
    """The values that are not null, by stream."""
    rows = []
    for stream, path, order in (
        ("events", reading.outcome.events, "line"),
        ("push_commits", reading.outcome.push_commits, "event_key"),
    ):
        found = reading.connection.execute(f"from '{path}' order by {order}")
        names = [column[0] for column in found.description]
        for values in found.fetchall():
            row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            row.pop("file_sha256")
            rows.append({"stream": stream} | json.loads(json.dumps(row, default=str)))
    return rows
