"""Queries that differ in the texts they compare with are prepared once, and answered as if each was new."""

from __future__ import annotations

import threading
import time

import pytest
from tests.unit.sql.conftest import SqlSite

from observer.errors import QueryError
from observer.query.sql.question import Dialect
from observer.query.sql.worker.deadline import Deadline
from observer.query.sql.worker.templates import Templates, split
from observer.query.sql.worker.translate import translate


class Counted:
    """Translates, and counts how often."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, sql: str) -> tuple[str, bool]:
        self.asked.append(sql)
        if "forbidden" in sql:
            raise QueryError("no")
        return translate(sql, Dialect.TRINO), False


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT * FROM t WHERE a = 'x' AND b <> 'y''z'", ["'x'", "'y''z'"]),
        ("SELECT date_trunc('day', d) FROM t WHERE d >= DATE '2024-01-01' AND e LIKE 'a%'", []),
        ("SELECT a -> '$.b', c ->> 'd' FROM t WHERE \"it's = 'q'\" <= 'r'", ["'r'"]),
        ("SELECT f(x := 'y'), '= ''a''' FROM t WHERE a IN ('b', 'c')", []),
        ("SELECT * FROM t WHERE a = 'open", []),
    ],
    ids=["compared", "units, dates and patterns", "paths and quoted names", "named arguments and lists", "not closed"],
)
def test_only_texts_that_are_compared_with_are_values(sql: str, values: list[str]) -> None:
    between, found = split(sql)

    assert found == values
    assert "".join(part for pair in zip(between, [*found, ""], strict=True) for part in pair) == sql


def test_a_template_gives_what_preparing_each_query_gives() -> None:
    prepare = Counted()
    templates = Templates(prepare)
    query = "SELECT a AS b FROM oso.projects_v1 WHERE a = '{}' AND c + interval '1' day >= d AND b <> '{}' ORDER BY 1"

    for value in ("x", "it''s", "%_\\", "'' or 1=1 --", "é\u2028", ""):
        sql = query.format(value, value[:1] if value[:1] != "'" else "")
        assert templates.prepared(sql) == (translate(sql, Dialect.TRINO), False)

    assert len(prepare.asked) == 1


def test_what_is_refused_is_refused_again_in_its_own_words() -> None:
    prepare = Counted()
    templates = Templates(prepare)
    for value in ("x", "y"):
        with pytest.raises(QueryError, match="no"):
            templates.prepared(f"SELECT forbidden FROM t WHERE a = '{value}'")

    assert prepare.asked[-1].endswith("a = 'y'")


def test_the_server_gives_each_value_its_own_rows(site: SqlSite) -> None:
    names = [row[0] for row in site.ask("SELECT project_name FROM projects ORDER BY 1").rows]

    for name in (*names, "it''s nobody", *names):
        found = site.ask(f"SELECT project_name FROM projects WHERE project_name = '{name}' AND 'a' <> '{name}'").rows
        assert found == ([[name]] if name in names else [])


def test_a_deadline_interrupts_once_and_only_what_is_late() -> None:
    deadline, late = Deadline(), threading.Event()
    for _ in range(3):
        with deadline.of(lambda: pytest.fail("nothing was late"), 5):
            pass

    begun = time.monotonic()
    with deadline.of(late.set, 0.05):
        assert late.wait(5)

    assert time.monotonic() - begun < 2
    with deadline.of(lambda: pytest.fail("nothing was late"), 5):
        time.sleep(0.1)
