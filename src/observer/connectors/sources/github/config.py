"""The config of the github source, and its specification."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from observer.connectors.declarative.options import TransportOptions, split_config, with_transport
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.ports import Json

API = "https://api.github.com"

_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:_[A-Za-z0-9]+)?"
OWNER = re.compile(_OWNER)
REPOSITORY = re.compile(rf"{_OWNER}/[A-Za-z0-9._-]+")
# A limit of GitHub ends within the hour.
_LONGEST_WAIT = 3_700.0

_OWN: Json = {
    "documentationUrl": "https://docs.github.com/en/graphql",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "GitHub",
        "type": "object",
        "additionalProperties": False,
        "required": ["tokens"],
        "properties": {
            "tokens": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
                "airbyte_secret": True,
                "description": "Access tokens. Work goes to the one with the most left; public data needs no scope.",
            },
            "repositories": {
                "type": "array",
                "items": {"type": "string", "pattern": f"^{_OWNER}/[A-Za-z0-9._-]+$"},
                "description": "Repositories as `owner/name`; the directory fills it.",
            },
            "owners": {
                "type": "array",
                "items": {"type": "string", "pattern": f"^{_OWNER}$"},
                "description": "Organizations and users, for all their public repositories; the directory fills it.",
            },
            "api_url": {"type": "string", "default": API, "description": "REST API, without a slash at its end."},
            "graphql_url": {"type": "string", "description": "GraphQL API; `<api_url>/graphql` where it is not given."},
            "sbom_days": {
                "type": "integer",
                "minimum": 0,
                "default": 7,
                "description": "Days between two bills of material of a repository that changes; 0 asks for none.",
            },
            "usage": {"type": "boolean", "default": True, "description": "Write what a run spent as a stream."},
            "cache_dir": {"type": "string", "description": "Folder of answers kept for conditional requests."},
        },
    },
}

SPEC: Json = with_transport(_OWN)


@dataclass(frozen=True, slots=True)
class Config:
    """A config that was checked against SPEC. Names of targets are in lower case, each once, in their order."""

    tokens: tuple[str, ...]
    repositories: tuple[str, ...]
    owners: tuple[str, ...]
    api_url: str
    graphql_url: str
    sbom_days: int
    has_usage: bool
    transport: TransportOptions


def parse_config(config: Json) -> Config:
    """The config; ConfigError where it names neither repositories nor owners, or something that is no name."""
    own, _ = split_config(config)
    cache_dir = own.get("cache_dir")
    given = config.get("transport")
    limits = {"longest_wait_seconds": _LONGEST_WAIT, **(given if isinstance(given, dict) else {})}
    _, transport = split_config({"transport": limits}, Path(cache_dir) if isinstance(cache_dir, str) else None)
    api_url = str(own.get("api_url") or API).rstrip("/")
    days = own.get("sbom_days", 7)
    tokens = tuple(dict.fromkeys(_texts(own, "tokens")))
    if not tokens:
        raise ConfigError("no token is given", where="github", hint="set `tokens_env` to the names of variables")
    return Config(
        tokens=tokens,
        repositories=_names(own, "repositories", REPOSITORY),
        owners=_names(own, "owners", OWNER),
        api_url=api_url,
        graphql_url=str(own.get("graphql_url") or f"{api_url}/graphql"),
        sbom_days=days if isinstance(days, int) else 7,
        has_usage=own.get("usage") is not False,
        transport=transport,
    )


def _names(config: Json, key: str, form: re.Pattern[str]) -> tuple[str, ...]:
    names = _texts(config, key)
    for name in names:
        if not form.fullmatch(name):
            raise ConfigError(f"{name!r} is no name on GitHub", where=f"github.{key}")
    return tuple(dict.fromkeys(name.lower() for name in names))


def _texts(config: Json, key: str) -> list[str]:
    values = config.get(key)
    listed = values if isinstance(values, Sequence) and not isinstance(values, str) else ()
    return [str(value) for value in listed]
