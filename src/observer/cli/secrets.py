"""Secrets of connectors by reference: `<key>_env` in observer.toml names the variables that hold the secret."""

from __future__ import annotations

import re
from collections.abc import Mapping

from observer.errors import ConfigError

_SUFFIX = "_env"
_SEPARATOR = re.compile(r"[\s,]+")


def has_references(config: Mapping[str, object]) -> bool:
    """Whether a config refers to variables."""
    return any(key.endswith(_SUFFIX) for key in config)


def resolved(
    connector: str, config: Mapping[str, object], properties: Mapping[str, object], environment: Mapping[str, str]
) -> dict[str, object]:
    """A config with each `<key>_env` replaced by `<key>` and the value of the variables that it names.

    That is done where `properties`, those of the connector's schema, have `<key>` and not `<key>_env`. A list takes
    one variable or several, each with one value or several between commas or spaces. Raises ConfigError for a variable
    that is not set.
    """
    result = dict(config)
    for key, named in config.items():
        target = key.removesuffix(_SUFFIX)
        declared = properties.get(target)
        if not key.endswith(_SUFFIX) or key in properties or not isinstance(declared, Mapping) or target in config:
            continue
        del result[key]
        values = [_value(connector, key, str(name), environment) for name in _names(named)]
        if declared.get("type") == "array":
            result[target] = [part for value in values for part in _SEPARATOR.split(value) if part]
        else:
            result[target] = values[0]
    return result


def _names(named: object) -> list[object]:
    return named if isinstance(named, list) and named else [named]


def _value(connector: str, key: str, name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigError(
            f"the variable {name} is not set", where=f"[connectors.{connector}] {key}", hint="export it, or disable it"
        )
    return value
