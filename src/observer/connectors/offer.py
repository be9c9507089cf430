"""What a connector offers, in the plain form of the catalogue: streams with their keys and fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from observer.errors import ConfigError, ContentError, SourceError

if TYPE_CHECKING:
    from observer.ports import Json, Source

Offer = tuple[dict[str, object], ...]


def offered(catalog: Json) -> Offer:
    """The streams of an AirbyteCatalog: `name`, `key`, `is_incremental`, and `fields` with `name` and `type`."""
    streams = catalog.get("streams")
    return (
        tuple(_stream(stream) for stream in streams if isinstance(stream, Mapping)) if isinstance(streams, list) else ()
    )


def offered_without_config(source: Source) -> Offer:
    """The streams of a source that are the same under every config; none where they depend on it."""
    try:
        return offered(source.discover({}))
    except (ConfigError, SourceError, ContentError, KeyError):
        return ()


def offered_by_manifest(file: Path) -> Offer:
    """The streams of a manifest with the schemas that stand in it, read without the engine that runs it."""
    manifest = yaml.safe_load(file.read_text(encoding="utf-8"))
    streams = [_follow(manifest, stream) for stream in manifest.get("streams") or ()]
    return tuple(_stream(_declared(manifest, stream)) for stream in streams if isinstance(stream, Mapping))


def _declared(manifest: Mapping[str, Any], stream: Mapping[str, Any]) -> dict[str, object]:
    """An AirbyteStream of a DeclarativeStream, as far as the catalogue needs it."""
    loader = _follow(manifest, stream.get("schema_loader"))
    schema = _follow(manifest, loader.get("schema")) if isinstance(loader, Mapping) else None
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    fields = (
        {name: _follow(manifest, field) for name, field in properties.items()}
        if isinstance(properties, Mapping)
        else {}
    )
    parameters = stream.get("$parameters")
    key = _follow(manifest, stream.get("primary_key")) or []
    names = [key] if isinstance(key, str) else key
    modes = ["full_refresh", "incremental"] if stream.get("incremental_sync") else ["full_refresh"]
    name = stream.get("name") or (parameters.get("name") if isinstance(parameters, Mapping) else "")
    return {
        "name": name,
        "json_schema": {"properties": fields},
        "supported_sync_modes": modes,
        "source_defined_primary_key": [part if isinstance(part, list) else [part] for part in names],
    }


def _stream(stream: Mapping[str, Any]) -> dict[str, object]:
    schema = stream.get("json_schema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    fields = properties.items() if isinstance(properties, Mapping) else ()
    return {
        "name": str(stream.get("name")),
        "key": [".".join(path) for path in stream.get("source_defined_primary_key") or ()],
        "is_incremental": "incremental" in (stream.get("supported_sync_modes") or ()),
        "fields": [{"name": str(name), "type": _kind(field)} for name, field in fields if name != "_record_ref"],
    }


def _kind(field: object) -> str:
    if not isinstance(field, Mapping):
        return "any"
    kinds = field.get("type")
    named = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds or "any"]
    word = field.get("format")
    return str(word) if word in ("date", "date-time") else " or ".join(str(kind) for kind in named)


def _follow(manifest: Mapping[str, Any], value: Any) -> Any:
    """What a value refers to, with what stands beside the reference laid over it."""
    if isinstance(value, str) and value.startswith("#/"):
        return _follow(manifest, _at(manifest, value))
    if isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
        target = _follow(manifest, _at(manifest, value["$ref"]))
        own = {name: item for name, item in value.items() if name != "$ref"}
        return {**target, **own} if isinstance(target, Mapping) else target
    return value


def _at(manifest: Mapping[str, Any], reference: str) -> Any:
    found: Any = manifest
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
