"""The frozen DuckLake catalogue of a release: read-only, over Parquet files that lie beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from observer.model.compatibility import VIEWS, Dialect
from observer.publishing.engine import identifier, literal
from observer.publishing.parquet import TableFile


def catalog_name(number: int) -> str:
    """The file name of the catalogue of a release."""
    return f"catalog_{number}.ducklake"


def write_catalog(engine: duckdb.DuckDBPyConnection, folder: Path, number: int, files: Sequence[TableFile]) -> Path:
    """Writes the catalogue of the given files, which must be in `folder`, with the compatibility views over them.

    `engine` has the ducklake extension.

    Paths are kept relative, so that the folder can be moved: attach with
    `attach 'ducklake:<file>' as release (read_only, data_path '<folder>/', override_data_path true)`.
    """
    path = folder / catalog_name(number)
    engine.execute(f"attach {literal(f'ducklake:{path}')} as frozen (data_path {literal(f'{folder}/')})")
    try:
        engine.execute("begin")
        for file in files:
            table = file.table
            columns = ", ".join(f"{identifier(column.name)} {column.type.value}" for column in table.columns)
            engine.execute(f"create table frozen.{identifier(table.name)} ({columns})")
            engine.execute(f"comment on table frozen.{identifier(table.name)} is {literal(table.description)}")
            engine.execute(f"call ducklake_add_data_files('frozen', {literal(table.name)}, {literal(file.path)})")
        _write_views(engine)
        engine.execute("commit")
    finally:
        engine.execute("detach frozen")
    _make_relative(engine, path)
    return path


def _write_views(engine: duckdb.DuckDBPyConnection) -> None:
    # A view keeps its text as it is and is bound to the tables of its own catalogue, however that is attached.
    engine.execute("use frozen")
    try:
        for view in VIEWS:
            engine.execute(f"create view {identifier(view.relation)} as {view.statement(Dialect.DUCKDB)}")
            engine.execute(f"comment on view {identifier(view.relation)} is {literal(view.description)}")
    finally:
        engine.execute("use memory")


def _make_relative(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    # DuckLake records added files by absolute path; the folder is renamed after this.
    engine.execute(f"attach {literal(path)} as metadata")
    try:
        prefix = literal(f"{path.parent}/")
        engine.execute(
            f"update metadata.ducklake_data_file set path = replace(path, {prefix}, ''), path_is_relative = true"  # noqa: S608
        )
        engine.execute("update metadata.ducklake_table set path = '', path_is_relative = true")
        engine.execute("update metadata.ducklake_schema set path = '', path_is_relative = true")
        engine.execute("checkpoint metadata")
    finally:
        engine.execute("detach metadata")
