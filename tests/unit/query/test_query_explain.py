"""Following a number: the value, the events and people behind it, the definition and the models."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from typing import cast

import pytest

from observer.errors import QueryError
from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query import EventFilter
from observer.query.explain import _months
from observer.query.reader import ReleaseReader
from observer.testing.sample import AS_OF, METRICS, sample_rows


def _some(kind: str, count: int) -> list[dict[str, object]]:
    names = {metric.name for metric in METRICS if metric.kind == kind}
    rows = [dict(row) for row in sample_rows()["timeseries_metrics"] if row["metric_name"] in names]
    return random.Random(7).sample(rows, count)


def _explain(reader: ReleaseReader, row: dict[str, object], **options: object):  # type: ignore[no-untyped-def]
    entity = reader.entity(EntityType(str(row["entity_type"])), str(row["entity_id"]))
    grain, bucket = Grain(str(row["grain"])), cast("date", row["bucket"])
    return reader.explain(str(row["metric_name"]), entity, grain, bucket, **options)  # type: ignore[arg-type]


def test_the_events_behind_a_sum_add_up_to_it(reader: ReleaseReader) -> None:
    for row in _some("sum", 40):
        why = _explain(reader, row, limit=1000)
        assert why.point.amount == row["amount"] == why.amount_of_rows
        assert sum(event.amount or 0 for event in why.rows.items) == row["amount"]
        assert why.row_count == len(why.rows.items)


def test_the_people_counted_behind_a_distinct_number_are_as_many_as_it(reader: ReleaseReader) -> None:
    for row in _some("distinct", 60):
        why = _explain(reader, row)
        assert why.point.amount == row["amount"] == why.counted_users
        assert sum(user.is_counted for user in why.users.items) == row["amount"]


def test_the_observations_behind_a_latest_value_add_up_to_it(reader: ReleaseReader) -> None:
    for row in _some("latest", 20):
        why = _explain(reader, row)
        assert why.point.amount == row["amount"] == why.amount_of_rows
        assert len({event.to_artifact_id for event in why.rows.items}) == why.row_count


def test_the_parts_of_a_ratio_divide_to_it(reader: ReleaseReader) -> None:
    for row in _some("ratio", 20):
        why = _explain(reader, row)
        over, under = why.parts
        assert (over.role, under.role) == ("numerator", "denominator")
        assert under.amount
        assert why.point.amount == row["amount"] == (over.amount or 0) / under.amount


def test_an_explanation_leads_from_the_value_to_the_source_record(reader: ReleaseReader) -> None:
    why = reader.explain("commits", reader.project("lattice"), Grain.MONTH, date(2024, 3, 1), limit=3)
    assert why.release.number == 1
    assert why.metric.definition.startswith("name: commits")
    assert [model.name for model in why.models] == ["timeseries_metrics", "events", "int_events", "stg_git__commits"]
    assert len(why.rows.items) == 3
    for event in why.rows.items:
        assert event.record_ref.startswith("git+https://github.com/lattice-labs/")
        assert (event.to_artifact_namespace, event.event_type) == ("lattice-labs", "COMMIT_CODE")
        assert date(2024, 3, 1) <= event.time.date() <= AS_OF
    assert [user.user_name for user in why.users.items][:2] == ["ada", "grace"]


def test_the_events_and_people_of_a_number_come_page_by_page(reader: ReleaseReader) -> None:
    project, seen, cursor = reader.project("lattice"), [], None
    while True:
        why = reader.explain("commits", project, Grain.ALL, limit=7, cursor=cursor)
        seen += why.rows.items
        cursor = why.rows.next_cursor
        if cursor is None:
            break
    assert len({event.event_id for event in seen}) == len(seen) == why.row_count == why.rows.total
    assert [event.time for event in seen] == sorted((event.time for event in seen), reverse=True)
    first = reader.people("commits", project, Grain.ALL, limit=3)
    second = reader.people("commits", project, Grain.ALL, limit=3, cursor=first.next_cursor)
    assert (len(first.items), len(second.items), first.total, second.next_cursor) == (3, 1, 4, None)


def test_whole_months_and_the_days_around_them_are_the_days_of_a_period() -> None:
    for first in (date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 29), date(2023, 12, 15)):
        for length in (0, 1, 28, 30, 31, 89, 365):
            last = first + timedelta(days=length)
            whole, edges = _months(first, last)
            spans = sorted([*edges, *([whole] if whole else [])])
            assert (spans[0][0], spans[-1][1]) == (first, last + timedelta(days=1))
            assert all(before[1] == after[0] for before, after in pairwise(spans))
            assert whole is None or {day.day for day in whole} == {1}
            assert all((end - start).days < 31 or whole is None for start, end in edges)


def test_people_are_left_out_where_very_many_events_are_behind_a_number(
    reader: ReleaseReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = reader.project("lattice")
    told = reader.explain("commits", project, Grain.ALL)
    assert told.user_count
    monkeypatch.setattr("observer.query.explain.PEOPLE_AT_ONCE", told.row_count - 1)
    why = reader.explain("commits", project, Grain.ALL)
    assert (why.user_count, why.counted_users, why.users.items, why.users.total) == (None, None, (), None)
    assert (why.row_count, why.amount_of_rows) == (told.row_count, told.amount_of_rows)
    assert reader.explain("commits", project, Grain.ALL, with_people=True).users == told.users
    monkeypatch.undo()
    assert reader.explain("commits", project, Grain.ALL, with_people=False).user_count is None


def test_a_bot_is_shown_and_not_counted(reader: ReleaseReader) -> None:
    why = reader.explain("contributors", reader.project("lattice"), Grain.ALL)
    (bot,) = [user for user in why.users.items if user.user_class == "bot"]
    assert (bot.user_name, bot.is_counted) == ("renovate[bot]", False)
    assert (why.counted_users, why.user_count) == (3, 4)
    commits = reader.explain("commits", reader.project("lattice"), Grain.ALL)
    assert commits.counted_users == commits.user_count


def test_events_whose_amount_is_unknown_are_counted_apart(reader: ReleaseReader) -> None:
    why = reader.explain("commits", reader.project("quill"), Grain.MONTH, date(2024, 2, 1))
    assert (why.row_count, why.unknown_amount_rows, why.amount_of_rows) == (1, 1, None)
    assert why.point.amount in (None, 0.0)


def test_an_unknown_number_is_explained_as_unknown(reader: ReleaseReader) -> None:
    why = reader.explain("commits", reader.project("harbor"), Grain.ROLLING_30_DAYS)
    assert (why.point.state, why.point.amount, why.row_count) == (State.UNKNOWN, None, 0)


@pytest.mark.parametrize(
    ("metric", "grain", "bucket", "expected"),
    [
        ("commits", Grain.MONTH, date(2024, 3, 2), "is no month bucket"),
        ("commits", Grain.DAY, date(2024, 4, 1), "lies after 2024-03-31"),
        ("commits", Grain.ALL, date(2024, 3, 1), "all time has one bucket"),
        ("bus_factor", Grain.ROLLING_30_DAYS, date(2024, 3, 5), "take the end of a month"),
        ("full_time_developers", Grain.DAY, None, "has no values at grain day"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    reader: ReleaseReader, metric: str, grain: Grain, bucket: date | None, expected: str
) -> None:
    with pytest.raises(QueryError, match=expected):
        reader.explain(metric, reader.project("lattice"), grain, bucket)


def test_events_are_listed_newest_first_and_filtered(reader: ReleaseReader) -> None:
    everything = reader.events(reader.collection("everything"), limit=1000).items
    assert len(everything) == len(sample_rows()["events"])
    assert [e.time for e in everything] == sorted((e.time for e in everything), reverse=True)
    some = EventFilter(("STARRED",), date(2024, 2, 1), date(2024, 2, 29))
    stars = reader.events(reader.project("quill"), some).items
    assert {(e.event_type, e.time.month) for e in stars} == {("STARRED", 2)}
    assert reader.events(reader.artifact("NPM", "@lattice", "core")).items == ()


def test_event_pages_join_without_gap_or_repeat(reader: ReleaseReader) -> None:
    entity, found, cursor = reader.collection("everything"), [], None
    while True:
        page = reader.events(entity, limit=4, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == list(reader.events(entity, limit=1000).items)


def test_a_foreign_cursor_is_refused(reader: ReleaseReader) -> None:
    from observer.query.session import encode_cursor

    for cursor in ("!", encode_cursor(1), encode_cursor("yesterday", "x"), encode_cursor("2024-01-01", 5)):
        with pytest.raises(QueryError, match="cursor"):
            reader.events(reader.project("quill"), cursor=cursor)
