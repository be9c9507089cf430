"""Checks what a connector declares: its config against its specification, and the catalogue of its streams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from observer.connectors.streams import configured
from observer.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from observer.ports import Json

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def validate_config(connector: str, spec: Json, config: Json) -> None:
    """Returns if a config fits the connector's JSON schema; raises one ConfigError with everything that is wrong."""
    import jsonschema

    schema = spec.get("connectionSpecification")
    if not isinstance(schema, Mapping):
        raise SourceError("the specification has no connectionSpecification", where=connector)
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft7Validator)
    try:
        kind.check_schema(_plain(schema))
    except jsonschema.SchemaError as error:
        raise SourceError(f"the specification is not a JSON schema: {error.message}", where=connector) from error
    wrong = sorted(
        kind(_plain(schema)).iter_errors(_plain(config)), key=lambda error: list(map(str, error.absolute_path))
    )
    if wrong:
        raise ConfigError(
            "; ".join(_sentence(error) for error in wrong),
            where=f"[connectors.{connector}]",
            hint=f"see `observer connectors spec {connector}`",
        )


def configure(connector: str, catalog: Json, names: Iterable[str] | None) -> Json:
    """The ConfiguredAirbyteCatalog of all streams, or of those named. Raises SourceError or ConfigError."""
    streams = catalog.get("streams")
    if not isinstance(streams, list) or not streams:
        raise SourceError("the connector has no streams", where=connector)
    known: set[str] = set()
    for stream in streams:
        name = stream.get("name") if isinstance(stream, Mapping) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise SourceError(f"a stream cannot be named {name!r}", where=connector)
        if not isinstance(stream.get("json_schema"), Mapping):
            raise SourceError(f"stream {name} has no JSON schema", where=connector)
        if name.lower() in known:
            raise SourceError(f"two streams are named {name}", where=connector)
        known.add(name.lower())
    chosen = None if names is None else list(names)
    for name in chosen or ():
        if name.lower() not in known:
            raise ConfigError(
                f"no stream {name!r}", where=connector, hint=f"its streams are {', '.join(sorted(known))}"
            )
    return configured(catalog, chosen)


def _sentence(error: object) -> str:
    """One violation without the value that it is about: a value may be a secret."""
    path = ".".join(str(part) for part in getattr(error, "absolute_path", ()))
    word, wanted = str(getattr(error, "validator", "")), getattr(error, "validator_value", None)
    if word == "required":
        instance = getattr(error, "instance", {})
        missing = [name for name in wanted or () if name not in instance]
        return f"{path + ': ' if path else ''}missing {', '.join(missing)}"
    if word == "additionalProperties":
        schema = getattr(error, "schema", {})
        unknown = sorted(set(getattr(error, "instance", {})) - set(schema.get("properties", {})))
        return f"{path + ': ' if path else ''}unknown {', '.join(unknown)}"
    rules = {"type": "must be of type", "enum": "must be one of", "pattern": "must match", "const": "must be"}
    return f"{path or 'config'}: {rules.get(word, f'does not satisfy {word}')} {_listed(wanted)}".rstrip()


def _listed(wanted: object) -> str:
    if isinstance(wanted, list):
        return ", ".join(str(item) for item in wanted if not isinstance(item, Mapping))
    return "" if isinstance(wanted, Mapping) else str(wanted)


def _plain(value: object) -> Any:
    """Mappings and sequences as the dictionaries and lists that a JSON schema knows."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
