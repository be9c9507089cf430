"""Reads a manifest of Airbyte's low-code language: its specification, its schemas and the hosts that it speaks to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml

from observer.errors import ConfigError, ContentError

if TYPE_CHECKING:
    from observer.ports import Json

FILE = "manifest.yaml"

# They speak to their token address on their own, past the guarded transport.
_UNGUARDED = frozenset(
    {"OAuthAuthenticator", "LegacySessionTokenAuthenticator", "RateLimitedMultipleTokenAuthenticator"}
)


def read_manifest(folder: Path) -> dict[str, object]:
    """The manifest of a connector's folder. Raises ContentError with the place of what is wrong."""
    path = folder / FILE
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise ContentError.one(path, mark.line + 1 if mark else None, str(problem)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError.one(path, None, f"cannot be read: {error}") from error
    if not isinstance(content, dict) or "streams" not in content or "check" not in content:
        raise ContentError.one(path, None, "a manifest has `check` and `streams`")
    for part in _mappings(content):
        if str(part.get("type")) in _UNGUARDED:
            raise ContentError.one(path, None, f"{part['type']} is not supported", hint="use a token or an API key")
    return content


def specification(manifest: Json) -> dict[str, object]:
    """The ConnectorSpecification that a manifest declares."""
    spec = manifest.get("spec")
    found: Mapping[str, object] = spec if isinstance(spec, Mapping) else {}
    schema = found.get("connection_specification")
    result: dict[str, object] = {"connectionSpecification": dict(schema) if isinstance(schema, Mapping) else {}}
    if isinstance(found.get("documentation_url"), str):
        result["documentationUrl"] = found["documentation_url"]
    return result


def hosts(manifest: Json, config: Json) -> frozenset[str]:
    """The hosts, with their ports where they are unusual, of all base URLs that a manifest has under a config."""
    from observer.connectors.declarative.library import InterpolatedString

    found: set[str] = set()
    for part in _mappings(manifest):
        parameters = part.get("$parameters")
        for key in ("url_base", "url"):
            text = resolve_reference(manifest, part.get(key))
            if not isinstance(text, str):
                continue
            url = InterpolatedString.create(
                text, parameters=parameters if isinstance(parameters, Mapping) else {}
            ).eval(config)
            found |= _host(str(url), key)
    return frozenset(found)


def resolve_reference(manifest: Json, value: object) -> object:
    """A value, or what it refers to as `#/a/b` or `{$ref: "#/a/b"}`."""
    reference = value.get("$ref") if isinstance(value, Mapping) else value
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return value
    found: object = manifest
    for name in reference[2:].split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _host(url: str, key: str) -> set[str]:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"{url!r} has no valid port", where=key) from error
    if not host:
        return set()
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return {host.lower()} if port in (None, usual) else {f"{host.lower()}:{port}"}


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
