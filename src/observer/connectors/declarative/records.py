"""Watches the records of a stream against its declared schema: refuses what lacks a required field, tells of drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from observer.connectors import messages
from observer.connectors.values import excerpt

Message = dict[str, object]

ONLY_DECLARED = "x-observer-only-declared"

REFERENCE = "_record_ref"

_ENOUGH = 20


class Watch:
    """One stream of one read. Fields that the schema does not name are kept for the host to decide about,

    unless the schema says `x-observer-only-declared: true`."""

    def __init__(self, connector: str, stream: Mapping[str, Any]) -> None:
        self.stream = str(stream["name"])
        schema: Mapping[str, object] = stream["json_schema"]
        self._place = f"{connector}:{self.stream}/"
        self._key = tuple(str(path[0]) for path in stream.get("source_defined_primary_key") or [])
        properties, required = schema.get("properties"), schema.get("required")
        self._declared = frozenset(properties) if isinstance(properties, Mapping) else frozenset()
        self._is_referred_to = REFERENCE in self._declared and bool(self._key)
        self._required = tuple(str(name) for name in required) if isinstance(required, list) else ()
        self._is_closed = schema.get(ONLY_DECLARED) is True
        self._missing = set(self._declared) - {REFERENCE}
        self._unknown: set[str] = set()
        self._count = 0

    def kept(self, data: Mapping[str, object]) -> dict[str, object]:
        """The fields of a record that its stream takes, and where it comes from."""
        row = {name: value for name, value in data.items() if not self._is_closed or name in self._declared}
        if self._is_referred_to and REFERENCE not in row:
            row[REFERENCE] = self._place + "/".join(str(data.get(name)) for name in self._key)
        return row

    def missing(self, data: Mapping[str, object]) -> Message | None:
        """The record as refused input if it lacks a required field, else None."""
        self._count += 1
        self._missing -= {name for name in self._missing if data.get(name) is not None}
        self._unknown |= data.keys() - self._declared
        absent = [name for name in self._required if data.get(name) in (None, "")]
        if not absent:
            return None
        return messages.quarantine(
            self.stream, self.stream, self._count, f"no value for {', '.join(absent)}", excerpt(data)
        )

    def drift(self) -> Iterator[Message]:
        """Warnings about a schema that is no longer that of the upstream."""
        if self._declared and self._unknown and not self._is_closed:
            yield messages.log("WARN", f"schema drift: {self.stream} has new fields: {_listed(self._unknown)}")
        if self._count >= _ENOUGH and self._missing:
            what = f"none of {self._count} records of {self.stream} has a value for {_listed(self._missing)}"
            yield messages.log("WARN", f"schema drift: {what}")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)[:_ENOUGH])
