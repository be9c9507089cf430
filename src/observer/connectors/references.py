"""Secrets in a connector's config stand as references; here they become what the connector reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from observer.errors import ConfigError

Lookup = Callable[[Mapping[str, object]], str]

_KINDS = ("env", "file")
_SUFFIX = "_env"
_SEPARATOR = re.compile(r"[\s,]+")


def resolved(config: Mapping[str, object], schema: object, lookup: Lookup, where: str) -> dict[str, object]:
    """A config with each `{env = "NAME"}` and `{file = "PATH"}` replaced by what `lookup` finds.

    `<key>_env = "NAME"`, or a list of names, is the short form for `<key>`, where the connector's JSON schema has
    `<key>` and not `<key>_env`; a list takes several values between commas or spaces too. Raises ConfigError for a
    value that the schema marks as `airbyte_secret` and that is no reference: settings are read by more people than
    secrets are meant for.
    """
    result: dict[str, object] = {}
    for name, value in config.items():
        target = name.removesuffix(_SUFFIX)
        if name.endswith(_SUFFIX) and not _is_declared(schema, name) and _is_declared(schema, target):
            if target not in config:
                result[target] = _from_variables(value, _part(schema, target), lookup)
        else:
            result[name] = _value(value, _part(schema, name), lookup, f"{where} {name}")
    return result


def _from_variables(named: object, schema: Mapping[str, Any], lookup: Lookup) -> object:
    values = [lookup({"env": str(name)}) for name in (named if isinstance(named, list) else [named])]
    if schema.get("type") == "array":
        return [part for value in values for part in _SEPARATOR.split(value) if part]
    return values[0].strip()


def is_reference(value: object) -> bool:
    """Whether a value of a config stands for a secret."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _KINDS


def _value(value: object, schema: Mapping[str, Any], lookup: Lookup, where: str) -> object:
    if isinstance(value, Mapping) and is_reference(value):
        return lookup(value)
    if schema.get("airbyte_secret") is True and value not in (None, ""):
        raise ConfigError(
            "this is a secret, which is written as a reference",
            where=where,
            hint='{ env = "VARIABLE" } or { file = "PATH" }',
        )
    if isinstance(value, Mapping):
        return {
            str(name): _value(item, _part(schema, str(name)), lookup, f"{where}.{name}") for name, item in value.items()
        }
    if isinstance(value, list):
        items = schema.get("items")
        return [_value(item, items if isinstance(items, Mapping) else {}, lookup, where) for item in value]
    return value


def _is_declared(schema: object, name: str) -> bool:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return isinstance(properties, Mapping) and name in properties


def _part(schema: object, name: str) -> Mapping[str, Any]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    part = properties.get(name) if isinstance(properties, Mapping) else None
    return part if isinstance(part, Mapping) else {}
