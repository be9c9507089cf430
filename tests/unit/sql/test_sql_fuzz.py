"""Made-up SQL: whatever is sent, the answer is rows or a sentence, soon, and the server lives on."""

from __future__ import annotations

import random

import pytest
from tests.unit.sql.conftest import SqlSite

_WORDS = (
    "SELECT FROM WHERE GROUP BY ORDER LIMIT OFFSET JOIN LEFT USING ON UNION ALL WITH AS CASE WHEN THEN END IN NOT "
    "EXISTS VALUES UNNEST SEQUENCE INTERVAL DATE TIMESTAMP CAST NULL TRUE DISTINCT OVER PARTITION ROWS BETWEEN AND "
    "OR FILTER HAVING LATERAL CROSS PIVOT DESCRIBE SHOW TABLES EXPLAIN AT RELEASE 1 2 0 -1 1e999 'a' \"b\" * , . ( ) "
    "[ ] { } ; :: -> || / % = < > <> ! ? $1 @ # ` ~ ^ & | \\ projects_v1 events artifacts_by_project_v1 oso. iceberg. "
    "project_name project_id count( sum( max( date_trunc( json_extract( array_agg( row_number( transform( x 'day' "
    "read_csv( duckdb_settings( information_schema.tables pg_class \u00e9 \u2028 /* */ -- \n INTEGER VARCHAR bigint"
)
WORDS = _WORDS.split(" ")
LEAKS = (b"Traceback", b"/tmp/", b"site-packages", b"/home", b"/root", b".py", b"duckdb.duckdb", b"sqlglot")


def _sentence(chance: random.Random, depth: int = 0) -> str:
    """Half of the time a SELECT that could be right, else words at random."""
    if depth > 3 or chance.random() < 0.15:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 25)))
    table = chance.choice(["projects_v1", "oso.projects_v1 AS p", "events", f"({_sentence(chance, depth + 1)}) AS s"])
    columns = ", ".join(_expression(chance, depth + 1) for _ in range(chance.randint(1, 3)))
    text = f"SELECT {columns} FROM {table}"
    if chance.random() < 0.3:
        compared = chance.choice(["=", "<", "IN", "LIKE"])
        text += f" WHERE {_expression(chance, depth + 1)} {compared} {_expression(chance, 3)}"
    if chance.random() < 0.4:
        text += " GROUP BY 1"
    return text + chance.choice(["", " ORDER BY 1", " LIMIT 3", f" UNION ALL {_sentence(chance, depth + 1)}"])


def _expression(chance: random.Random, depth: int) -> str:
    if depth > 2 or chance.random() < 0.3:
        return chance.choice(["1", "'a'", "NULL", "'2'", "1.5", "DATE '2024-01-01'", "ARRAY[1]", "count(*)"])
    inner = _expression(chance, depth + 1)
    forms = [
        *("lower({})", "count({})", "{} / 0", "cast({} as varchar)", "date_add('day', 1, {})", "({})", "{} || 'x'"),
        *("CASE WHEN {} THEN 1 END", "max({}) OVER ()", "transform({}, x -> x)", "-{}", "{}[1]", "try({})"),
    ]
    return chance.choice(forms).format(inner)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.slow if seed else ()) for seed in range(6)]
)
def test_made_up_sql_is_answered_or_refused(site: SqlSite, seed: int) -> None:
    chance = random.Random(seed)
    statuses: dict[int, int] = {}

    for _ in range(100 if seed == 0 else 4_000):
        query = _sentence(chance)
        reply = site.ask(query, dialect=chance.choice(["trino", "trino", "duckdb"]))
        statuses[reply.status] = statuses.get(reply.status, 0) + 1
        assert reply.status in (200, 400, 404, 408, 413), (query, reply.body)
        assert reply.seconds < 30, query
        assert reply.status == 200 or not [leak for leak in LEAKS if leak in reply.body], (query, reply.body)

    assert statuses[200] > 5
    assert statuses[400] > 5
    assert site.ask("SELECT 17 AS n").rows == [[17]]
