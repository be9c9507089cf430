"""Series in three states, and the arithmetic of periods and coverage under them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.errors import QueryError
from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import EntityCoverage
from observer.query.catalogue import rules
from observer.query.periods import containing, period_of, periods
from observer.query.reader import ReleaseReader
from observer.query.series import point, seen
from observer.testing.sample import AS_OF, FIRST_DAY, REPOSITORIES, UNSEEN, entities, period, sample_rows

DAYS = st.dates(date(2011, 1, 1), date(2030, 12, 31))
BOUNDED = [grain for grain in Grain if grain is not Grain.ALL]


@given(st.sampled_from(BOUNDED), DAYS)
def test_periods_are_those_of_the_calendar(grain: Grain, day: date) -> None:
    found = containing(grain, day)
    assert (found.bucket, found.first_day, found.last_day) == period(grain, day)
    assert found.first_day <= day <= found.last_day
    assert period_of(grain, found.bucket) == found


@given(st.sampled_from(BOUNDED), DAYS, st.integers(0, 800))
def test_the_periods_between_two_days_are_every_one_of_them(grain: Grain, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    days = (start + timedelta(days=n) for n in range(length + 1))
    assert [p.bucket for p in periods(grain, start, end)] == sorted({containing(grain, day).bucket for day in days})


def test_a_day_inside_a_period_is_no_bucket() -> None:
    with pytest.raises(QueryError, match=r"2024-01-02 is no month bucket; the bucket of that day is 2024-01-01"):
        period_of(Grain.MONTH, date(2024, 1, 2))


RUNS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.integers(0, 60),
        st.integers(0, 20),
        st.sampled_from([(3, 0.0), (2, 0.5), (0, 1.25), (1, 0.0)]),
    ),
    max_size=6,
)


@given(RUNS, st.integers(-10, 90), st.integers(0, 40))
def test_the_ratio_of_a_period_is_the_share_of_days_and_artifacts_seen(
    runs: list[tuple[str, int, int, tuple[int, float]]], start: int, length: int
) -> None:
    origin = date(2024, 1, 1)
    # One run for each type: overlapping ones would be two truths about a day.
    unique = {kind: (first, days, covered) for kind, first, days, covered in runs}
    coverage = seen(
        [
            EntityCoverage(kind, origin + timedelta(days=first), origin + timedelta(days=first + days), *covered, 3)
            for kind, (first, days, covered) in unique.items()
        ],
        ["a", "b"],
    )
    cells = sum(
        sum(covered)
        for first, days, covered in unique.values()
        for day in range(start, start + length + 1)
        if first <= day <= first + days
    )
    expected = cells / (6 * (length + 1)) if unique else 0.0
    found = coverage.ratio(origin + timedelta(days=start), origin + timedelta(days=start + length))
    assert found == pytest.approx(expected)
    complete = all(
        any(
            first <= day <= first + days and covered == (3, 0.0)
            for first, days, covered in [unique.get(kind, (0, -1, ()))]
        )
        for day in range(start, start + length + 1)
        for kind in "ab"
    )
    assert (found == 1) == complete


def test_a_gap_is_zero_where_all_was_seen_and_unknown_elsewhere(reader: ReleaseReader) -> None:
    quill = reader.project("quill")
    days = reader.series("stars", quill, Grain.DAY, FIRST_DAY, AS_OF).points
    assert len(days) == (AS_OF - FIRST_DAY).days + 1
    for day in days:
        if UNSEEN[0] <= day.bucket <= UNSEEN[1]:
            assert (day.state, day.amount, day.coverage_ratio) == (State.UNKNOWN, None, 0.0)
        else:
            assert day.state == (State.VALUE if day.amount else State.ZERO)
            assert day.coverage_ratio == 1


def test_a_value_of_a_period_that_was_seen_in_part_is_partial(reader: ReleaseReader) -> None:
    points = reader.series("stars", reader.project("quill"), Grain.MONTH).points
    assert [(p.bucket, p.state, p.is_partial) for p in points] == [
        (date(2024, 1, 1), State.VALUE, False),
        (date(2024, 2, 1), State.VALUE, True),
        (date(2024, 3, 1), State.VALUE, False),
    ]
    assert points[1].coverage_ratio == pytest.approx(19 / 29)


def test_what_nobody_has_looked_at_is_unknown_and_never_zero(reader: ReleaseReader) -> None:
    harbor = reader.project("harbor")
    points = reader.series("commits", harbor, Grain.WEEK, FIRST_DAY, AS_OF).points
    assert len(points) == 13
    assert {(p.state, p.amount, p.coverage_ratio) for p in points} == {(State.UNKNOWN, None, 0.0)}


def test_a_collection_is_partial_where_one_of_its_repositories_was_not_seen(reader: ReleaseReader) -> None:
    points = reader.series("commits", reader.collection("everything"), Grain.MONTH).points
    assert {(p.state, p.is_partial, p.coverage_ratio) for p in points} == {(State.VALUE, True, 0.75)}
    whole = reader.series("commits", reader.collection("tool-makers"), Grain.MONTH).points
    assert {(p.state, p.is_partial) for p in whole} == {(State.VALUE, False)}


def test_the_last_period_is_marked_while_it_is_not_over(reader: ReleaseReader) -> None:
    quarter = reader.series("commits", reader.project("lattice"), Grain.QUARTER).points
    year = reader.series("commits", reader.project("lattice"), Grain.YEAR).points
    assert [p.is_complete for p in quarter] == [True]
    assert [p.is_complete for p in year] == [False]


def test_a_ratio_without_denominator_has_no_value(reader: ReleaseReader) -> None:
    points = reader.series("pull_request_merge_ratio", reader.project("lattice"), Grain.DAY).points
    opened = {
        p.bucket for p in reader.series("pull_requests_opened", reader.project("lattice"), Grain.DAY).points if p.amount
    }
    assert {p.bucket for p in points if p.amount is not None} == opened
    assert {p.state for p in points if p.bucket not in opened} == {State.UNKNOWN}


def test_rolling_values_of_sql_metrics_are_those_of_month_ends_and_of_the_last_day(reader: ReleaseReader) -> None:
    points = reader.series("bus_factor", reader.project("lattice"), Grain.ROLLING_30_DAYS).points
    assert [p.bucket for p in points] == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]


def test_all_time_is_one_point_as_the_key_metric_has_it(reader: ReleaseReader) -> None:
    quill = reader.project("quill")
    (point,) = reader.series("stars", quill, Grain.ALL).points
    (value,) = [v for v in reader.key_metrics(quill) if (v.metric, v.grain) == ("stars", Grain.ALL)]
    assert (point.bucket, point.amount, point.state) == (AS_OF, value.amount, value.state)


def test_a_grain_that_a_metric_does_not_have_is_refused(reader: ReleaseReader) -> None:
    with pytest.raises(QueryError, match="full_time_developers has no values at grain day"):
        reader.series("full_time_developers", reader.project("lattice"), Grain.DAY)


def test_a_series_without_end_is_refused(reader: ReleaseReader) -> None:
    with pytest.raises(QueryError, match="more than 10000 points"):
        reader.series("commits", reader.project("lattice"), Grain.DAY, date(1990, 1, 1))
    with pytest.raises(QueryError, match="begins in 1"):
        reader.series("commits", reader.project("lattice"), Grain.YEAR, date(1, 1, 1))


def _values() -> Iterator[tuple[str, str, str, Grain, dict[date, float]]]:
    grouped: dict[tuple[str, str, str, str], dict[date, float]] = {}
    for row in sample_rows()["timeseries_metrics"]:
        key = (str(row["metric_name"]), str(row["entity_type"]), str(row["entity_id"]), str(row["grain"]))
        grouped.setdefault(key, {})[row["bucket"]] = row["amount"]  # type: ignore[index, assignment]
    for (metric, kind, entity, grain), amounts in grouped.items():
        yield metric, kind, entity, Grain(grain), amounts


def test_every_value_of_every_series_is_the_row_and_nothing_else_has_a_value(reader: ReleaseReader) -> None:
    for metric, kind, key, grain, amounts in list(_values())[::7]:
        points = reader.series(metric, reader.entity(EntityType(kind), key), grain, FIRST_DAY, AS_OF).points
        assert {p.bucket: p.amount for p in points if p.amount} == {b: a for b, a in amounts.items() if a}


def test_coverage_counts_each_artifact_of_an_entity_once_a_day(reader: ReleaseReader) -> None:
    rows = [row for row in sample_rows()["coverage"] if row["state"] != "unknown"]
    ids = {r: a["artifact_id"] for r, a in zip(REPOSITORIES, sample_rows()["artifacts"], strict=False)}
    for kind, key, repositories in entities():
        own = {ids[repository] for repository in repositories}
        for run in reader.coverage(reader.entity(EntityType(kind), key)):
            for day in (run.start_date, run.end_date):
                covered = {
                    row["artifact_id"]
                    for row in rows
                    if row["event_type"] == run.event_type and row["start_date"] <= day <= row["end_date"]  # type: ignore[operator]
                }
                assert run.covered_count == len(covered & own)
            assert run.artifact_count == len(own)


def test_a_key_metric_has_the_state_and_coverage_that_its_window_has(reader: ReleaseReader) -> None:
    for kind, key, _ in entities():
        entity = reader.entity(EntityType(kind), key)
        for value in reader.key_metrics(entity):
            metric = reader.metric(value.metric)
            if value.grain is Grain.ALL or value.grain not in rules(metric).grains:
                continue
            window = containing(value.grain, AS_OF)
            if window.first_day >= FIRST_DAY:
                types = [run for run in reader.coverage(entity) if run.event_type in metric.event_types]
                coverage = seen(types, metric.event_types)
                assert coverage.ratio(window.first_day, AS_OF) == pytest.approx(value.coverage_ratio)
                amount = value.amount if value.state is State.VALUE else None
                assert point(metric, window, amount, coverage, AS_OF).state == value.state
