"""Rows of published tables: conditions, order, limits and what is refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from observer.errors import NotFoundError, QueryError
from observer.model.published import PUBLISHED
from observer.query import RowQuery
from observer.query import rows as rows_module
from observer.query.reader import ReleaseReader
from observer.testing.sample import sample_rows


def _rows(reader: ReleaseReader, table: str, **options: Any) -> list[dict[str, Any]]:
    found = json.loads(reader.rows(RowQuery(table, **options))[0])
    assert isinstance(found, list)
    return found


def _names(reader: ReleaseReader, where: object) -> list[str]:
    rows = _rows(reader, "projects", columns=["project_name"], where=where, order_by=[("project_name", "asc")])
    return [row["project_name"] for row in rows]


def test_every_published_table_can_be_read(reader: ReleaseReader) -> None:
    tables = {table.name: table for table in reader.tables()}
    assert list(tables)[: len(PUBLISHED)] == [table.name for table in PUBLISHED]
    for table in PUBLISHED:
        assert tables[table.name] == table
        rows = _rows(reader, table.name, limit=1000)
        assert len(rows) == min(1000, len(sample_rows().get(table.name, [])))
        assert all(list(row) == [column.name for column in table.columns] for row in rows)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ["harbor", "lattice", "quill"]),
        ({"project_name": {"_eq": "quill"}}, ["quill"]),
        ({"project_name": {"_neq": "quill"}}, ["harbor", "lattice"]),
        ({"project_name": {"_in": ["quill", "harbor", "none"]}}, ["harbor", "quill"]),
        ({"project_name": {"_in": "quill"}}, ["quill"]),
        ({"project_name": {"_nin": ["quill"]}}, ["harbor", "lattice"]),
        ({"project_name": {"_in": []}}, []),
        ({"project_name": {"_gt": "harbor", "_lte": "lattice"}}, ["lattice"]),
        ({"project_name": {"_like": "%tt%"}}, ["lattice"]),
        ({"display_name": {"_ilike": "%harbour%"}}, ["harbor"]),
        ({"display_name": {"_nilike": "%harbour%"}}, ["lattice", "quill"]),
        ({"description": {"_is_null": True}}, []),
        ({"description": {"_is_null": False}}, ["harbor", "lattice", "quill"]),
        ({"_or": [{"project_name": {"_eq": "quill"}}, {"project_name": {"_eq": "harbor"}}]}, ["harbor", "quill"]),
        ({"_and": [{"project_name": {"_gt": "a"}}, {"project_name": {"_lt": "i"}}]}, ["harbor"]),
        ({"_not": {"project_name": {"_eq": "quill"}}}, ["harbor", "lattice"]),
        ({"project_name": {"_eq": None}}, ["harbor", "lattice", "quill"]),
        ({"project_name": None, "_or": [], "_and": None}, ["harbor", "lattice", "quill"]),
        ({"project_name": {"_eq": "'; drop table projects; --"}}, []),
    ],
)
def test_conditions_choose_rows(reader: ReleaseReader, where: dict[str, object], expected: list[str]) -> None:
    assert _names(reader, where) == expected


def test_values_are_compared_as_the_type_of_their_column(reader: ReleaseReader) -> None:
    since = {"time": {"_gte": "2024-03-30"}}
    assert len(_rows(reader, "events", where=since)) == sum(
        row["time"].date() >= date(2024, 3, 30)  # type: ignore[attr-defined]
        for row in sample_rows()["events"]
    )
    assert len(_rows(reader, "key_metrics", where={"sample_date": {"_eq": date(2024, 3, 31)}}, limit=5)) == 5
    assert _rows(reader, "timeseries_metrics", where={"amount": {"_gte": "100"}, "bucket": {"_eq": "2024-03-31"}})
    assert _rows(reader, "repositories", where={"is_fork": {"_eq": False}, "commit_count": {"_gt": 1}})


def test_json_has_iso_times_with_offset_and_plain_numbers(reader: ReleaseReader) -> None:
    (row,) = _rows(reader, "events", limit=1, order_by=[("time", "asc"), ("event_id", "asc")])
    assert row["time"] == "2024-01-01T12:00:00+00:00"
    assert isinstance(row["amount"], int | float)


def test_columns_can_be_renamed_in_the_answer(reader: ReleaseReader) -> None:
    (row,) = _rows(
        reader,
        "projects",
        columns={"projectName": "project_name", "n": "project_name"},
        where={"project_name": {"_eq": "quill"}},
    )
    assert row == {"projectName": "quill", "n": "quill"}


def test_order_limit_and_offset_page_through_all_rows(reader: ReleaseReader) -> None:
    order = [("event_type", "desc"), ("amount", "asc_nulls_first")]
    whole = _rows(reader, "events", order_by=order, limit=1000)
    paged = [
        row for n in range(0, len(whole), 10) for row in _rows(reader, "events", order_by=order, limit=10, offset=n)
    ]
    assert paged == whole
    assert whole[0]["event_type"] == max(str(row["event_type"]) for row in sample_rows()["events"])


def test_distinct_on_gives_one_row_for_each_value(reader: ReleaseReader) -> None:
    rows = _rows(
        reader, "events", distinct_on=["event_type"], order_by=[("time", "desc")], columns=["event_type", "time"]
    )
    assert [row["event_type"] for row in rows] == sorted({str(row["event_type"]) for row in sample_rows()["events"]})
    starred = [str(row["time"])[:10] for row in sample_rows()["events"] if row["event_type"] == "STARRED"]
    (newest,) = [row["time"][:10] for row in rows if row["event_type"] == "STARRED"]
    assert newest == max(starred)


@pytest.mark.parametrize(
    ("distinct_on", "order_by"),
    [
        (["event_type", "event_type"], []),
        (["event_type"], [("event_type", "desc"), ("event_type", "asc")]),
        (["event_type", "amount"], [("amount", "desc"), ("time", "asc"), ("event_type", "desc")]),
        (["amount", "event_type"], [("time", "asc"), ("amount", "desc")]),
    ],
    ids=["a column twice", "ordered twice", "one behind another column", "both behind another column"],
)
def test_distinct_on_goes_with_any_order(
    reader: ReleaseReader, distinct_on: list[str], order_by: list[tuple[str, str]]
) -> None:
    rows = _rows(reader, "events", distinct_on=distinct_on, order_by=order_by, columns=["event_type", "amount"])

    found = [tuple(row[name] for name in distinct_on) for row in rows]
    assert len(found) == len(set(found))
    assert set(found) == {tuple(row[name] for name in distinct_on) for row in sample_rows()["events"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RowQuery("projects", columns=["secret"]), "no column 'secret'"),
        (RowQuery("projects", where={"secret": {"_eq": 1}}), "no column 'secret'"),
        (RowQuery("projects", order_by=[("project_name", "sideways")]), "'sideways' is no direction"),
        (RowQuery("projects", where={"project_name": {"_sounds": "a"}}), "cannot be compared by '_sounds'"),
        (RowQuery("projects", where={"project_name": {"_eq": 3}}), "cannot be compared with 3"),
        (RowQuery("projects", where={"project_name": {"_eq": "a\x00"}}), "cannot be compared with"),
        (RowQuery("projects", where={"project_name": "quill"}), "must be an object"),
        (RowQuery("events", where={"time": {"_gt": "soon"}}), "cannot be compared with 'soon'"),
        (RowQuery("events", where={"amount": {"_like": "1"}}), "cannot be compared by '_like'"),
        (RowQuery("metrics", where={"version": {"_eq": 2**70}}), "cannot be compared with"),
        (RowQuery("projects", limit=1001), "limit is 1001"),
        (RowQuery("projects", limit=-1), "limit is -1"),
        (RowQuery("projects", offset=10_001), "offset is 10001"),
        (RowQuery("projects", where={"project_name": {"_in": ["x"] * 501}}), "too many values"),
        (RowQuery("projects", where={"_not": {"_not": {"_not": {"_not": {}}}}}), "nested too deeply"),
    ],
)
def test_what_is_beyond_the_limits_is_refused(reader: ReleaseReader, query: RowQuery, expected: str) -> None:
    with pytest.raises(QueryError, match=expected):
        reader.rows(query)


@pytest.mark.parametrize("table", ["pg_roles", "search_names", "observer.releases", "release_1.projects", ""])
def test_only_published_tables_can_be_asked_for(reader: ReleaseReader, table: str) -> None:
    with pytest.raises(NotFoundError, match="no published table"):
        reader.rows(RowQuery(table))


def test_a_big_table_is_not_searched_in_the_middle_of_text(
    reader: ReleaseReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "BIG_TABLE", 1)
    with pytest.raises(QueryError, match="too big"):
        reader.rows(RowQuery("projects", where={"project_name": {"_ilike": "%i%"}}))
    assert _names(reader, {"project_name": {"_ilike": "qu%"}}) == ["quill"]
    assert _names(reader, {"project_name": {"_ilike": "%i%", "_in": ["quill"]}}) == ["quill"]
