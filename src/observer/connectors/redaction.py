"""What a connector says, made fit for logs and terminals: no control characters, no secrets, no endless lines."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands: titles, links, clipboard
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movement
    r"|\x1b."
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MASK = "***"
_SHORTEST_SECRET = 4


def plain(text: str, limit: int = 2000) -> str:
    """One line without terminal escapes, control characters and direction marks, cut to `limit` characters."""
    return plain_lines(text[: limit * 4], limit).replace("\n", " ")


def plain_lines(text: str, limit: int = 100_000) -> str:
    """The same with its line breaks kept, for errors that list what is wrong."""
    clean = _CONTROL.sub(" ", _ESCAPES.sub("", text)).replace("\t", " ")
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


class Redactor:
    """Replaces secret values, also in their base64 and URL forms, by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                encoded = base64.b64encode(secret.encode()).decode()
                forms |= {secret, quote(secret, safe=""), quote(secret), encoded, encoded.rstrip("=")}
        self._pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
        self._active = bool(forms)

    def __call__(self, text: str) -> str:
        return self._pattern.sub(_MASK, text) if self._active else text


def secrets_of(config: object, schema: object) -> Iterator[str]:
    """The config values that a connector's JSON schema marks with `airbyte_secret`."""
    if not isinstance(schema, Mapping):
        return
    if schema.get("airbyte_secret") is True:
        yield from _texts(config)
        return
    for word in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(word) or ():
            yield from secrets_of(config, branch)
    properties = schema.get("properties")
    if isinstance(config, Mapping) and isinstance(properties, Mapping):
        for name, part in properties.items():
            if name in config:
                yield from secrets_of(config[name], part)
    if isinstance(config, list):
        for item in config:
            yield from secrets_of(item, schema.get("items"))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
