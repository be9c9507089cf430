"""The config of a PostgreSQL source: where it is, and which tables to read how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from observer.connectors.sources.files.reading import STAGING
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.ports import Json

_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
_TABLE: dict[str, object] = {
    "type": "object",
    "required": ["table"],
    "additionalProperties": False,
    "properties": {
        "table": {"type": "string", "minLength": 1, "description": "Table or view, as schema.table or table."},
        "stream": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$", "description": "The table's name if absent."},
        "cursor": {
            "type": "string",
            "description": "Column that grows with every change; only rows from its last value on are read.",
        },
        "overlap": {
            "type": "number",
            "minimum": 0,
            "description": "How far below the last value of the cursor to read again: seconds (900) or a number (0).",
        },
        "primary_key": {**_TEXTS, "description": "The table's own if absent."},
        "columns": {**_TEXTS, "description": "All if absent."},
    },
}

SPEC: dict[str, object] = {
    "documentationUrl": "https://docs.airbyte.com/integrations/sources/postgres",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "postgres",
        "type": "object",
        "required": ["url", "tables"],
        "additionalProperties": False,
        "properties": {
            "url": {
                "type": "string",
                "minLength": 1,
                "airbyte_secret": True,
                "description": "postgresql://user:password@host/database",
            },
            "tables": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"type": "string", "minLength": 1}, _TABLE]},
            },
            "tls": {
                "enum": ["verify-full", "require", "off"],
                "description": "verify-full if absent, and off on this machine: what the server has to prove.",
            },
            "ca_file": {
                "type": "string",
                "description": "Certificate authorities to trust; those of the system if absent.",
            },
            "rows_per_file": {"type": "integer", "minimum": 1, "description": "Rows that are handed over together."},
            "statement_timeout_seconds": {"type": "number", "exclusiveMinimum": 0},
            "staging_dir": STAGING,
        },
    },
}
DEFAULT_ROWS = 500_000
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class TableConfig:
    """One table. Empty `primary_key` and `columns`: those of the table; without `cursor` it is read whole."""

    schema: str | None
    table: str
    stream: str
    cursor: str | None
    overlap: float | None
    primary_key: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostgresConfig:
    """A parsed config. `conninfo` holds the password."""

    conninfo: str
    tables: tuple[TableConfig, ...]
    rows_per_file: int
    timeout_seconds: float


def parse_config(config: Json, connector: str) -> PostgresConfig:
    """Reads what the host has checked against SPEC. Raises ConfigError."""
    where = f"[connectors.{connector}]"
    entries = config.get("tables")
    tables = tuple(_table(entry, where) for entry in (entries if isinstance(entries, list) else []))
    names = [table.stream for table in tables]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two tables give the stream {name}", where=where, hint="set `stream`")
    rows, seconds = config.get("rows_per_file"), config.get("statement_timeout_seconds")
    return PostgresConfig(
        _conninfo(config, connector, where),
        tables,
        int(str(rows)) if rows else DEFAULT_ROWS,
        float(str(seconds)) if seconds else 3600.0,
    )


def _table(entry: object, where: str) -> TableConfig:
    given: Mapping[str, object] = entry if isinstance(entry, Mapping) else {"table": entry}
    schema, _, name = str(given["table"]).rpartition(".")
    stream = str(given.get("stream") or name.lower().replace("-", "_"))
    if not stream.replace("_", "a").isalnum() or not stream[0].isalpha():
        raise ConfigError(f"the table {name!r} needs a name for its stream", where=where, hint="set `stream`")
    overlap = given.get("overlap")
    return TableConfig(
        schema or None,
        name,
        stream,
        str(given["cursor"]) if given.get("cursor") else None,
        float(str(overlap)) if overlap is not None else None,
        _texts(given.get("primary_key")),
        _texts(given.get("columns")),
    )


def _conninfo(config: Json, connector: str, where: str) -> str:
    try:
        given = conninfo_to_dict(str(config["url"]))
    except ProgrammingError as error:
        # The message of the library may quote the password.
        raise ConfigError("url is no address of PostgreSQL", where=where) from error
    host = str(given.get("host") or given.get("hostaddr") or "")
    is_local = not host or host.startswith("/") or host in _LOCAL
    tls = config.get("tls") or ("off" if is_local else "verify-full")
    ca_file = str(config.get("ca_file") or "")
    if ca_file and not Path(ca_file).is_file():
        raise ConfigError("there is no such file", where=f"{where} ca_file")
    options: dict[str, object] = {
        "application_name": f"observer {connector}",
        "connect_timeout": 15,
        "keepalives_idle": 60,
        "sslmode": "prefer" if tls == "off" else tls,
    }
    if tls != "off":
        options["sslrootcert"] = ca_file or ("system" if tls == "verify-full" else "")
    return make_conninfo(**{**given, **{name: value for name, value in options.items() if value != ""}})  # type: ignore[arg-type]  # texts and numbers


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()
