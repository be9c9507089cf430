"""The models give what a recount gives, for random small worlds, and the recount finds what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.metrics.brute_force import Definition, buckets, compare, differences, recount
from tests.unit.metrics.brute_force_organizations import contributions, recount_contributions
from tests.unit.metrics.brute_force_people import fewest_with_half, recount_retention, retention
from tests.unit.metrics.metric_models import MetricModels
from tests.unit.metrics.random_worlds import (
    AFFILIATIONS,
    ARTIFACTS,
    AS_OF,
    COVERAGE,
    EVENTS,
    FIRST,
    ITEMS,
    MEMBERS,
    PEOPLE,
    STREAKS,
    affiliation_rows,
    coverage_rows,
    event_row,
    item_row,
    streak_rows,
    world,
)

from observer.model.event import EventType


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(EVENTS, max_size=80),
    streaks=st.lists(STREAKS, max_size=5),
    coverage=st.lists(COVERAGE, max_size=12),
    items=st.lists(ITEMS, max_size=24),
    affiliations=st.dictionaries(st.sampled_from(PEOPLE[1:]), AFFILIATIONS, max_size=4),
    as_of=st.sampled_from((AS_OF, date(2024, 8, 31), date(2024, 2, 29), date(2023, 12, 5))),
)
def test_models_equal_the_recount_in_random_worlds(
    events: list[tuple[object, ...]],
    streaks: list[tuple[date, str, str, int, int]],
    coverage: list[tuple[str, str, EventType, list[tuple[int, int, int]]]],
    items: list[tuple[Any, ...]],
    affiliations: dict[str, tuple[Any, ...]],
    as_of: date,
    metric_models: MetricModels,
) -> None:
    rows = [event_row(*event) for event in events] + [row for streak in streaks for row in streak_rows(*streak)]
    members = [row for person, given in affiliations.items() for row in affiliation_rows(person, *given)]

    tables = world(rows, coverage_rows(coverage), [item_row(*item) for item in items], members)
    con = metric_models.run(as_of, tables)

    assert compare(con, as_of) == []
    assert retention(con) == recount_retention(con, as_of)
    assert contributions(con) == recount_contributions(con, as_of)
    con.close()


def test_models_equal_the_recount_in_a_full_world(metric_models: MetricModels) -> None:
    rows = [
        event_row(FIRST + timedelta(days=offset), event_type, artifact, person, 1.0 + offset % 3)
        for offset in range(0, (AS_OF - FIRST).days, 16)
        for number, artifact in enumerate(ARTIFACTS[:3])
        for index, person in enumerate(PEOPLE)
        for event_type in list(EventType)[(offset + number) % 5 :: 6]
        if (offset * (index + 1) + number) % 7 < 4
    ]
    everything = [
        (artifact, "GITHUB", event_type, [(400, 0, 24)]) for artifact in ARTIFACTS[:3] for event_type in EventType
    ]

    items = [
        item_row(
            ("issue", "pull_request")[number % 2],
            ARTIFACTS[number % 3],
            ("person", "bot", "organization", "person")[number % 4],
            datetime.combine(FIRST, time(number % 24)) + timedelta(days=number),
            timedelta(minutes=number * 37) if number % 3 else None,
            timedelta(hours=number * 5) if number % 5 else None,
            timedelta(days=number % 60) if number % 7 else None,
            (None, True, False)[number % 11 % 3],
        )
        for number in range(0, (AS_OF - FIRST).days, 3)
    ]

    con = metric_models.run(AS_OF, world(rows, coverage_rows(everything), items, MEMBERS))

    assert compare(con, AS_OF) == []
    assert retention(con) == recount_retention(con, AS_OF)
    assert contributions(con) == recount_contributions(con, AS_OF)
    assert {row[3] for row in contributions(con)} == {"acme", "globex", "independent", "unknown"}
    assert {row[3] for row in retention(con)} == set(range(10))
    states = con.execute("select distinct state from marts.key_metrics order by 1").fetchall()
    assert states == [("unknown",), ("value",), ("zero",)]


@pytest.fixture(scope="module")
def empty(metric_models: MetricModels) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same entities without an event."""
    con = metric_models.run(AS_OF, world([], []))
    yield con
    con.close()


def test_models_give_no_values_for_an_empty_world(empty: duckdb.DuckDBPyConnection) -> None:
    assert compare(empty, AS_OF) == []
    assert empty.execute("select count(*) from marts.timeseries_metrics").fetchone() == (0,)
    assert empty.execute("select distinct state, amount from marts.key_metrics").fetchall() == [("unknown", None)]


def test_what_happened_long_ago_to_an_address_is_told_with_all_its_windows(metric_models: MetricModels) -> None:
    con = metric_models.run(AS_OF, world([event_row(FIRST, EventType.FUNDING_AWARDED, "wallet", "ada", 5.0)], []))

    assert compare(con, AS_OF) == []
    told = con.execute(
        "select grain, state from marts.key_metrics where metric_name = 'funders' and entity_id = 'wallet'"
    ).fetchall()
    windows = [(f"rolling_{days}_days", "unknown") for days in (180, 30, 90)]
    assert sorted(told) == [("all", "value"), *windows]
    con.close()


@pytest.fixture(scope="module")
def counted(metric_models: MetricModels) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Definition]]]:
    """A world that was built and recounted, for damages that are rolled back."""
    rows = [
        event_row(FIRST + timedelta(days=n), kind, "engine", person, 5.0)
        for n in (0, 9)
        for kind in EventType
        for person in ("ada", "renovate[bot]")
    ]
    coverage = coverage_rows([("engine", "GITHUB", EventType.COMMIT_CODE, [(400, 0, 24)])])
    con = metric_models.run(AS_OF, world(rows, coverage))
    definitions = recount(con, AS_OF)
    assert differences(con, definitions, AS_OF) == []
    yield con, definitions
    con.close()


@pytest.mark.parametrize(
    "damage",
    [
        "update intermediate.int_metrics__sum set amount = amount + 1 where grain = 'rolling_90_days'",
        "delete from intermediate.int_metrics__distinct_buckets where grain = 'week'",
        "update intermediate.int_metrics__distinct_buckets set end_date = end_date + 1 where grain = 'day'",
        "insert into intermediate.int_metrics__ratio from intermediate.int_metrics__ratio where grain = 'all'",
        "update intermediate.int_metrics__latest set amount = 0 where grain = 'all'",
        "update intermediate.int_metrics__sql set amount = 3",
        "update intermediate.int_metrics__sum set amount = amount + 1 where class_key = 2",
        "update intermediate.int_metrics__distinct_buckets set class_key = 3 where class_key = 2",
        "delete from intermediate.int_metrics__distinct_windows where class_key = 2",
        "update marts.key_metrics set state = 'zero', amount = 0 where state = 'unknown'",
        "update marts.key_metrics set coverage_ratio = coverage_ratio / 2 where coverage_ratio > 0",
        "delete from marts.key_metrics where metric_name = 'stars'",
    ],
)
def test_recount_finds_damage(damage: str, counted: tuple[duckdb.DuckDBPyConnection, list[Definition]]) -> None:
    con, definitions = counted

    con.execute("begin")
    con.execute(damage)
    found = differences(con, definitions, AS_OF)
    con.execute("rollback")

    assert found != []


def test_recount_of_a_sample_looks_at_fewer_rows(metric_models: MetricModels) -> None:
    rows = [event_row(FIRST + timedelta(days=n), EventType.COMMIT_CODE, "engine", "ada", 5.0) for n in (0, 9)]
    con = metric_models.run(AS_OF, world(rows, []))

    assert compare(con, AS_OF, entities=2) == []


def test_buckets_start_where_calendars_say() -> None:
    found = {(grain, start, last) for grain, start, _, last in buckets(date(2024, 2, 28), date(2024, 3, 1))}

    assert ("week", date(2024, 2, 26), date(2024, 3, 1)) in found
    assert ("month", date(2024, 2, 1), date(2024, 2, 29)) in found
    assert ("quarter", date(2024, 1, 1), date(2024, 3, 1)) in found
    assert ("rolling_30_days", date(2024, 2, 29), date(2024, 2, 29)) in found


@pytest.mark.parametrize(
    ("amounts", "count"), [([], 0), ([3], 1), ([2, 1, 1], 1), ([1, 1, 1], 2), ([4, 3, 3, 2], 2), ([1] * 7, 4)]
)
def test_fewest_with_half(amounts: list[float], count: int) -> None:
    assert fewest_with_half(amounts) == count


def test_a_metric_without_recount_is_refused(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("begin")
    empty.execute("update raw.metrics__definitions set metric_name = 'other' where kind = 'sql'")

    with pytest.raises(NotImplementedError, match="other"):
        compare(empty, AS_OF)
    empty.execute("rollback")


def test_con_is_left_as_it_was(empty: duckdb.DuckDBPyConnection) -> None:
    compare(empty, AS_OF)

    assert empty.execute("select table_name from duckdb_tables() where temporary").fetchall() == []
