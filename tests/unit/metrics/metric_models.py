"""Runs the project's own metric models on small tables: compiled by dbt once, executed by DuckDB many times."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
from dbt.cli.main import dbtRunner

from observer.metrics import Catalogue, definition_rows, load_metrics

ROOT = Path(__file__).resolve().parents[3]
COMPILED_FOR = date(1999, 9, 9)
DATABASE = "small"

EVENTS = pa.schema(
    [
        ("bucket_day", pa.date32()),
        ("event_type", pa.string()),
        ("event_source", pa.string()),
        ("to_artifact_id", pa.string()),
        ("from_artifact_id", pa.string()),
        ("amount", pa.float64()),
        ("event_count", pa.int64()),
        ("basis", pa.string()),
    ]
)
COVERAGE = pa.schema(
    [
        ("artifact_id", pa.string()),
        ("event_source", pa.string()),
        ("event_type", pa.string()),
        ("start_date", pa.date32()),
        ("end_date", pa.date32()),
        ("expected_count", pa.int64()),
        ("seen_count", pa.int64()),
        ("state", pa.string()),
        ("basis", pa.string()),
    ]
)
ITEMS = pa.schema(
    [
        ("to_artifact_id", pa.string()),
        ("item_kind", pa.string()),
        ("author_class", pa.string()),
        ("opened_at", pa.timestamp("us")),
        ("first_response_at", pa.timestamp("us")),
        ("merged_at", pa.timestamp("us")),
        ("closed_at", pa.timestamp("us")),
    ]
)
INPUTS = {
    "intermediate.int_items": ITEMS,
    "intermediate.int_events_daily": EVENTS,
    "intermediate.int_users": pa.schema([("user_id", pa.string()), ("user_class", pa.string())]),
    "intermediate.int_artifacts_by_entity": pa.schema(
        [("entity_type", pa.string()), ("entity_id", pa.string()), ("artifact_id", pa.string())]
    ),
    "intermediate.int_coverage": COVERAGE,
    "marts.artifacts": pa.schema(
        [("artifact_id", pa.string()), ("artifact_type", pa.string()), ("artifact_source", pa.string())]
    ),
    "marts.projects": pa.schema([("project_id", pa.string())]),
    "marts.collections": pa.schema([("collection_id", pa.string())]),
    "marts.dependencies_by_collection": pa.schema(
        [
            ("collection_id", pa.string()),
            ("dependent_project_id", pa.string()),
            ("dependency_project_id", pa.string()),
            ("dependency_use", pa.string()),
        ]
    ),
    "intermediate.int_projects_by_collection": pa.schema(
        [("collection_id", pa.string()), ("project_id", pa.string()), ("project_name", pa.string())]
    ),
}


@dataclass(frozen=True, slots=True)
class Model:
    relation: str
    sql: str
    is_view: bool


@dataclass(frozen=True, slots=True)
class MetricModels:
    """The compiled models in the order in which they are built."""

    models: tuple[Model, ...]
    definitions: pa.Table

    def run(
        self,
        as_of: date,
        tables: Mapping[str, Sequence[Mapping[str, object]]],
        con: duckdb.DuckDBPyConnection | None = None,
    ) -> duckdb.DuckDBPyConnection:
        """A database in which the models were built from `tables` (those of INPUTS; absent ones are empty)."""
        con = con or open_database()
        write_table(con, "raw.metrics__definitions", self.definitions)
        for relation, schema in INPUTS.items():
            write_table(con, relation, pa.Table.from_pylist(list(tables.get(relation, ())), schema=schema))
        self.build(as_of, con)
        return con

    def build(self, as_of: date, con: duckdb.DuckDBPyConnection) -> None:
        for model in self.models:
            kind = "view" if model.is_view else "table"
            sql = model.sql.replace(COMPILED_FOR.isoformat(), as_of.isoformat())
            con.execute(f"create or replace {kind} {model.relation} as {sql}")


def open_database(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"attach '{path}' as {DATABASE}")
    con.execute(f"use {DATABASE}")
    for schema in ("raw", "intermediate", "marts"):
        con.execute(f"create schema if not exists {schema}")
    return con


def write_table(con: duckdb.DuckDBPyConnection, relation: str, table: pa.Table) -> None:
    con.register("given", table)
    con.execute(f"create or replace table {relation} as select * from given")
    con.unregister("given")


@cache
def own_models() -> MetricModels:
    """The models with the catalogue of this checkout, compiled once in this process."""
    with TemporaryDirectory() as folder:
        return compile_models(Path(folder), load_metrics(ROOT / "metrics"))


def compile_models(folder: Path, catalogue: Catalogue) -> MetricModels:
    """Compiles the metric models of this checkout in a project of their own, with empty tables for the rest."""
    definitions = definition_rows(catalogue)
    _write_project(folder)
    with duckdb.connect(str(folder / f"{DATABASE}.duckdb")) as con:
        con.execute("create schema raw")
        write_table(con, "raw.metrics__definitions", definitions)
    arguments = ["compile", "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]
    arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    arguments += ["--vars", json.dumps({"as_of": COMPILED_FOR.isoformat()})]
    before = Path.cwd()
    result = dbtRunner().invoke(arguments)
    os.chdir(before)
    if not result.success:
        raise AssertionError(result.exception or "the metric models do not compile")
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    return MetricModels(tuple(_ordered(manifest["nodes"])), definitions)


def _write_project(folder: Path) -> None:
    transform = ROOT / "transform"
    shutil.copytree(transform / "macros", folder / "macros")
    for layer in ("intermediate", "marts"):
        shutil.copytree(transform / "models" / layer / "metrics", folder / "models" / layer / "metrics")
    for relation in INPUTS:
        layer, name = relation.split(".")
        (folder / "models" / layer / f"{name}.sql").write_text("select 1 as nothing")
    (folder / "models" / "sources.yml").write_text(
        "sources:\n  - name: raw\n    schema: raw\n    tables:\n      - name: metrics__definitions\n"
    )
    (folder / "dbt_project.yml").write_text(
        "name: observer\nversion: '1.0'\nprofile: small\nflags: {send_anonymous_usage_stats: false}\n"
        "models:\n  observer:\n"
        "    intermediate: {+schema: intermediate, +materialized: table}\n"
        "    marts: {+schema: marts, +materialized: view}\n"
    )
    (folder / "profiles.yml").write_text(
        f"small:\n  target: small\n  outputs:\n    small: {{type: duckdb, path: '{folder}/{DATABASE}.duckdb'}}\n"
    )


def _ordered(nodes: dict[str, dict[str, object]]) -> list[Model]:
    """Our models, each after those that it reads."""
    ours = {key: node for key, node in nodes.items() if "/metrics/" in str(node["original_file_path"])}
    ours = {key: node for key, node in ours.items() if node["resource_type"] == "model"}
    done: dict[str, Model] = {}

    def visit(key: str) -> None:
        if key in done or key not in ours:
            return
        node = ours[key]
        for parent in node["depends_on"]["nodes"]:  # type: ignore[index]
            visit(parent)
        is_view = node["config"]["materialized"] == "view"  # type: ignore[index]
        done[key] = Model(f"{node['schema']}.{node['name']}", str(node["compiled_code"]), is_view)

    for key in sorted(ours):
        visit(key)
    return list(done.values())
