"""Staging models written from what a connector offers: one for each stream, with the types of its raw table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from observer.connectors.streams import arrow_schema

if TYPE_CHECKING:
    from observer.ports import Json

_TYPES = {
    pa.string(): "varchar", pa.int32(): "integer", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean",
    pa.date32(): "date", pa.timestamp("us"): "timestamp",
}  # fmt: skip
_ADDED = {"_load_id": "varchar", "_observed_at": "timestamp", "_record_ref": "varchar"}
_OWN = {"_record_ref": "record_ref", "_file": "file_path", "_row": "file_row", "_interval_at": "interval_at"}
_WORDS = frozenset({"all", "and", "as", "by", "case", "column", "date", "desc", "end", "from", "group", "in", "limit",
                    "not", "null", "on", "or", "order", "select", "table", "then", "to", "union", "user", "when",
                    "where"})  # fmt: skip


def staging_files(connector: str, catalog: Json) -> dict[str, str]:
    """The files of a connector's staging folder by name: a model and its YAML for each stream, and the raw tables."""
    table = connector.replace("-", "_")
    streams: Any = catalog["streams"]
    files = {f"{table}__sources.yml": _sources(connector, table, streams)}
    for stream in streams:
        name = f"stg_{table}__{stream['name']}"
        columns = arrow_schema(stream["json_schema"])
        renamed = _renamed(columns.names)
        key = [renamed.get(path[0], path[0]) for path in stream.get("source_defined_primary_key") or ()]
        files[f"{name}.sql"] = _model(table, str(stream["name"]), renamed)
        files[f"{name}.yml"] = _description(name, str(stream["name"]), key)
    return files


def _renamed(names: Iterable[str]) -> dict[str, str]:
    """Names in snake_case, told apart by numbers where two become one."""
    result: dict[str, str] = {}
    for name in names:
        text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        plain = _OWN.get(name) or re.sub(r"[^a-z0-9]+", "_", text).strip("_") or "column"
        plain = f"column_{plain}" if plain[0].isdigit() or plain in _WORDS else plain
        number = 2
        chosen = plain
        while chosen in (*result.values(), "observed_at"):
            chosen = f"{plain}_{number}"
            number += 1
        result[name] = chosen
    return result


def _model(table: str, stream: str, renamed: Mapping[str, str]) -> str:
    lines = [_renaming(name, new) for name, new in renamed.items() if name != "_record_ref"]
    lines += ["_observed_at as observed_at", "_record_ref as record_ref"]
    columns = ",\n        ".join(lines)
    return (
        f"with source as (\n\n    select * from {{{{ source('raw_{table}', '{table}__{stream}') }}}}\n\n),\n\n"  # noqa: S608
        f"final as (\n\n    select\n        {columns}\n    from source\n\n)\n\nselect * from final\n"
    )


def _renaming(name: str, new: str) -> str:
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) is not None and name not in _WORDS
    quoted = name if is_plain else '"' + name.replace('"', '""') + '"'
    return quoted if quoted == new else f"{quoted} as {new}"


def _description(model: str, stream: str, key: Iterable[str]) -> str:
    columns = ", ".join(key)
    tests = (
        f"    data_tests:\n      - primary_key:\n          arguments:\n            columns: [{columns}]\n"
        if columns
        else ""
    )
    grain = f"one row per {columns}" if columns else "one row per row of the source"
    title = stream.replace("_", " ").capitalize()
    return (
        f"version: 2\n\nmodels:\n  - name: {model}\n    description: >\n      {title}.\n      Grain: {grain}.\n{tests}"
    )


def _sources(connector: str, table: str, streams: Iterable[Mapping[str, Any]]) -> str:
    lines = [
        "version: 2",
        "",
        "sources:",
        f"  - name: raw_{table}",
        f"    description: What the connector {connector} wrote, unchanged.",
        '    database: "{{ target.database }}"',
        "    schema: raw",
        "    tables:",
    ]
    for stream in streams:
        kinds = {field.name: _TYPES.get(field.type, "varchar") for field in arrow_schema(stream["json_schema"])}
        lines += [
            f"      - name: {table}__{stream['name']}",
            f"        description: {stream['name'].replace('_', ' ').capitalize()}.",
            "        columns:",
        ]
        for name, kind in {**kinds, **_ADDED}.items():
            text = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
            lines += [
                f"          - name: {name if re.fullmatch(r'[A-Za-z_][A-Za-z0-9_]*', name) else text}",
                f"            data_type: {kind}",
            ]
    return "\n".join(lines) + "\n"
