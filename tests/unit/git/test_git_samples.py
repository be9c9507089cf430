"""The sample of the connector's folder: a history, and the records that come of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from git_landing import Landing, Row
from git_repositories import GitRepository

SAMPLES = Path(__file__).resolve().parents[3] / "connectors" / "git" / "samples"
URL = "https://git.example.org/example/sample"


def test_the_sample_history_gives_the_sample_records(make: Callable[..., GitRepository], landing: Landing) -> None:
    repository = make("example/sample")
    repository.git("fast-import", "--quiet", "--done", stdin=(SAMPLES / "history.fast-import").read_bytes())
    folder = repository.path.parents[1]
    landing.config["url_rewrites"] = {"https://git.example.org/": f"file://{folder}/"}

    landing.read(URL)

    records = [{"stream": stream, **row} for stream in landing.tables for row in map(_plain, landing.rows(stream))]
    expected = [json.loads(line) for line in (SAMPLES / "records.jsonl").read_text().splitlines()]
    assert records == expected


def _plain(row: Row) -> Row:
    return json.loads(json.dumps(row, default=lambda value: value.isoformat()))
