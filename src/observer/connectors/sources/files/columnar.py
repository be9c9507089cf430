"""Turns a CSV, JSON or Parquet file into a Parquet file of a stream's columns with DuckDB, and says what it refused."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from observer.connectors.sources.files.options import (
    FILE,
    INTERVAL,
    REFERENCE,
    RESERVED,
    ROW,
    TYPES,
    FileOptions,
    provenance,
)  # fmt: skip
from observer.errors import SourceError

MAX_JSON_BYTES = 256 * 1024 * 1024
MAX_LINE_BYTES = 32 * 1024 * 1024
_MAX_REFUSED = 1000
_MEMORY = "512MB"
_KEPT = {pa.int32(), pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.date32()}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that did not fit: its number in the file, counted from 1, and why."""

    row: int | None
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """A file's rows as Parquet. `unknown` are fields without a column, `missing` columns that the file has not."""

    path: Path
    rows: int
    refused: tuple[Refused, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file's rows are from: what their reference says (`<connector>:<stream>`), file and interval.

    `constants` are further columns of text with one value in all rows.
    """

    prefix: str
    file: str
    interval_at: datetime | None = None
    constants: Mapping[str, str] = field(default_factory=dict)


def columns_of(path: Path, options: FileOptions) -> dict[str, pa.DataType]:
    """The columns of a stream with their types: those of its options, else those of a file.

    Text formats give text; Parquet keeps its types, and what has no counterpart (decimals, lists, structures) is text,
    which loses no digit. Raises SourceError for a file that cannot be read.
    """
    if options.columns is not None:
        return {name: TYPES[kind][0] for name, kind in options.columns.items()}
    with _engine(path, path.parent) as engine:
        found = {name: _kept(kind) for name, kind in _found(engine, path, options).items()}
    taken: set[str] = set()
    for name in found:
        if name.lower() in RESERVED | taken:
            raise SourceError(
                f"the column {name!r} cannot be kept under its name", where=path.name, hint="name `columns`"
            )
        taken.add(name.lower())
    if not found:
        raise SourceError("the file has no columns", where=path.name)
    return found


def convert(
    path: Path,
    target: Path,
    options: FileOptions,
    columns: Mapping[str, pa.DataType],
    origin: Origin,
    *,
    dated: bool = False,
) -> Converted:
    """Writes the rows of a file to `target`, with the columns of its stream and those that say where a row is from.

    A row that is no record, that has no value for the key, or a value that does not fit its column's type, is refused
    and the others are kept. Raises SourceError for a file that cannot be read at all.
    """
    with _engine(path, target.parent) as engine:
        found = _found(engine, path, options)
        wanted = {name: name for name in columns}
        missing = tuple(name for name in wanted if name not in found)
        unknown = tuple(sorted(name for name in found if name not in columns))
        engine.execute(f"create temp view given as {_relation(engine, path, options, list(found))}")
        wrong = _wrong(options, columns, found)
        refused = [*_unfit(engine, wrong, [name for name in columns if name in found])]
        values = [_value(name, kind, found) for name, kind in columns.items()]
        values += [f"{_text(value)} as {_quoted(name)}" for name, value in origin.constants.items()]
        values += _provenance(options, origin, dated=dated)
        fine = f"where not ({' or '.join(f'({test})' for test, _ in wrong)})" if wrong else ""
        row = engine.execute(
            f"copy (select {', '.join(values)} from given {fine} order by observer_row) "  # noqa: S608
            f"to {_literal(target)} (format parquet, compression zstd)"
        ).fetchone()
        # Only a scan that reads the values finds all that is wrong with a CSV file.
        refused = sorted([*refused, *_broken(engine, path, options)], key=lambda item: item.row or 0)
        count = int(row[0]) if row else 0
        # What is plainly not the file that was meant, such as a page that says sorry, must replace nothing.
        if count == 0 and refused:
            raise SourceError(f"no row of the file can be read: {refused[0].reason}", where=path.name)
        if found and len(missing) == len(columns):
            raise SourceError("the file has none of the columns", where=path.name)
        return Converted(target, count, tuple(refused), unknown, missing)


def _provenance(options: FileOptions, origin: Origin, *, dated: bool) -> list[str]:
    by_key = " || '/' || ".join(f"cast({_quoted(name)} as varchar)" for name in options.primary_key)
    place = f"{_text(origin.prefix + '/')} || {by_key}" if by_key else f"{_text(origin.file + '#L')} || observer_row"
    known = {
        FILE: _text(origin.file),
        ROW: "cast(observer_row as bigint)",
        INTERVAL: f"timestamp '{origin.interval_at:%Y-%m-%d %H:%M:%S}'"
        if origin.interval_at
        else "cast(null as timestamp)",
        REFERENCE: place,
    }
    return [f"{known[name]} as {_quoted(name)}" for name in provenance(options, dated=dated)]


def _found(engine: duckdb.DuckDBPyConnection, path: Path, options: FileOptions) -> dict[str, pa.DataType]:
    """The columns of a file with their types; those of text formats are text."""
    if options.format == "parquet":
        return {field.name: field.type for field in _parquet_schema(path)}
    if options.format == "csv":
        return dict.fromkeys(_csv_columns(path, options), pa.string())
    lines = _json_lines(engine, path, options)
    rows = engine.execute(
        f"select distinct unnest(json_keys(record)) as name from ({lines}) where is_record order by name"  # noqa: S608
    ).fetchall()
    return {str(name): pa.string() for (name,) in rows}


def _relation(engine: duckdb.DuckDBPyConnection, path: Path, options: FileOptions, names: Sequence[str]) -> str:
    """A SELECT of the file's records: `observer_row` and its columns."""
    if options.format == "parquet":
        return f"select row_number() over () as observer_row, * from read_parquet({_literal(path)})"  # noqa: S608
    if options.format == "csv":
        return f"select row_number() over () as observer_row, * from {_csv(path, options, names)}"  # noqa: S608
    fields = "".join(f", record ->> {_text(_pointer(name))} as {_quoted(name)}" for name in names)
    return f"select observer_row{fields} from ({_json_lines(engine, path, options)}) where is_record"  # noqa: S608


def _parquet_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise SourceError("this is no whole Parquet file", where=path.name) from error


def _csv_columns(path: Path, options: FileOptions) -> list[str]:
    """The names in the header; a name that is there again gets a number, one that is empty its position."""
    if not options.has_header:
        return list(options.columns or ())
    encoding = "utf-8-sig" if options.encoding == "utf-8" else options.encoding
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            if options.quote:
                reader = csv.reader(file, delimiter=options.delimiter, quotechar=options.quote)
            else:
                reader = csv.reader(file, delimiter=options.delimiter, quoting=csv.QUOTE_NONE)
            header = next(reader, [])
            if not header:
                raise SourceError("the file is empty, without even a header", where=path.name)
    except (UnicodeError, csv.Error) as error:
        raise SourceError(f"the header cannot be read: {error}", where=path.name) from error
    names: dict[str, None] = {}
    for position, text in enumerate(header, start=1):
        name = text.strip() or f"column_{position}"
        number = 1
        while (name if number == 1 else f"{name}_{number}").lower() in {known.lower() for known in names}:
            number += 1
        names[name if number == 1 else f"{name}_{number}"] = None
    return list(names)


def _csv(path: Path, options: FileOptions, names: Sequence[str]) -> str:
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    header = "true" if options.has_header else "false"
    return (
        f"read_csv({_literal(path)}, {_dialect(options)}, header = {header}, auto_detect = false, "
        f"columns = {{{columns}}}, max_line_size = {MAX_LINE_BYTES}, buffer_size = {2 * MAX_LINE_BYTES}, "
        "store_rejects = true, "
        "rejects_table = 'rejected', rejects_scan = 'rejected_scans', nullstr = '', allow_quoted_nulls = false)"
    )


def _dialect(options: FileOptions) -> str:
    escape = options.quote
    return (
        f"delim = {_text(options.delimiter)}, quote = {_text(options.quote)}, escape = {_text(escape)}, "
        f"encoding = {_text(options.encoding)}, compression = 'none'"
    )


def _json_lines(engine: duckdb.DuckDBPyConnection, path: Path, options: FileOptions) -> str:
    """A SELECT of `observer_row`, `line`, `is_record` and `record`; a document is taken apart first."""
    if options.format == "json":
        _unfold(engine, path, options)
        source = "select observer_row, line from document"
    else:
        source = (
            f"select row_number() over () as observer_row, line from read_csv({_literal(path)}, "  # noqa: S608
            "columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false, "
            f"auto_detect = false, max_line_size = {MAX_LINE_BYTES}, buffer_size = {2 * MAX_LINE_BYTES}, "
            "strict_mode = false, "
            f"encoding = {_text(options.encoding)}, compression = 'none', store_rejects = true, "
            "rejects_table = 'rejected', rejects_scan = 'rejected_scans')"
        )
    return (
        "select *, case when is_record then cast(line as json) end as record from ("  # noqa: S608
        "select *, coalesce(json_type(case when json_valid(line) then line end) = 'OBJECT', false) as is_record "
        f"from ({source}) where line is not null and trim(line) <> '')"
    )


def _unfold(engine: duckdb.DuckDBPyConnection, path: Path, options: FileOptions) -> None:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise SourceError(
            f"a JSON document of more than {MAX_JSON_BYTES:,} bytes", where=path.name, hint="JSON lines may be larger"
        )
    try:
        text = codecs.decode(path.read_bytes(), options.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise SourceError(f"this is not {options.encoding}", where=path.name) from error
    engine.execute("create or replace temp table whole as select cast($1 as varchar) as content", [text])
    row = engine.execute("select json_valid(content) from whole").fetchone()
    if row is None or not row[0]:
        raise SourceError("this is no whole JSON document", where=path.name)
    place = "$" + "".join(f'."{name}"' for name in options.records)
    row = engine.execute("select json_type(content, $1) from whole", [place]).fetchone()
    kind = row[0] if row else None
    if kind not in ("ARRAY", "OBJECT"):
        raise SourceError(
            f"no records at {'.'.join(options.records) or 'the top'}", where=path.name, hint="see `records`"
        )
    many = "json_extract(content, $1 || '[*]')" if kind == "ARRAY" else "[json_extract(content, $1)]"
    engine.execute(
        "create or replace temp table document as select row_number() over () as observer_row, line from ("  # noqa: S608
        f"select unnest({many})::varchar as line from whole)",
        [place],
    )


def _broken(engine: duckdb.DuckDBPyConnection, path: Path, options: FileOptions) -> Iterator[Refused]:
    """What could not be taken apart at all."""
    if options.format == "parquet":
        return
    if options.format != "csv":
        lines = _json_lines(engine, path, options)
        found = engine.execute(
            f"select observer_row, line[:200] from ({lines}) where not is_record "  # noqa: S608
            f"order by observer_row limit {_MAX_REFUSED}"
        ).fetchall()
        for row, line in found:
            yield Refused(int(row), "this is no JSON object", str(line))
    # A reader of lines refuses those that are no text or too long; several scans may have found the same.
    if options.format != "json":
        found = engine.execute(
            "select line, any_value(csv_line[:200]), any_value(error_message) from rejected "  # noqa: S608
            f"group by line order by line limit {_MAX_REFUSED}"
        ).fetchall()
        for line, excerpt, reason in found:
            yield Refused(int(line), str(reason).splitlines()[0], str(excerpt))


def _wrong(
    options: FileOptions, columns: Mapping[str, pa.DataType], found: Mapping[str, pa.DataType]
) -> list[tuple[str, str]]:
    """SQL conditions of rows that do not fit, each with the reason."""
    tests = []
    if options.primary_key:
        names = [name for name in options.primary_key if name in found]
        empty = " and ".join(f"{_quoted(name)} is null" for name in names) or "true"
        tests.append((empty, f"no value for the key ({', '.join(options.primary_key)})"))
    for name, kind in columns.items():
        if name in found and found[name] != kind and not _is_text(kind):
            value = _quoted(name)
            tests.append(
                (
                    f"{value} is not null and try_cast({value} as {_sql(kind)}) is null",
                    f"field {name}: not {_sql(kind)}",
                )
            )
    return tests


def _unfit(
    engine: duckdb.DuckDBPyConnection, wrong: Sequence[tuple[str, str]], names: Sequence[str]
) -> Iterator[Refused]:
    if not wrong:
        return
    cases = " ".join(f"when {test} then {_text(reason)}" for test, reason in wrong)
    shown = f"cast(({', '.join(_quoted(name) for name in names)}) as varchar)[:200]" if names else "''"
    for row, reason, excerpt in engine.execute(
        f"select * from (select observer_row, case {cases} end as reason, {shown} from given) where reason is not null "  # noqa: S608
        f"order by observer_row limit {_MAX_REFUSED}"
    ).fetchall():
        yield Refused(int(row), str(reason), str(excerpt))


def _value(name: str, kind: pa.DataType, found: Mapping[str, pa.DataType]) -> str:
    given = found.get(name)
    if given is None:
        return f"cast(null as {_sql(kind)}) as {_quoted(name)}"
    value = _quoted(name)
    if given == kind:
        return value
    if pa.types.is_timestamp(given) and given.tz is not None:
        value = f"{value} at time zone 'UTC'"
    if _is_text(kind) and pa.types.is_nested(given):
        return f"cast(to_json({value}) as varchar) as {_quoted(name)}"
    if _is_text(kind) and pa.types.is_binary(given):
        return f"lower(hex({value})) as {_quoted(name)}"
    return f"cast({value} as {_sql(kind)}) as {_quoted(name)}"


def _kept(kind: pa.DataType) -> pa.DataType:
    """The type in which a column of a Parquet file is kept."""
    if kind in _KEPT:
        return kind
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        return pa.int64() if kind.bit_width > 16 or kind == pa.uint16() else pa.int32()
    return pa.float64() if pa.types.is_floating(kind) else pa.string()


def _sql(kind: pa.DataType) -> str:
    if kind == pa.int32():
        return "integer"
    return next(sql for arrow, sql in TYPES.values() if arrow == kind)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind))


@contextmanager
def _engine(path: Path, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine in memory that spills to `folder`; what it says about the file becomes a SourceError."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "threads": 2,
        "temp_directory": str(folder),
        "autoload_known_extensions": False,
    }
    engine = duckdb.connect(config=settings)
    try:
        engine.execute("set TimeZone = 'UTC'")
        yield engine
    except duckdb.Error as error:
        raise SourceError(f"the file cannot be read: {str(error).splitlines()[0]}", where=path.name) from error
    finally:
        engine.close()


def _pointer(name: str) -> str:
    return "$." + '"' + name.replace('"', '\\"') + '"'


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(path: Path) -> str:
    return _text(str(path))
