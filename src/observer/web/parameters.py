"""What readers write into an address: choices, dates, entities and release numbers, refused in words where wrong."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeVar

from starlette.requests import Request

from observer.errors import NotFoundError, QueryError
from observer.model.published import EntityType
from observer.query.answers import Entity
from observer.query.reader import ReleaseReader
from observer.query.request import one_of, parse_day

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice(text: str | None, kind: type[_Choice], default: _Choice) -> _Choice:
    """The choice of this name, the default for none; QueryError for others."""
    if not text:
        return default
    try:
        return kind(one_of(text, tuple(kind)))
    except ValueError as error:
        raise QueryError(str(error)) from error


def day(text: str | None) -> date | None:
    """The date, None for none; QueryError where it is none."""
    try:
        return parse_day(text) if text else None
    except ValueError as error:
        raise QueryError(f"'{text}' is not a date", hint="write it as 2026-01-31") from error


def release_number(request: Request) -> int | None:
    """The number of the release that the address pins, None for the current one."""
    return number_of(request.query_params.get("release"))


def number_of(text: str | None) -> int | None:
    """The number of a release, None for none; QueryError where the text is no number."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise QueryError(f"'{text[:50]}' is not the number of a release")
    return int(text)


def named_entity(reader: ReleaseReader, reference: str) -> Entity:
    """The entity of a reference: project/<name>, collection/<name>, artifact/<source>/<namespace>/<name>."""
    kind, _, rest = reference.partition("/")
    if kind == EntityType.ARTIFACT and rest.count("/") >= 2:
        source, namespace, name = rest.split("/", 2)
        return reader.artifact(source, namespace, name)
    if kind in (EntityType.PROJECT, EntityType.COLLECTION) and rest:
        return reader.entity(EntityType(kind), rest)
    raise NotFoundError(f"'{reference[:100]}' names no entity")
