"""The warehouse on one machine: DuckDB over a DuckLake, its catalogue in PostgreSQL and its rows in Parquet files."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from observer.errors import WarehouseError
from observer.model.crash import crash_point
from observer.model.load import Load, LoadReport, StreamLoad, table_name
from observer.scratch import scratch_folder
from observer.warehouse import ledger
from observer.warehouse.attachment import Attachment
from observer.warehouse.identifiers import columns, literal, relation
from observer.warehouse.incoming import declared_types, read_incoming, release_incoming
from observer.warehouse.landing import drop, ensure_table, write
from observer.warehouse.writer import WriterGuard

if TYPE_CHECKING:
    import pyarrow as pa

    from observer.ports import Json

SCHEMAS = ("raw", "staging", "intermediate", "marts")


class LakeWarehouse:
    """ports.Warehouse over a DuckLake.

    `folder` holds the Parquet files (`lake/`) and the spilled intermediate results (`tmp/`); `postgres_url` is the
    owner's URL of the catalogue, which fills the PostgreSQL schema `schema`. One process writes at a time; a second
    one waits `wait_seconds` and is then told who writes. May be used from several threads, which take turns.
    """

    def __init__(
        self,
        postgres_url: str,
        folder: Path,
        *,
        memory_limit: str = "768MB",
        threads: int = 2,
        wait_seconds: float = 10.0,
        schema: str = "lake",
    ) -> None:
        folder = folder.resolve()
        self._attachment = Attachment(postgres_url, folder / "lake", schema)
        self._attachment.data_path.mkdir(parents=True, exist_ok=True)
        self._guard = WriterGuard(postgres_url, self._attachment.metadata_schema)
        self._wait_seconds = wait_seconds
        self._turn = threading.RLock()
        self._closing = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(scratch_folder("spill", folder / "tmp"))
            self._connection = stack.enter_context(self._connect(temporary, memory_limit, threads))
            self._ensure_schemas()
            self._closing = stack.pop_all()

    def __enter__(self) -> LakeWarehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the lake; what was committed stays."""
        self._closing.close()

    def load(self, load: Load) -> LoadReport:
        """Writes rows, quarantine and state of one load in one transaction. Loading twice changes nothing.

        Raises WarehouseError, and then nothing of the load is there, if rows do not fit their table or another
        process writes.
        """
        with self.writer(), self._turn, self._reported(load.connector):
            self._connection.begin()
            try:
                report = self._land(load)
                crash_point("load.before_commit")
                with self._guard.fenced():
                    self._connection.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    self._connection.rollback()
                raise
            crash_point("load.after_commit")
            return report

    def state(self, connector: str) -> Mapping[str, Json]:
        """The committed state by stream ("" for global), empty before the first sync."""
        with self._turn, self._reported(connector):
            return ledger.stored_state(self._connection, connector)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The rows of one SELECT; schemas `raw`, `staging`, `intermediate`, `marts` are visible.

        Raises WarehouseError for anything but one SELECT, and for one that DuckDB refuses.
        """
        with self._turn, self._reported("query"):
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise WarehouseError("only one SELECT is answered", where="query")
            return self._connection.execute(statements[0], list(parameters)).to_arrow_table()

    def export(self, relation_name: str, path: Path, *, key: Sequence[str] = ()) -> int:
        """Writes one relation (`marts.projects`) to a Parquet file and returns the row count.

        Rows are ordered by `key`, or by all columns from the left, so that equal tables give equal files. The file
        appears whole or not at all.
        """
        partial = path.with_name(path.name + ".partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        order = columns(list(key)) if key else "all"
        with self._turn, self._reported(relation_name):
            row = self._connection.execute(
                f"copy (from {relation(relation_name)} order by {order}) to {literal(str(partial))} "
                "(format parquet, compression zstd, row_group_size 100000)"
            ).fetchone()
        _flush(partial)
        partial.replace(path)
        return int(row[0]) if row else 0

    def snapshot_id(self) -> int:
        """The number of the newest committed version of the data."""
        with self._turn, self._reported("snapshot"):
            row = self._connection.execute(f"from {self._attachment.alias}.current_snapshot()").fetchone()
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def writer(self, wait_seconds: float | None = None) -> Iterator[int]:
        """Holds the right to write over several calls, or while another connection of this process builds the models.

        Belongs to the process: its other threads may write too, in turn. Gives the fencing number. Raises
        WarehouseError naming the process that holds it for longer than we wait.
        """
        wait = self._wait_seconds if wait_seconds is None else wait_seconds
        with self._guard.held(wait) as fence:
            yield fence

    @contextlib.contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The DuckDB connection with the lake as its default database; other threads wait meanwhile."""
        with self._turn, self._reported("connection"):
            yield self._connection

    def attachment(self) -> Attachment:
        """How another connection or dbt attaches the same lake."""
        return self._attachment

    def attach_sql(self) -> str:
        """The ATTACH statement of `attachment`; `load_extensions` comes before it."""
        return self._attachment.sql()

    def maintain(self, keep_days: int = 7) -> None:
        """Keeps disk use bounded: merges small files, forgets snapshots older than `keep_days`, removes their files."""
        from observer.warehouse.maintenance import maintain

        with self.writer(), self._turn, self._reported("maintenance"):
            maintain(self._connection, self._attachment.alias, keep_days)

    def _connect(self, temporary: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": str(temporary),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        connection.execute("set TimeZone = 'UTC'")
        try:
            with self._reported("lake"), self._first_attach():
                self._attachment.attach(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _first_attach(self) -> Iterator[None]:
        """Two processes that make the same lake at once would both create its catalogue; they take turns."""
        import psycopg

        try:
            session = psycopg.connect(self._attachment.postgres_url, autocommit=True)
        except psycopg.OperationalError as error:
            raise WarehouseError("PostgreSQL does not answer", hint="see `observer doctor`") from error
        with session:
            session.execute("select pg_advisory_lock(hashtext('observer lake attach'))")
            yield

    def _ensure_schemas(self) -> None:
        present = {
            (str(schema), str(table))
            for schema, table in self._connection.execute(
                "select s.schema_name, t.table_name from duckdb_schemas() s "
                "left join duckdb_tables() t on t.database_name = s.database_name and t.schema_name = s.schema_name "
                "where s.database_name = current_database()"
            ).fetchall()
        }
        wanted = {("raw", table) for table in ledger.TABLES}
        if {schema for schema, _ in present} >= set(SCHEMAS) and present >= wanted:
            return
        with self.writer(), self._reported("lake"):
            self._connection.begin()
            for schema in SCHEMAS:
                self._connection.execute(f"create schema if not exists {schema}")
            ledger.ensure_ledger(self._connection)
            self._connection.commit()

    def _land(self, load: Load) -> LoadReport:
        written: dict[str, int] = {}
        duplicates: dict[str, int] = {}
        counts: dict[str, tuple[int, int, int]] = {}
        dropped = self._drop(load)
        refused = ledger.write_quarantine(self._connection, load)
        for stream in load.streams:
            table = stream.table.table
            rows, total = self._land_stream(load, stream)
            written[table] = written.get(table, 0) + rows
            duplicates[table] = duplicates.get(table, 0) + total - rows
            name = stream.table.stream
            counts[name] = (written[table], duplicates[table], refused.get(name, 0))
        for name, count in refused.items():
            counts.setdefault(name, (0, 0, count))
        states = ledger.write_state(self._connection, load)
        if counts and (states or refused or any(written.values())):
            ledger.write_loads(self._connection, load, counts)
        gone = {stream: count for stream, count in dropped.items() if count}
        ledger.write_loads(self._connection, load, {stream: (-count, 0, 0) for stream, count in gone.items()})
        return LoadReport(
            written=written,
            duplicates=duplicates,
            quarantined=sum(refused.values()),
            dropped={table_name(load.connector, stream): count for stream, count in dropped.items()},
        )

    def _drop(self, load: Load) -> dict[str, int]:
        """Rows dropped, by stream."""
        counts: dict[str, int] = {}
        for dropped in load.dropped:
            table = table_name(load.connector, dropped.stream)
            counts[dropped.stream] = counts.get(dropped.stream, 0) + drop(
                self._connection, table, dropped.column, dropped.values
            )
        return counts

    def _land_stream(self, load: Load, stream: StreamLoad) -> tuple[int, int]:
        """Rows written and rows handed over."""
        table = stream.table.table
        types = ensure_table(self._connection, table, declared_types(self._connection, stream.table.schema))
        try:
            incoming = read_incoming(self._connection, stream, types, load.load_id, load.observed_at)
            written = write(self._connection, table, incoming, stream.table.mode)
            release_incoming(self._connection)
        except duckdb.Error as error:
            raise WarehouseError(_first_line(error), where=f"raw.{table}") from error
        return written, incoming.total

    @contextlib.contextmanager
    def _reported(self, where: str) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise WarehouseError(_first_line(error), where=where) from error


def _first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without the connection string that some of its messages quote."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line.split("postgresql://")[0].strip()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
