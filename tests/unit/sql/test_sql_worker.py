"""A worker in this process: tables in memory and over files, sessions after a failure, rows as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sql.conftest import SqlSite

from observer.errors import ObserverError
from observer.model.release import ReleaseTable
from observer.query.sql.question import Form, QueryKilledError, TooLargeError
from observer.query.sql.worker import engine as engines
from observer.query.sql.worker.encode import Counter, encode_rows, plain
from observer.query.sql.worker.engine import Engine, held_in_memory, open_engine
from observer.query.sql.worker.serve import Worker

SLOW = "SELECT count(*) AS n FROM range(100000) a, range(100000) b WHERE a.range + b.range = 7"


@pytest.fixture(scope="module")
def folder(site: SqlSite) -> Path:
    return site.releases / "2"


@pytest.fixture
def worker(folder: Path) -> Worker:
    return Worker(open_engine(folder, "256MB"))


def order(sql: str, **values: object) -> dict[str, Any]:
    limits = {"seconds": 20.0, "rows": 1_000, "bytes": 1 << 20}
    return {"sql": sql, "dialect": "duckdb", "form": "minimal", **limits, **values}


def kinds(engine: Engine) -> dict[str, str]:
    rows = engine.connection.execute("select table_name, table_type from information_schema.tables").fetchall()
    return dict(rows)


def test_tables_in_memory_hold_what_views_over_the_files_show(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = open_engine(folder, "256MB")
    monkeypatch.setattr(engines, "LOADED_ROWS", 0)
    viewed = open_engine(folder, "256MB")
    names = [table.name for table in held.release.tables]

    assert {kinds(held)[name] for name in names} == {"BASE TABLE"}
    assert {kinds(viewed)[table.name] for table in held.release.tables if table.rows} == {"VIEW"}
    for name in names:
        assert held.names.table(name) == viewed.names.table(name)
        query = f'select * from "{name}" order by all'
        assert held.connection.execute(query).fetchall() == viewed.connection.execute(query).fetchall()


def test_what_is_large_stays_in_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = open_engine(folder, "256MB").release
    made = [("tiny", 10), ("small", 1_000), ("long", 60_000), ("middle", 40_000)]
    two = (("a", "VARCHAR"), ("b", "VARCHAR"))
    tables = tuple(ReleaseTable(name, f"{name}.parquet", rows, 1, "", two) for name, rows in made)
    of_tables = replace(release, tables=tables)

    assert held_in_memory(of_tables) == {"tiny", "small", "middle"}
    monkeypatch.setattr(engines, "LOADED_VALUES", 50_000)
    assert held_in_memory(of_tables) == {"tiny", "small"}


def test_after_a_query_that_failed_or_was_late_the_next_is_answered(worker: Worker) -> None:
    first = worker._session
    with pytest.raises(QueryKilledError):
        worker.answer(order(SLOW, seconds=0.3))
    second = worker._session
    with pytest.raises(duckdb.Error):
        worker.answer(order("SELECT cast('x' || project_name AS integer) AS n FROM projects"))
    with pytest.raises(TooLargeError):
        worker.answer(order("SELECT * FROM range(2000)"))
    third = worker._session

    assert json.loads(worker.answer(order("SELECT 17 AS n")).body)["data"] == [[17]]
    assert first is not second and second is not third and worker._session is third
    with pytest.raises(duckdb.ConnectionException):
        first.execute("select 1")


def test_a_session_that_is_kept_keeps_nothing_of_a_query(worker: Worker) -> None:
    worker.answer(order("WITH kept AS (SELECT 1 AS n) SELECT * FROM kept"))

    for later in ("SELECT * FROM kept", "EXECUTE kept", "SELECT getvariable('kept') AS n"):
        with pytest.raises((ObserverError, duckdb.Error)):
            worker.answer(order(later))


class Fixed:
    """Rows that were read already."""

    def __init__(self, rows: list[tuple[object, ...]]) -> None:
        self._rows = rows

    def fetchmany(self, size: int = 0) -> list[tuple[object, ...]]:
        rows, self._rows = self._rows[:3], self._rows[3:]
        return rows


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1000, max_value=1000),
    st.lists(st.integers(-5, 5) | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.floats(), max_size=3),
)
COLUMNS = st.one_of(st.lists(kind, min_size=7, max_size=7) for kind in (VALUES, st.floats(), st.dates() | st.none()))


@given(st.lists(COLUMNS, min_size=1, max_size=4))
def test_rows_of_any_values_are_the_same_in_every_form_of_json_and_in_ascii(columns: list[list[object]]) -> None:
    names = [f"column \u00e9{place}" for place in range(len(columns))]
    rows = list(zip(*columns, strict=True))
    expected = [[plain(value) for value in row] for row in rows]

    def said(form: Form) -> str:
        return encode_rows(names, Fixed(list(rows)), form, Counter(100, 1 << 20)).decode("ascii")

    assert json.loads(said(Form.MINIMAL)) == {"columns": names, "data": expected}
    assert json.loads(said(Form.JSON)) == [dict(zip(names, row, strict=True)) for row in expected]
    assert [json.loads(line) for line in said(Form.JSONL).splitlines()] == [names, *expected]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**70, b"1180591620717411303424"),
        (0.1, b"0.1"),
        (float("inf"), b"null"),
        (Decimal("2.50"), b"2.5"),
        (date(2024, 2, 29), b'"2024-02-29"'),
        (datetime(2024, 2, 29, 1, 2, 3, 456789), b'"2024-02-29 01:02:03.456"'),
        ("\u2028</script>", b'"\\u2028</script>"'),
    ],
)
def test_a_value_is_written_so(value: object, text: bytes) -> None:
    assert (
        encode_rows(["v"], Fixed([(value,)]), Form.MINIMAL, Counter(9, 99))
        == b'{"columns":["v"],"data":[[%s]]}\n' % text
    )
