"""Runs SQL of the operator on the frozen catalogue of a release, in this process. Not for SQL from strangers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from observer.duckdb_extensions import load_extensions
from observer.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa


def run_sql(catalog: Path, query: str, parameters: Sequence[object] = (), *, limit: int) -> pa.Table:
    """The first `limit` rows of one SELECT over the tables of a release; `parameters` stand for its question marks.

    The catalogue is attached read-only; the statement cannot write, open files or reach the network.
    QueryError for everything that the engine refuses.
    """
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    try:
        load_extensions(connection, "ducklake")
        folder = f"{catalog.resolve().parent}/"
        connection.execute(
            f"attach {_literal(f'ducklake:{catalog}')} as release"
            f" (read_only, data_path {_literal(folder)}, override_data_path true)"
        )
        connection.execute("use release")
        connection.execute(f"set allowed_directories = [{_literal(folder)}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError("give exactly one SELECT", hint="for instance: select * from projects limit 10")
        return connection.execute(statements[0], list(parameters)).fetch_arrow_table().slice(0, limit)
    except duckdb.Error as error:
        raise QueryError(
            str(error).strip().splitlines()[0], hint="`show tables` are in docs/reference/tables.md"
        ) from error
    finally:
        connection.close()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
