"""How a stream of files is to be read: format, dialect, columns and key, as configs of generic connectors say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from observer.connectors.streams import json_schema
from observer.errors import ConfigError
from observer.model.load import WriteMode

FORMATS = ("csv", "json", "jsonl", "parquet")
TYPES: Mapping[str, tuple[pa.DataType, str]] = {
    "text": (pa.string(), "varchar"),
    "integer": (pa.int64(), "bigint"),
    "double": (pa.float64(), "double"),
    "boolean": (pa.bool_(), "boolean"),
    "date": (pa.date32(), "date"),
    "timestamp": (pa.timestamp("us"), "timestamp"),
}
"""The types that a column may be given, as Arrow and as DuckDB have them."""

REFERENCE = "_record_ref"
FILE, ROW, INTERVAL = "_file", "_row", "_interval_at"
RESERVED = frozenset({"_load_id", "_observed_at", REFERENCE, FILE, ROW, INTERVAL, "_extra"})

_EXTENSIONS = {"csv": "csv", "tsv": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}
_ENCODINGS = ("utf-8", "utf-16", "latin-1")

PROPERTIES: Mapping[str, object] = {
    "format": {"enum": list(FORMATS), "description": "Format of the files; by the end of the name if absent."},
    "primary_key": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Columns that tell rows apart; rows without a value in all of them are refused.",
    },
    "columns": {
        "type": "object",
        "additionalProperties": {"enum": list(TYPES)},
        "description": "Columns to keep, with their types. Without it all columns are kept as the file has them.",
    },
    "delimiter": {"type": "string", "minLength": 1, "maxLength": 1, "description": "Of CSV; a comma if absent."},
    "quote": {"type": "string", "maxLength": 1, "description": "Of CSV; a double quote if absent, empty for none."},
    "encoding": {"enum": list(_ENCODINGS), "description": "Of CSV and JSON; utf-8 if absent."},
    "header": {"type": "boolean", "description": "Whether CSV files start with names of columns; true if absent."},
    "records": {"type": "string", "description": "Where the records are in a JSON document: names with dots."},
}


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How the files of one stream are read. `columns` empty: those that the file has; `records` empty: the document."""

    stream: str
    format: str
    primary_key: tuple[str, ...] = ()
    columns: Mapping[str, str] | None = None
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    has_header: bool = True
    records: tuple[str, ...] = ()


def parse_options(entry: Mapping[str, object], stream: str, name: str, where: str) -> FileOptions:
    """The options of one stream of a config; `name` is that of a file, for its format.

    Raises ConfigError for what the JSON schema of the config cannot tell.
    """
    kind = str(entry.get("format") or format_of(name))
    if kind not in FORMATS:
        raise ConfigError("the format cannot be told from the name", where=where, hint=f"format: {', '.join(FORMATS)}")
    columns = entry.get("columns")
    declared = {str(key): str(value) for key, value in columns.items()} if isinstance(columns, Mapping) else None
    key = _texts(entry.get("primary_key"))
    has_header = entry.get("header") is not False
    if kind == "csv" and not has_header and not declared:
        raise ConfigError("a CSV file without a header needs `columns`", where=where)
    if declared is not None and not set(key) <= set(declared):
        raise ConfigError("a column of the primary key is not among `columns`", where=where)
    require_names([*(declared or ()), *key], where)
    records = str(entry.get("records") or "")
    quote = entry.get("quote")
    default = "\t" if name.lower().removesuffix(".gz").endswith(".tsv") else ","
    return FileOptions(
        stream,
        kind,
        key,
        declared,
        str(entry.get("delimiter") or default),
        quote if isinstance(quote, str) else '"',
        str(entry.get("encoding") or "utf-8"),
        has_header,
        tuple(records.split(".")) if records else (),
    )


def format_of(name: str) -> str:
    """The format that the end of a file's name tells, empty if none; `.gz` and `.zip` are looked behind."""
    parts = name.lower().rsplit("/", 1)[-1].split(".")
    while parts and parts[-1] in ("gz", "zip"):
        parts.pop()
    return _EXTENSIONS.get(parts[-1], "") if len(parts) > 1 else ""


def require_names(names: Sequence[str], where: str) -> None:
    """Raises ConfigError for names of columns that a raw table cannot have."""
    seen: set[str] = set()
    for name in names:
        if not name or name.lower() in RESERVED or "\x00" in name:
            raise ConfigError(f"a column cannot be named {name!r}", where=where)
        seen.add(name.lower())


def stream_of(
    options: FileOptions, columns: Mapping[str, pa.DataType], mode: WriteMode, *, dated: bool = False
) -> dict[str, object]:
    """The AirbyteStream of some files: their columns, where each row comes from, and how rows meet earlier ones."""
    fields = [pa.field(name, kind) for name, kind in columns.items()]
    fields += [pa.field(name, kind) for name, kind in provenance(options, dated=dated).items()]
    incremental = mode is not WriteMode.OVERWRITE
    stream: dict[str, object] = {
        "name": options.stream,
        "json_schema": json_schema(pa.schema(fields), immutable=mode is WriteMode.APPEND_NEW),
        "supported_sync_modes": ["full_refresh", "incremental"] if incremental else ["full_refresh"],
        "source_defined_primary_key": [[name] for name in key_of(options)],
        "is_file_based": False,
    }
    return stream | ({"source_defined_cursor": True} if incremental else {})


def key_of(options: FileOptions) -> tuple[str, ...]:
    """The columns that tell rows apart: those of the config, else file and row."""
    return options.primary_key or (FILE, ROW)


def provenance(options: FileOptions, *, dated: bool) -> dict[str, pa.DataType]:
    """The columns that say where a row is from. Rows with a key are the same wherever in the files they stand."""
    place = {} if options.primary_key else {FILE: pa.string(), ROW: pa.int64()}
    return {**place, **({INTERVAL: pa.timestamp("us")} if dated else {}), REFERENCE: pa.string()}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()
