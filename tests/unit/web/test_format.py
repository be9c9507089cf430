from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from jinja2 import Environment
from jinja2.filters import do_truncate

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import Entity
from observer.web import format as fmt


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (0, "", "0"),
        (1234567, "", "1\u202f234\u202f567"),
        (-12, "", "\u221212"),
        (0.5, "ratio", "50.0\u202f%"),
        (2.5, "", "2.50"),
        (None, "", "unknown"),
    ],
)
def test_numbers(amount: float | None, unit: str, text: str) -> None:
    assert fmt.number(amount, unit=unit) == text


@pytest.mark.parametrize(("amount", "text"), [(999, "999"), (12400, "12.4k"), (3_100_000, "3.1M"), (2e9, "2B")])
def test_short_numbers(amount: float, text: str) -> None:
    assert fmt.short(amount) == text


def test_an_unknown_value_is_never_a_number() -> None:
    assert fmt.value(0.0, State.UNKNOWN) == "unknown"
    assert fmt.value(0.0, State.ZERO) == "0"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1, "100\u202f%"), (0.999, ">99\u202f%"), (0.5, "50\u202f%"), (0.001, "<1\u202f%"), (0, "0\u202f%")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(ratio: float, text: str) -> None:
    assert fmt.percent(ratio) == text


@pytest.mark.parametrize(
    ("grain", "text"),
    [
        (Grain.DAY, "1 Apr 2026"),
        (Grain.WEEK, "1 Apr 2026 to 30 Apr 2026"),
        (Grain.MONTH, "April 2026"),
        (Grain.QUARTER, "Q2 2026"),
        (Grain.YEAR, "2026"),
        (Grain.ROLLING_30_DAYS, "30 days to 30 Apr 2026"),
        (Grain.ALL, "all time to 30 Apr 2026"),
    ],
)
def test_periods(grain: Grain, text: str) -> None:
    assert fmt.period(date(2026, 4, 1), date(2026, 4, 30), grain) == text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:1", "", None])
def test_only_web_addresses_are_linked(url: str | None) -> None:
    assert fmt.safe_url(url) is None


def test_paths_are_quoted() -> None:
    entity = Entity(EntityType.ARTIFACT, "id", None, "NPM", "a b", '@x/"y"?', artifact_type="PACKAGE")

    assert fmt.path(entity) == "/artifact/NPM/a%20b/%40x/%22y%22%3F"


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_ages(gap: timedelta, text: str) -> None:
    now = datetime(2026, 1, 31, tzinfo=UTC)
    assert fmt.ago((now - gap).replace(tzinfo=None), now) == text


@pytest.mark.parametrize("length", [85, 90, 91, 95, 96, 140])
def test_a_text_is_cut_where_jinja_cuts_it(length: int) -> None:
    for text in ("word " * 40, "x" * 200, "a sentence of words, " * 9):
        expected = do_truncate(Environment(autoescape=True), text[:length], 90)
        assert fmt.brief(text[:length], 90) == expected
