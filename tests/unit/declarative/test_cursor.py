from __future__ import annotations

from datetime import UTC, datetime

import pytest

from observer.connectors.declarative.cursor import clamped

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-10-31", "2026-10-31"),
        ("2031-01-01", "2026-11-01"),
        ("2031-01-01T00:00:00Z", "2026-11-01T12:00:00Z"),
        ("2031-01-01T00:00:00.123456+02:00", "2026-11-01T14:00:00.000000+02:00"),
        ("2031-01-01 00:00:00", "2026-11-01 12:00:00"),
        ("v7", "v7"),
    ],
)
def test_a_cursor_of_the_future_becomes_that_of_now_in_its_own_form(value: str, expected: str) -> None:
    state = {"updated": value, "states": [{"cursor": {"updated": value}, "partition": {"name": "2031-01-01"}}]}

    assert clamped(state, "updated", NOW) == {
        "updated": expected,
        "states": [{"cursor": {"updated": expected}, "partition": {"name": "2031-01-01"}}],
    }
