"""Files of chain data that others exported: brought into the form of the streams in one pass each, by reference."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.evm.config import Network
from observer.connectors.sources.evm.selection import selection
from observer.connectors.sources.evm.streams import ALL
from observer.connectors.sources.evm.tables import streams_of
from observer.connectors.sources.evm.values import minimal_proxy_target, quantity
from observer.connectors.sources.evm.writing import new_path
from observer.errors import ConfigError, SourceError

if TYPE_CHECKING:
    import duckdb

    from observer.ports import Clock

_SUFFIXES = (".parquet", ".csv", ".csv.gz")
_BY_NAME = {stream.name: stream for stream in ALL}
_SHOWN = 20
_MEMORY = "768MB"


def require_files(network: Network, staging: Path) -> None:
    """Returns if each pattern finds files that can be read; raises ConfigError or SourceError if not."""
    for pattern in network.files:
        if not _found(pattern):
            raise ConfigError(f"no .parquet or .csv file fits {pattern}", where=f"evm.networks {network.name}")
    with _engine(staging) as engine:
        _columns(engine, _found(network.files[0])[0])


def read_files(
    network: Network, staging: Path, wanted: frozenset[str], known: dict[str, Any], clock: Clock
) -> Iterator[Message | None]:
    """The messages of all files that are new or have changed, and None where a state may be taken.

    `known` holds the marks of files by network and path, and is brought up to date. Raises SourceError for a file
    that cannot be read at all.
    """
    marks = known.setdefault(network.name, {})
    paths = sorted({path for pattern in network.files for path in _found(pattern)}, key=lambda path: (path.name, path))
    for path in paths:
        status = path.stat()
        mark = [status.st_size, status.st_mtime_ns, sorted(wanted)]
        if marks.get(str(path)) == mark:
            continue
        with _engine(staging) as engine:
            yield from _file(engine, network, path, staging, wanted, clock)
        marks[str(path)] = mark
        yield None


def _file(
    engine: duckdb.DuckDBPyConnection, network: Network, path: Path, staging: Path, wanted: frozenset[str], clock: Clock
) -> Iterator[Message]:
    columns = _columns(engine, path)
    streams = streams_of(columns)
    if not streams:
        yield messages.quarantine("blocks", path.name, 1, "the columns are those of no known export")
        return
    for name in streams:
        if name not in wanted:
            continue
        try:
            sql = selection(_BY_NAME[name], network.name, columns, _relation(path), path.name)
        except ValueError as error:
            yield messages.quarantine(name, path.name, 1, str(error))
            continue
        yield from _rows(engine, name, sql, path, staging, clock)


def _rows(
    engine: duckdb.DuckDBPyConnection, name: str, sql: str, path: Path, staging: Path, clock: Clock
) -> Iterator[Message]:
    import duckdb

    target = new_path(name, staging)
    columns = ", ".join(_BY_NAME[name].schema.names)
    try:
        engine.execute(f"create or replace temp table converted as {sql}")
        rows = _number(engine, "select count(*) from converted where refusal is null")
        refused = engine.execute(
            f"select line, refusal from converted where refusal is not null order by line limit {_SHOWN}"  # noqa: S608
        ).fetchall()
        total = _number(engine, "select count(*) from converted where refusal is not null")
        if rows:
            engine.execute(
                f"copy (select {columns} from converted where refusal is null order by line) "  # noqa: S608
                f"to '{_quoted(target)}' (format parquet, compression lz4)"
            )
    except duckdb.Error as error:
        raise SourceError(f"cannot be read: {str(error)[:300]}", where=path.name) from error
    if rows:
        yield messages.file_record(name, target, {"rows": rows}, clock())
    for line, reason in refused:
        yield messages.quarantine(name, path.name, int(line), str(reason))
    if total > len(refused):
        yield messages.quarantine(name, path.name, None, f"{total - len(refused)} further rows were refused")


def _engine(staging: Path) -> duckdb.DuckDBPyConnection:
    import duckdb
    from duckdb.sqltypes import VARCHAR

    engine = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "threads": 2,
            "temp_directory": str(staging / "spill"),
        }
    )
    engine.execute("set enable_progress_bar = false")
    engine.create_function("hex_to_decimal", _decimal, [VARCHAR], VARCHAR)
    engine.create_function("minimal_proxy_target", _target, [VARCHAR], VARCHAR)
    return engine


def _decimal(text: str) -> str:
    return str(quantity(text))


def _target(code: str) -> str:
    return minimal_proxy_target(code) or ""


def _columns(engine: duckdb.DuckDBPyConnection, path: Path) -> Mapping[str, str]:
    """The types by column of a file. Raises SourceError where it is damaged."""
    import duckdb

    try:
        described = engine.execute(f"describe select * from {_relation(path)}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise SourceError(f"cannot be read: {str(error)[:300]}", where=path.name) from error
    return {str(row[0]): str(row[1]) for row in described}


def _relation(path: Path) -> str:
    if path.suffix == ".parquet":
        return f"read_parquet('{_quoted(path)}')"
    return f"read_csv('{_quoted(path)}', all_varchar = true, header = true, max_line_size = 33554432)"


def _found(pattern: str) -> list[Path]:
    folder = Path(pattern)
    paths = folder.rglob("*") if folder.is_dir() else (Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207
    return [path for path in paths if path.is_file() and path.name.endswith(_SUFFIXES)]


def _number(engine: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = engine.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
