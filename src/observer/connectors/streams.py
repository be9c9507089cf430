"""Streams of our own sources, declared once as Arrow schemas; the Airbyte catalogue is derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.model.load import StreamTable, WriteMode

if TYPE_CHECKING:
    from observer.ports import Json

_SCALARS: tuple[tuple[pa.DataType, dict[str, object]], ...] = (
    (pa.string(), {"type": ["null", "string"]}),
    (pa.int32(), {"type": ["null", "integer"], "x-observer-bits": 32}),
    (pa.int64(), {"type": ["null", "integer"]}),
    (pa.float64(), {"type": ["null", "number"]}),
    (pa.bool_(), {"type": ["null", "boolean"]}),
    (pa.date32(), {"type": ["null", "string"], "format": "date"}),
    (
        pa.timestamp("us"),
        {
            "type": ["null", "string"],
            "format": "date-time",
            "airbyte_type": "timestamp_without_timezone",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a source: name, columns, key and how rows meet those of earlier syncs."""

    name: str
    schema: pa.Schema
    primary_key: tuple[str, ...]
    mode: WriteMode

    def airbyte(self) -> dict[str, object]:
        """The AirbyteStream object of this stream."""
        incremental = self.mode is not WriteMode.OVERWRITE
        stream: dict[str, object] = {
            "name": self.name,
            "json_schema": json_schema(self.schema, immutable=self.mode is WriteMode.APPEND_NEW),
            "supported_sync_modes": ["full_refresh", "incremental"] if incremental else ["full_refresh"],
            "source_defined_primary_key": [[column] for column in self.primary_key],
            "is_file_based": False,
        }
        if incremental:
            stream["source_defined_cursor"] = True
        return stream


def catalog(streams: Iterable[Stream]) -> Json:
    """The AirbyteCatalog of some streams."""
    return {"streams": [stream.airbyte() for stream in streams]}


def json_schema(schema: pa.Schema, *, immutable: bool) -> dict[str, object]:
    """The JSON schema of an Arrow schema, with Airbyte's type annotations."""
    result: dict[str, object] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": {field.name: _json_type(field.type) for field in schema},
    }
    if immutable:
        result["x-observer-immutable"] = True
    return result


def arrow_schema(schema: Mapping[str, object]) -> pa.Schema:
    """The Arrow schema of a stream's JSON schema; what has no precise type becomes text holding JSON."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return pa.schema([])
    return pa.schema([pa.field(str(name), _arrow_type(spec)) for name, spec in properties.items()])


def stream_table(connector: str, configured: Mapping[str, object]) -> StreamTable:
    """Where a ConfiguredAirbyteStream lands."""
    stream, schema = _stream_and_schema(configured)
    key = configured.get("primary_key") or stream.get("source_defined_primary_key")
    mode = WriteMode.OVERWRITE
    if configured.get("destination_sync_mode") != "overwrite":
        mode = WriteMode.APPEND_NEW if schema.get("x-observer-immutable") else WriteMode.UPSERT
    return StreamTable(
        connector=connector,
        stream=str(stream["name"]),
        schema=arrow_schema(schema),
        primary_key=tuple(str(path[0]) for path in key) if isinstance(key, list) else (),
        mode=mode,
    )


def configured(catalog_: Json, names: Iterable[str] | None = None) -> Json:
    """A ConfiguredAirbyteCatalog that takes streams in their natural way: all of them, or the named ones."""
    chosen = None if names is None else set(names)
    streams = catalog_["streams"]
    if not isinstance(streams, list):
        raise TypeError("a catalogue holds a list of streams")
    return {"streams": [_configure(s) for s in streams if chosen is None or s["name"] in chosen]}


def _stream_and_schema(configured: Mapping[str, object]) -> tuple[Mapping[str, object], Mapping[str, object]]:
    stream = configured["stream"]
    schema = stream.get("json_schema") if isinstance(stream, Mapping) else None
    if not isinstance(stream, Mapping) or not isinstance(schema, Mapping):
        raise TypeError("a configured stream holds a stream object with a JSON schema")
    return stream, schema


def _configure(stream: Mapping[str, object]) -> dict[str, object]:
    modes = stream.get("supported_sync_modes") or ["full_refresh"]
    incremental = isinstance(modes, list) and "incremental" in modes
    return {
        "stream": dict(stream),
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "primary_key": stream.get("source_defined_primary_key") or [],
    }


def _json_type(kind: pa.DataType) -> dict[str, object]:
    for scalar, spec in _SCALARS:
        if kind == scalar:
            return dict(spec)
    if pa.types.is_list(kind):
        return {"type": ["null", "array"], "items": _json_type(kind.value_type)}
    if pa.types.is_struct(kind):
        fields = {field.name: _json_type(field.type) for field in kind}
        return {"type": ["null", "object"], "properties": fields}
    raise TypeError(f"no JSON type for {kind}")


def _arrow_type(spec: Mapping[str, object]) -> pa.DataType:
    for scalar, known in _SCALARS:
        if all(spec.get(key) == value for key, value in known.items()) and set(known) >= (
            set(spec) & {"type", "format", "airbyte_type", "x-observer-bits"}
        ):
            return scalar
    kinds = spec.get("type")
    kind = next((k for k in kinds if k != "null"), "string") if isinstance(kinds, list) else kinds
    items, properties = spec.get("items"), spec.get("properties")
    if kind == "array" and isinstance(items, Mapping):
        return pa.list_(_arrow_type(items))
    if kind == "object" and isinstance(properties, Mapping) and properties:
        return pa.struct([pa.field(str(k), _arrow_type(v)) for k, v in properties.items()])
    if kind == "integer":
        return pa.int64()
    if kind == "number":
        return pa.float64()
    if kind == "boolean":
        return pa.bool_()
    if kind == "string" and spec.get("format") in ("date-time", "date"):
        return pa.date32() if spec["format"] == "date" else pa.timestamp("us")
    return pa.string()
