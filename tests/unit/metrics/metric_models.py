"""Runs the project's own metric models on small tables: compiled by dbt once, executed by DuckDB many times."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from dbt.cli.main import dbtRunner
from dbt_common.events.functions import reset_metadata_vars

from observer.metrics import Catalogue, definition_rows, load_metrics

ROOT = Path(__file__).resolve().parents[3]
COMPILED_FOR = date(1999, 9, 9)
TAIL_FROM = date(1998, 8, 8)
DATABASE = "small"
PART_EVENTS = 2_000_000
PART_ENDS = ("-2147483647", "2147483646")
_TAIL_FROM = "DBT_ENV_CUSTOM_ENV_TAIL_FROM"
_VARIABLES = {"as_of": COMPILED_FOR.isoformat(), "tail_from": "", "project_digest": "", "has_versions": False}

_CUTS = ("day", "user", "runs", "levels", "closed", "scaffold", "whole")
_Node = dict[str, Any]

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
        ("is_merged_by_author", pa.bool_()),
    ]
)
AFFILIATIONS = pa.schema(
    [
        ("user_id", pa.string()),
        ("start_date", pa.date32()),
        ("end_date", pa.date32()),
        ("organization_name", pa.string()),
        ("is_independent", pa.bool_()),
    ]
)
INPUTS = {
    "intermediate.int_affiliations": AFFILIATIONS,
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

FACT_HASH = "hash(event_type, to_artifact_id, from_artifact_id, amount)"
"""As the model `int_events_daily` makes it."""


@dataclass(frozen=True, slots=True)
class Model:
    """`tail` are the statements that cut the table at TAIL_FROM and continue it; None where it is always made whole.

    `counts` is a query of how many events of each entity count for the size of a part, `tail_counts` that in a tail.
    """

    relation: str
    sql: str
    is_view: bool
    tail: tuple[str, ...] | None = None
    counts: str = ""
    tail_counts: str = ""


@dataclass(frozen=True, slots=True)
class MetricModels:
    """The compiled models in the order in which they are built."""

    models: tuple[Model, ...] = field(repr=False)
    definitions: pa.Table = field(repr=False)

    def run(
        self,
        as_of: date,
        tables: Mapping[str, Sequence[Mapping[str, object]]],
        con: duckdb.DuckDBPyConnection | None = None,
    ) -> duckdb.DuckDBPyConnection:
        """A database in which the models were built from `tables` (those of INPUTS; absent ones are empty)."""
        con = con or open_database()
        write_table(con, "raw.metrics__definitions", self.definitions)
        fill(con, tables)
        self.build(as_of, con)
        return con

    def build(
        self, as_of: date, con: duckdb.DuckDBPyConnection, tail_from: date | None = None, part_events: int = PART_EVENTS
    ) -> None:
        """Makes all tables whole, or those that can be continued from a day on."""
        for _, sql in self.statements(as_of, con, tail_from, part_events):
            con.execute(sql)

    def statements(
        self, as_of: date, con: duckdb.DuckDBPyConnection, tail_from: date | None = None, part_events: int = PART_EVENTS
    ) -> Iterator[tuple[str, str]]:
        """The statements of a build, each with the relation that it is about; made while it goes on."""
        for model in self.models:
            kind = "view" if model.is_view else "table"
            create, insert = f"create or replace {kind} {model.relation} as", f"insert into {model.relation} by name"
            statements = [f"{create} ({model.sql})"]
            if tail_from and model.tail is not None:
                statements = list(model.tail)
            if PART_ENDS[1] in statements[-1]:
                *cuts, made = statements
                counted = _on(model.tail_counts if tail_from else model.counts, as_of, tail_from)
                first, *others = _parts(con, made, counted, part_events)
                statements = [*cuts, first, *(sql.replace(create, insert) for sql in others)]
            for sql in statements:
                yield model.relation, _on(sql, as_of, tail_from)


def _parts(con: duckdb.DuckDBPyConnection, sql: str, counted: str, part_events: int) -> list[str]:
    """The SQL for ranges of entities with about so many events, as the materialization cuts it."""
    counts = con.execute(f"{counted} order by entity_key").fetchall()
    ends, total = [], 0
    for key, count in counts:
        total += count
        if total >= part_events:
            ends.append(key)
            total = 0
    begins = [PART_ENDS[0], *(str(end + 1) for end in ends)]
    return [
        sql.replace(PART_ENDS[1], end).replace(PART_ENDS[0], begin)
        for begin, end in zip(begins, [*map(str, ends), PART_ENDS[1]], strict=True)
    ]


def open_database(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"attach '{path}' as {DATABASE}")
    con.execute(f"use {DATABASE}")
    for schema in ("raw", "intermediate", "marts"):
        con.execute(f"create schema if not exists {schema}")
    return con


def fill(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Replaces the tables of INPUTS; absent ones are empty."""
    for relation, schema in INPUTS.items():
        write_table(con, relation, pa.Table.from_pylist(list(tables.get(relation, ())), schema=schema))


def write_table(con: duckdb.DuckDBPyConnection, relation: str, table: pa.Table) -> None:
    columns = f"*, {FACT_HASH} as fact_hash" if relation.endswith(".int_events_daily") else "*"
    con.register("given", table)
    con.execute(f"create or replace table {relation} as select {columns} from given")
    con.unregister("given")


@cache
def own_models() -> MetricModels:
    """The models with the catalogue of this checkout, compiled once in this process."""
    with TemporaryDirectory() as folder:
        return compile_models(Path(folder), load_metrics(ROOT / "metrics"))


def compile_models(folder: Path, catalogue: Catalogue) -> MetricModels:
    """Compiles the metric models of this checkout in a project of their own, with empty tables for the rest."""
    definitions = definition_rows(catalogue)
    write_project(folder)
    with duckdb.connect(str(folder / f"{DATABASE}.duckdb")) as con:
        con.execute("create schema raw")
        write_table(con, "raw.metrics__definitions", definitions)
    whole = _compiled(folder, "")
    tails = _compiled(folder, TAIL_FROM.isoformat())
    models = (replace(model, tail=_tail(model, tails)) for model in _ordered(whole))
    return MetricModels(tuple(_with_counts(model, whole, tails) for model in models), definitions)


def _compiled(folder: Path, tail_from: str) -> dict[str, _Node]:
    arguments = ["compile", "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]
    arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    arguments += ["--vars", json.dumps(_VARIABLES)]
    before = Path.cwd()
    # As the runner tells it, so that dbt parses the project once.
    os.environ[_TAIL_FROM] = tail_from
    reset_metadata_vars()
    result = dbtRunner().invoke(arguments)
    del os.environ[_TAIL_FROM]
    reset_metadata_vars()
    os.chdir(before)
    if not result.success:
        raise AssertionError(result.exception or "the metric models do not compile")
    nodes: dict[str, _Node] = json.loads((folder / "target" / "manifest.json").read_text())["nodes"]
    return nodes


def _tail(model: Model, nodes: dict[str, _Node]) -> tuple[str, ...] | None:
    by_name = {str(node["name"]): node for node in nodes.values()}
    name = model.relation.partition(".")[2]
    node = by_name[name]
    if node["config"]["materialized"] != "metric_table":
        return None
    cut = str(by_name[f"cut_{node['config']['cut']}"]["compiled_code"])
    statements = [sql for sql in cut.replace("the_table", model.relation).split(";") if sql.strip()]
    if node["config"]["cut"] != "scaffold":
        statements.append(f"insert into {model.relation} by name ({node['compiled_code']})")
    return tuple(statements)


def _with_counts(model: Model, whole: Mapping[str, _Node], tails: Mapping[str, _Node]) -> Model:
    named = {str(node["name"]): key for key, node in whole.items()}
    cut = whole[named[model.relation.partition(".")[2]]]["config"].get("cut")
    counts = named[f"counts_{cut}" if cut in _CUTS else "counts_whole"]
    return replace(model, counts=str(whole[counts]["compiled_code"]), tail_counts=str(tails[counts]["compiled_code"]))


def _on(sql: str, as_of: date, tail_from: date | None) -> str:
    sql = sql.replace(COMPILED_FOR.isoformat(), as_of.isoformat())
    return sql.replace(TAIL_FROM.isoformat(), tail_from.isoformat()) if tail_from else sql


def write_project(folder: Path) -> None:
    transform = ROOT / "transform"
    shutil.copytree(transform / "macros", folder / "macros")
    for layer in ("intermediate", "marts"):
        shutil.copytree(transform / "models" / layer / "metrics", folder / "models" / layer / "metrics")
    for relation in INPUTS:
        layer, name = relation.split(".")
        (folder / "models" / layer / f"{name}.sql").write_text("select 1 as nothing")
    (folder / "models" / "cuts").mkdir()
    for cut in _CUTS:
        sql = f"{{{{ metric_cut('{cut}', 'the_table', metric_tail_from() or as_of()) | join(';') }}}}"
        (folder / "models" / "cuts" / f"cut_{cut}.sql").write_text(sql)
        (folder / "models" / "cuts" / f"counts_{cut}.sql").write_text(f"{{{{ metric_part_counts('{cut}') }}}}")
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


def _ordered(nodes: dict[str, _Node]) -> list[Model]:
    """Our models, each after those that it reads."""
    ours = {key: node for key, node in nodes.items() if "/metrics/" in str(node["original_file_path"])}
    ours = {key: node for key, node in ours.items() if node["resource_type"] == "model"}
    done: dict[str, Model] = {}

    def visit(key: str) -> None:
        if key in done or key not in ours:
            return
        node = ours[key]
        for parent in node["depends_on"]["nodes"]:
            visit(parent)
        is_view = node["config"]["materialized"] == "view"
        done[key] = Model(f"{node['schema']}.{node['name']}", str(node["compiled_code"]), is_view)

    for key in sorted(ours):
        visit(key)
    return list(done.values())
