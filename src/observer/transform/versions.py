"""What the models of the build before were made of, so that a build makes anew only what would come out different.

Every table has a version: of a raw table what its ledger of loads adds up to, of a model the digest of its rows, of
a view that of its SQL and of what it reads. A model or check whose SQL and whose inputs' versions are those of the
build before is left as it is (`macros/versions.sql`). A model that was made anew with equal rows has its version of
before, so that nothing below it is touched. Versions are kept in the lake by the transaction of the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.transform.profile import LAKE

if TYPE_CHECKING:
    import duckdb

# Of one connection: what was before, and what this build made or found unchanged.
_KNOWN, _CURRENT = "temp.main.known_versions", "temp.main.current_versions"
_STORED = f"{LAKE}.intermediate.build_versions"
_COLUMNS = "node varchar, fingerprint varchar, version varchar"
# The ledger's own tables are in no ledger; they are small.
_LEDGER = ("loads", "quarantine", "connector_state")


def open_versions(connection: duckdb.DuckDBPyConnection, *, is_full: bool) -> None:
    """Makes the temporary tables that the macros read and fill; with `is_full` nothing counts as unchanged.

    Raw tables without a ledger of loads have no version, and what reads them is always made anew.
    """
    connection.execute(f"create or replace temp table known_versions ({_COLUMNS})")
    connection.execute(f"create or replace temp table current_versions ({_COLUMNS})")
    tables = _tables(connection)
    if not is_full and ("intermediate", "build_versions") in tables:
        connection.execute(f"insert into {_KNOWN} select node, fingerprint, version from {_STORED}")  # noqa: S608
    if ("raw", "loads") in tables:
        _insert_raw(connection, sorted(name for schema, name in tables if schema == "raw"))


def keep_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Stores the versions of this build; those of models that were not asked for stay."""
    connection.execute(f"create schema if not exists {_STORED.rsplit('.', 1)[0]}")
    connection.execute(f"create table if not exists {_STORED} ({_COLUMNS})")
    connection.execute(f"delete from {_STORED} where node in (select node from {_CURRENT})")  # noqa: S608
    connection.execute(f"insert into {_STORED} select node, fingerprint, version from {_CURRENT} order by node")  # noqa: S608


def unequal(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Models that a full build made with other rows than those stored for the same SQL and the same inputs."""
    if ("intermediate", "build_versions") not in _tables(connection):
        return []
    rows = connection.execute(
        f"select node from {_CURRENT} c join {_STORED} s using (node) "  # noqa: S608
        # A raw table is not made by a build, and has no fingerprint.
        "where c.fingerprint = s.fingerprint and c.fingerprint <> '' and c.version <> s.version order by node"
    )
    return [str(node).rsplit(".", 1)[-1] for (node,) in rows.fetchall()]


def _tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    rows = connection.execute("select schema_name, table_name from duckdb_tables() where database_name = ?", [LAKE])
    return {(str(schema), str(table)) for schema, table in rows.fetchall()}


def _insert_raw(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
    """Rows that came, rows that went and rows that are there: no change leaves all three as they were."""
    counts = " union all ".join(
        f"select '{name}' as name, count(*) as row_count from {LAKE}.raw.\"{name}\""  # noqa: S608
        for name in tables
        if name not in _LEDGER
    )
    if counts:
        connection.execute(
            f"""insert into {_CURRENT}
            select 'source.observer.raw.' || counts.name, '', concat_ws('/', coming, going, row_count)
            from ({counts}) as counts
            left join (
                select
                    replace(connector, '-', '_') || '__' || replace(stream, '-', '_') as name,
                    sum(greatest(written, 0)) as coming,
                    sum(least(written, 0)) as going,
                from {LAKE}.raw.loads
                group by all
            ) as loads using (name)
            where loads.name is not null or counts.row_count = 0"""  # noqa: S608
        )
    # Views stand in for tables that no connector has written.
    connection.execute(
        f"insert into {_CURRENT} select 'source.observer.raw.' || view_name, '', '0' from duckdb_views() "  # noqa: S608
        "where database_name = ? and schema_name = 'raw'",
        [LAKE],
    )
    for name in _LEDGER:
        if name not in tables:
            continue
        connection.execute(
            f"insert into {_CURRENT} select 'source.observer.raw.{name}', '', "  # noqa: S608
            f"concat_ws('/', count(*), sum(hash(t))) from {LAKE}.raw.{name} as t"
        )
