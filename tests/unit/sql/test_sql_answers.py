"""What the SQL endpoint answers: forms, names, dialect, releases."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sql.conftest import SqlSite

PROJECTS = "SELECT project_name FROM projects_v1 ORDER BY 1"
NAMES = [["harbor"], ["lattice"], ["quill"]]


@pytest.mark.parametrize(
    "table",
    ["projects_v1", "oso.projects_v1", "iceberg.oso.projects_v1", '"oso"."projects_v1"', "PROJECTS_V1", "projects"],
)
def test_a_table_is_found_under_every_name_that_clients_use(site: SqlSite, table: str) -> None:
    reply = site.ask(f"SELECT project_name FROM {table} ORDER BY project_name")

    assert (reply.status, reply.rows) == (200, NAMES)
    assert reply.headers["x-observer-release"] == "2"


@pytest.mark.parametrize("path", ["/api/v1/sql", "/v1/sql"])
def test_both_prefixes_answer(site: SqlSite, path: str) -> None:
    assert site.ask(PROJECTS, path=path).rows == NAMES


def test_minimal_names_the_columns_once_and_also_without_rows(site: SqlSite) -> None:
    reply = site.ask("SELECT project_id, project_name FROM projects_v1 WHERE project_name = 'none'")

    assert reply.body == b'{"columns":["project_id","project_name"],"data":[]}\n'
    assert reply.headers["content-type"] == "application/x-ndjson"


def test_analytics_stand_in_a_line_of_their_own_before_the_columns(site: SqlSite) -> None:
    lines = site.ask(PROJECTS, includeAnalytics=True).body.splitlines()

    assert json.loads(lines[0]) == {"assetStatus": []}
    assert json.loads(lines[1])["columns"] == ["project_name"]


def test_without_a_format_the_answer_is_one_list_of_objects(site: SqlSite) -> None:
    reply = site.post("/api/v1/sql", json.dumps({"query": PROJECTS}).encode())

    assert reply.json == [{"project_name": name} for (name,) in NAMES]


def test_arrow_and_parquet_hold_the_same_rows(site: SqlSite) -> None:
    body = json.dumps({"query": "SELECT project_name, 1 AS n FROM projects_v1 ORDER BY 1"}).encode()
    arrow = site.post("/api/v1/sql", body, accept="application/vnd.apache.arrow.stream")
    parquet = site.post("/api/v1/sql", body, accept="application/vnd.apache.parquet")

    expected = [{"project_name": name, "n": 1} for (name,) in NAMES]
    assert pa.ipc.open_stream(arrow.body).read_all().to_pylist() == expected
    assert pq.read_table(io.BytesIO(parquet.body)).to_pylist() == expected
    assert arrow.headers["x-observer-release"] == parquet.headers["x-observer-release"] == "2"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("SELECT display_name FROM projects_v1 WHERE project_name = 'quill' AT RELEASE 1", {}),
        ("SELECT display_name FROM projects_v1 WHERE project_name = 'quill' /* at release 1 */", {}),
        ("SELECT display_name FROM projects_v1 WHERE project_name = 'quill'; -- at release 1", {}),
        ("SELECT display_name FROM projects_v1 WHERE project_name = 'quill'", {"release": 1}),
    ],
    ids=["suffix", "comment", "line comment", "body"],
)
def test_an_older_release_can_be_named(site: SqlSite, query: str, values: dict[str, object]) -> None:
    old, new = site.ask(query, **values), site.ask("SELECT display_name FROM projects_v1 WHERE project_name = 'quill'")

    assert old.headers["x-observer-release"] == "1"
    assert [["New " + old.rows[0][0]]] == new.rows


def test_a_release_that_is_not_kept_is_not_found(site: SqlSite) -> None:
    reply = site.ask(f"{PROJECTS} AT RELEASE 99")

    assert (reply.status, "release 99 is not kept" in reply.error) == (404, True)


ROW = """(SELECT 7 AS n, 2.5E0 AS x, DATE '2024-01-31' AS d, TIMESTAMP '2024-01-31 12:30:00.1234' AS ts,
 ARRAY[1, 2, 3] AS l, 'a-b' AS s, CAST(NULL AS integer) AS z)"""

# Each by Trino's documentation of the function; Trino's answers differ from DuckDB's own in the first seven.
MEANINGS = [
    ("n / 2", 3),
    ("-n / 2", -3),
    ("n / 2.0", 3.5),
    ("date_diff('month', d, DATE '2024-02-01')", 0),
    ("date_diff('day', ts, TIMESTAMP '2024-02-01 11:00:00')", 0),
    ("d + INTERVAL '1' MONTH", "2024-02-29"),
    ("date_trunc('month', d)", "2024-01-01"),
    ("date_add('day', n / 2, d)", "2024-02-03"),
    ("d", "2024-01-31"),
    ("ts", "2024-01-31 12:30:00.123"),
    ("ts AT TIME ZONE 'UTC'", "2024-01-31 12:30:00.123 UTC"),
    ("date_format(ts, '%Y-%m')", "2024-01"),
    ("year(d) * 100 + month(d)", 202401),
    ("last_day_of_month(DATE '2024-02-01')", "2024-02-29"),
    ("split_part(s, '-', 2)", "b"),
    ("regexp_extract(s, '(a)', 1)", "a"),
    ("cardinality(l)", 3),
    ("l[1]", 1),
    ("transform(l, e -> e + 1)", [2, 3, 4]),
    ("filter(l, e -> e > 1)", [2, 3]),
    ("reduce(l, 0, (a, e) -> a + e, a -> a)", 6),
    ("array_join(l, ',')", "1,2,3"),
    ("sequence(1, 3)", [1, 2, 3]),
    ("json_extract_scalar('{\"a\": 1}', '$.a')", "1"),
    ("if(n > 1, 'many', 'one')", "many"),
    ("try_cast(s AS double)", None),
    ("coalesce(z, 5)", 5),
    ("CAST(1.25 AS decimal(10, 2))", 1.25),
    ("0e0 / 0e0", None),
    ("true", True),
    ("sequence(1, 7, 3)", [1, 4, 7]),
    ("7 / 0", None),
    ("map(ARRAY['k'], ARRAY[1])", {"k": 1}),
    ("log10(1000)", 3.0),
    ("concat(s, CAST(n AS varchar))", "a-b7"),
]


@pytest.mark.parametrize(("expression", "value"), MEANINGS, ids=[expression for expression, _ in MEANINGS])
def test_expressions_mean_what_they_mean_in_trino(site: SqlSite, expression: str, value: object) -> None:
    reply = site.ask(f"SELECT {expression} AS v FROM {ROW} AS t")

    assert reply.status == 200, reply.body
    assert reply.rows == [[value]]


AGGREGATES = [
    ("sum(v)", 6), ("count(DISTINCT v)", 3), ("approx_distinct(v)", 3), ("max_by(v, v)", 3), ("min_by(v, v)", 1),
    ("count_if(v > 1)", 2), ("bool_or(v > 2)", True), ("array_agg(v ORDER BY v DESC)", [3, 2, 1]),
    ("sum(v) FILTER (WHERE v > 1)", 5), ("sum(v) / count(*)", 2), ("approx_percentile(v, 0.5)", 2),
    ("arbitrary(1)", 1),
    ("sum(v) * 100 / sum(v + 1)", 66), ("max(DATE '2024-01-31') + INTERVAL '1' MONTH", "2024-02-29"),
    ("date_trunc('year', min(DATE '2024-05-01'))", "2024-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), AGGREGATES, ids=[expression for expression, _ in AGGREGATES])
def test_aggregates_mean_what_they_mean_in_trino(site: SqlSite, expression: str, value: object) -> None:
    assert site.ask(f"SELECT {expression} AS v FROM (VALUES (1), (2), (3)) AS t(v)").rows == [[value]]


@pytest.mark.parametrize(("direction", "first"), [("ASC", 1), ("DESC", 2)])
def test_nulls_come_last_in_either_direction(site: SqlSite, direction: str, first: int) -> None:
    rows = site.ask(f"SELECT v FROM (VALUES (1), (NULL), (2)) AS t(v) ORDER BY v {direction}").rows

    assert rows[0] == [first]
    assert rows[-1] == [None]


def test_a_calendar_of_months_is_one_of_dates(site: SqlSite) -> None:
    reply = site.ask(
        "WITH p AS (SELECT DATE '2024-01-01' AS a, date_trunc('month', DATE '2024-04-15') AS b) SELECT m FROM "
        "UNNEST(SEQUENCE((SELECT a FROM p), (SELECT b FROM p) - INTERVAL '1' month, INTERVAL '1' month)) t(m)"
    )

    assert reply.rows == [["2024-01-01"], ["2024-02-01"], ["2024-03-01"]]


def test_columns_without_a_name_are_called_as_in_trino(site: SqlSite) -> None:
    reply = site.ask("SELECT count(*), 1 AS one, max(project_name) FROM projects_v1")

    assert reply.columns == ["_col0", "one", "_col2"]


def test_duckdbs_own_dialect_is_there_for_who_names_it(site: SqlSite) -> None:
    assert site.ask("SELECT 7 / 2 AS v, 7 // 2 AS w", dialect="duckdb").rows == [[3.5, 3]]


def test_show_and_describe_tell_of_the_tables_of_the_release(site: SqlSite) -> None:
    tables = [name for (name,) in site.ask("SHOW TABLES").rows]
    described = site.ask("DESCRIBE oso.projects_v1")

    assert {"projects", "projects_v1", "timeseries_metrics_by_project_v0"} <= set(tables)
    assert described.columns == ["Column", "Type", "Extra", "Comment"]
    assert described.rows[0][:2] == ["project_id", "varchar"]
    assert site.ask("SHOW COLUMNS FROM projects_v1").rows == described.rows
    assert ["oso"] in site.ask("SHOW SCHEMAS").rows
    assert site.ask("SHOW CATALOGS").rows == [["iceberg"]]
    assert site.ask("SHOW TABLES LIKE 'projects\\_v%'").status == 200
    listed = site.ask("SELECT table_name FROM information_schema.tables ORDER BY 1").rows
    assert [name for (name,) in listed] == tables


def test_explain_shows_a_plan_and_no_path(site: SqlSite) -> None:
    reply = site.ask("EXPLAIN SELECT * FROM projects_v1 WHERE project_name = 'quill'")

    assert reply.columns == ["Query Plan"]
    assert str(site.releases).encode() not in reply.body


def test_every_table_and_view_of_the_release_can_be_read(site: SqlSite) -> None:
    failed = {
        name: reply.body
        for (name,) in site.ask("SHOW TABLES").rows
        if (reply := site.ask(f'SELECT * FROM "{name}" LIMIT 1')).status != 200
    }

    assert failed == {}


def test_texts_are_escaped_to_ascii(site: SqlSite) -> None:
    reply = site.ask("SELECT 'caf\u00e9 \u2028 \u0085' AS v")

    assert reply.body.isascii()
    assert reply.rows == [["caf\u00e9 \u2028 \u0085"]]


def test_async_sql_is_completed_at_once_with_an_absolute_address(site: SqlSite) -> None:
    begun = site.ask(PROJECTS, path="/api/v1/async-sql")
    result = site.get(begun.json["url"])

    assert (begun.status, begun.json["status"], begun.json["release"]) == (200, "completed", 2)
    assert begun.json["url"].startswith(f"{site.url}/api/v1/sql-results/")
    assert result.body.splitlines() == [b'["project_name"]', b'["harbor"]', b'["lattice"]', b'["quill"]']
    assert result.headers["content-type"] == "application/x-ndjson"
    assert site.get(f"/api/v1/async-sql?id={begun.json['id']}").json["status"] == "completed"


def test_a_result_without_rows_is_the_line_of_its_columns(site: SqlSite) -> None:
    begun = site.ask("SELECT project_name FROM projects_v1 WHERE 1 = 0", path="/api/v1/async-sql")

    assert site.get(begun.json["url"]).body == b'["project_name"]\n'


def test_async_sql_tells_of_a_long_query_and_of_its_failure(site: SqlSite) -> None:
    begun = site.ask("SELECT nothing FROM projects_v1", path="/v1/async-sql")
    unknown = site.get("/v1/async-sql?id=unknown")
    missing = site.get("/v1/async-sql")

    assert (begun.status, "nothing" in begun.error) == (400, True)
    assert (unknown.status, unknown.error) == (404, "Run not found")
    assert (missing.status, missing.error) == (400, "Missing id parameter")


def test_a_result_cannot_be_guessed(site: SqlSite) -> None:
    url = site.ask(PROJECTS, path="/api/v1/async-sql").json["url"]

    assert len(url.rsplit("/", 1)[1]) == 32
    assert site.get(url[:-1] + ("A" if url[-1] != "A" else "B")).status == 404
    assert site.get("/api/v1/sql-results/../../etc/passwd").status == 404


@pytest.mark.parametrize("key", ["Bearer anything", "Bearer 1", "Basic xyz"])
def test_any_key_of_another_observatory_is_accepted(site: SqlSite, key: str) -> None:
    body = json.dumps({"query": PROJECTS, "format": "minimal"}).encode()

    assert site.post("/api/v1/sql", body, authorization=key).rows == NAMES
    assert site.get("/v1/connector", authorization=key).body == b"[]"


REFUSALS = [
    (b"", 400), (b"{}", 400), (b"[]", 400), (b'{"query": ""}', 400), (b'{"query": 1}', 400), (b"{", 400),
    (b'{"query": "SELECT 1", "format": "csv2"}', 400), (b'{"query": "SELECT 1", "release": "x"}', 400),
    (b'{"query": "SELECT 1", "dialect": "oracle"}', 400), (b'{"query": "SELECT \\u0000"}', 400),
    (b'{"query": "' + b"x" * 70_000 + b'"}', 413), (b'{"query": "' + b"x" * 40_000 + b'"}', 413),
    (b'{"query": "SELECT ' + b"(" * 100 + b"1" + b")" * 100 + b'"}', 413),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), REFUSALS, ids=[str(body[:40]) for body, _ in REFUSALS])
def test_every_refusal_says_why_under_error(site: SqlSite, body: bytes, status: int) -> None:
    reply = site.post("/api/v1/sql", body)

    assert reply.status == status
    assert reply.error
    assert reply.json["message"] == reply.error


@pytest.mark.parametrize("path", ["/v1/nothing", "/api/v1/nothing"])
def test_unknown_paths_and_methods_are_json_too(site: SqlSite, path: str) -> None:
    assert site.get(path).error
    assert site.get("/api/v1/sql").status == 405
    assert site.get("/api/v1/sql").error
