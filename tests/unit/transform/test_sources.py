"""The declared raw tables are those that the connectors write."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from tests.unit.transform.world import declared_types

from observer.connectors.sources import oss_directory
from observer.connectors.sources.evm import streams as evm
from observer.connectors.sources.git import streams as git
from observer.connectors.sources.gitcoin import streams as gitcoin
from observer.connectors.sources.github import streams as github
from observer.connectors.sources.github_archive import streams as github_archive
from observer.connectors.sources.open_collective import streams as open_collective
from observer.connectors.sources.oss_funding import streams as oss_funding
from observer.connectors.streams import Stream
from observer.metrics.rows import DEFINITIONS_SCHEMA
from observer.warehouse.ledger import TABLES as LEDGER

ADDED = {"_load_id", "_observed_at", "_record_ref"}


def streams() -> dict[str, pa.Schema]:
    modules = {
        "evm": evm,
        "github_archive": github_archive,
        "git": git,
        "gitcoin": gitcoin,
        "github": github,
        "open_collective": open_collective,
        "oss_directory": oss_directory,
        "oss_funding": oss_funding,
    }
    found = {
        f"{connector}__{stream.name}": stream.schema
        for connector, module in modules.items()
        for stream in vars(module).values()
        if isinstance(stream, Stream)
    }
    return {**found, "metrics__definitions": DEFINITIONS_SCHEMA}


@pytest.mark.parametrize("table", sorted(streams()))
def test_a_raw_table_is_declared_as_its_stream(table: str) -> None:
    declared = {name: kind for name, kind in declared_types()[table].items() if name not in ADDED}
    schema = streams()[table]
    connection = duckdb.connect()
    connection.register("rows", schema.empty_table())

    written = dict(connection.execute("select column_name, column_type from (describe rows)").fetchall())

    definition = ", ".join(f'"{name}" {kind}' for name, kind in declared.items())
    connection.execute(f"create table declared ({definition})")
    as_declared = dict(connection.execute("select column_name, column_type from (describe declared)").fetchall())
    assert as_declared == {name: kind for name, kind in written.items() if name not in ADDED}


def test_the_engines_own_tables_are_declared_as_they_are() -> None:
    declared = declared_types()

    for table, fields in LEDGER.items():
        assert ", ".join(f"{name} {kind}" for name, kind in declared[table].items()) == fields
