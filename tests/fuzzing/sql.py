"""SQL by a small grammar: half of it could be right, the rest is words at random."""

from __future__ import annotations

import json
import random

from tests.fuzzing.asking import Asked, Asking

_WORDS = (
    "SELECT FROM WHERE GROUP BY ORDER LIMIT OFFSET JOIN LEFT USING ON UNION ALL WITH AS CASE WHEN THEN END IN NOT "
    "EXISTS VALUES UNNEST SEQUENCE INTERVAL DATE TIMESTAMP CAST NULL TRUE DISTINCT OVER PARTITION ROWS BETWEEN AND "
    "OR FILTER HAVING LATERAL CROSS PIVOT DESCRIBE SHOW TABLES EXPLAIN AT RELEASE 1 2 0 -1 1e999 'a' \"b\" * , . ( ) "
    "[ ] { } ; :: -> || / % = < > <> ! ? $1 @ # ` ~ ^ & | \\ projects_v1 events artifacts_by_project_v1 oso. iceberg. "
    "project_name project_id count( sum( max( date_trunc( json_extract( array_agg( row_number( transform( x 'day' "
    "read_csv( duckdb_settings( information_schema.tables pg_class \u00e9 \u2028 /* */ -- \n INTEGER VARCHAR bigint"
)
WORDS = _WORDS.split(" ")
_COLUMNS = ("project_id", "project_name", "display_name", "project_source")
_FORMS = ("minimal", "minimal", "json", "jsonl", "arrow", "parquet")


def sentence(chance: random.Random, depth: int = 0) -> str:
    """Half of the time a SELECT that could be right, else words at random."""
    if depth > 3 or chance.random() < 0.15:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 25)))
    table = chance.choice(
        ["projects_v1", "oso.projects_v1 AS p", "projects_v1 p", "events", f"({sentence(chance, depth + 1)}) AS s"]
    )
    columns = ", ".join(_expression(chance, depth + 1) for _ in range(chance.randint(1, 3)))
    text = f"SELECT {columns} FROM {table}"
    if chance.random() < 0.3:
        compared = chance.choice(["=", "<", "IN", "LIKE"])
        text += f" WHERE {_expression(chance, depth + 1)} {compared} {_expression(chance, 3)}"
    if chance.random() < 0.4:
        text += " GROUP BY 1"
    return text + chance.choice(["", " ORDER BY 1", " LIMIT 3", f" UNION ALL {sentence(chance, depth + 1)}"])


def requests_of(asking: Asking, count: int, seed: int) -> None:
    """Asks so many made-up queries, one in ten by async-sql."""
    chance = random.Random(seed)
    for _ in range(count):
        prefix, name = chance.choice(("/api/v1", "/v1")), "async-sql" if chance.random() < 0.1 else "sql"
        values: dict[str, object] = {
            "query": sentence(chance),
            "format": chance.choice(_FORMS),
            "dialect": chance.choice(("trino", "trino", "duckdb")),
        }
        if chance.random() < 0.05:
            values["release"] = chance.choice((1, 2, 0, -1, "1", None, 10**9, True))
        asked = Asked("sql", "POST", f"{prefix}/{name}", json.dumps(values).encode(), _JSON)
        answer = asking.ask(asked)
        if answer is not None and answer.status >= 400 and not json.loads(answer.body).get("error"):
            asking.fault(asked, f"an error without its sentence: {answer.body[:200]!r}")


_JSON = {"Content-Type": "application/json"}


def _expression(chance: random.Random, depth: int) -> str:
    if depth > 2 or chance.random() < 0.3:
        return chance.choice(["1", "'a'", "NULL", "'2'", "1.5", "DATE '2024-01-01'", "ARRAY[1]", "count(*)", *_COLUMNS])
    inner = _expression(chance, depth + 1)
    forms = [
        *("lower({})", "count({})", "{} / 0", "cast({} as varchar)", "date_add('day', 1, {})", "({})", "{} || 'x'"),
        *("CASE WHEN {} THEN 1 END", "max({}) OVER ()", "transform({}, x -> x)", "-{}", "{}[1]", "try({})"),
    ]
    return chance.choice(forms).format(inner)
