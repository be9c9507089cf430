from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from observer.connectors.declarative.forecast import forecast
from observer.connectors.declarative.manifest import read_manifest

CONNECTORS = Path(__file__).resolve().parents[3] / "connectors"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "config", "requests"),
    [
        # A package's document serves three streams; downloads come in windows of 500 days since 2015.
        ("npm", {"packages": ["a", "b"]}, 2 * (1 + 9)),
        ("npm", {"packages": ["a"], "start_date": "2026-11-01"}, 2),
        ("npm", {"packages": []}, 0),
    ],
)
def test_requests_are_counted_by_path_thing_and_window(name: str, config: dict[str, object], requests: int) -> None:
    manifest = read_manifest(CONNECTORS / name)

    assert forecast(manifest, config, {}, NOW).requests == requests


def test_a_stream_that_was_read_before_asks_for_one_window() -> None:
    manifest = read_manifest(CONNECTORS / "npm")

    assert forecast(manifest, {"packages": ["a"]}, {"downloads": {"day": "2026-11-19"}}, NOW).requests == 2


def test_the_time_keeps_to_the_strictest_rate_of_the_manifest() -> None:
    crates = forecast(read_manifest(CONNECTORS / "crates"), {"packages": ["a", "b"]}, {}, NOW)

    assert crates.requests is not None and crates.seconds is not None
    assert crates.seconds == pytest.approx(crates.requests)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CONNECTORS.glob("*/manifest.yaml")))
def test_every_manifest_can_be_forecast(name: str) -> None:
    found = forecast(read_manifest(CONNECTORS / name), {}, {}, NOW)

    assert found.requests is not None and found.requests >= 0
    assert found.summary
