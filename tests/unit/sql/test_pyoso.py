"""Unmodified pyoso, its semantic layer, and marimo's SQL cells against the server."""

from __future__ import annotations

import json

import pytest
from tests.pyoso_client import MARIMO, VERSIONS, ask, installed, run_in
from tests.unit.sql.conftest import SqlSite

OFTEN = ("0.6.6", "0.10.0")
"""One version of each way to ask; the others take part in the slow tests."""

EVERY = [pytest.param(version, marks=() if version in OFTEN else pytest.mark.slow) for version in VERSIONS]
QUERIES = [
    "SELECT * FROM projects_v1 ORDER BY project_name LIMIT 5",
    "SELECT project_name, DATE '2024-01-01' AS d, 1.5 AS x FROM oso.projects_v1 ORDER BY 1 DESC LIMIT 1",
    "SELECT project_name FROM projects_v1 WHERE 1 = 0",
    "SELECT * FROM nothing_v1",
    "SELECT '\u2028caf\u00e9' AS v",
    "SHOW TABLES",
]


@pytest.mark.parametrize("version", EVERY)
def test_pyoso_gets_rows_and_prints_errors(site: SqlSite, version: str) -> None:
    base = "/api/v1/" if version in ("0.4.0", "0.6.6", "0.10.0") else "/v1"
    projects, dated, empty, error, text, tables = ask(version, site.url + base, QUERIES)

    assert projects["columns"] == [
        "project_id",
        "project_source",
        "project_namespace",
        "project_name",
        "display_name",
        "description",
    ]
    assert [row[3] for row in projects["rows"]] == ["harbor", "lattice", "quill"]
    assert dated == {"columns": ["project_name", "d", "x"], "rows": [["quill", "2024-01-01", 1.5]]}
    assert empty == {"columns": ["project_name"], "rows": []}
    assert error["kind"] == "OsoHTTPError"
    assert "Table 'nothing_v1' does not exist" in error["error"]
    assert text["rows"] == [["\u2028caf\u00e9"]]
    assert ["projects_v1"] in tables["rows"]


SEMANTIC = """
import json, sys
from pyoso import Client
from pyoso.client import ClientConfig
client = Client("any", ClientConfig(base_url=sys.argv[1]))
select = client.semantic.select("projects.count AS n").where("projects.project_source = 'OSS_DIRECTORY'")
print(json.dumps(json.loads(select.to_pandas().to_json(orient="values")) if hasattr(select, "to_pandas")
      else json.loads(client.to_pandas(select.build().sql(dialect="trino")).to_json(orient="values"))))
"""


@pytest.mark.slow
def test_the_semantic_layer_counts_projects(site: SqlSite) -> None:
    folder = installed("pyoso==0.10.0", "oso-semantic==0.1.3")

    assert json.loads(run_in(folder, SEMANTIC, f"{site.url}/v1/").splitlines()[-1]) == [[3]]


CELL = """
import sys
import marimo as mo
from pyoso import Client
from pyoso.client import ClientConfig
client = Client("any", ClientConfig(base_url=sys.argv[1]))
engine = client.dbapi_connection()
frame = mo.sql("SELECT project_name FROM projects_v1 ORDER BY 1", engine=engine, output=False)
print([row[0] for row in (frame.rows() if hasattr(frame, "rows") else frame.values.tolist())])
"""


@pytest.mark.slow
def test_a_sql_cell_of_marimo_asks_the_server(site: SqlSite) -> None:
    folder = installed("pyoso==0.10.0", whole=(MARIMO,))

    assert run_in(folder, CELL, f"{site.url}/v1/").splitlines()[-1] == "['harbor', 'lattice', 'quill']"
