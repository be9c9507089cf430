"""One metric file: its fields, their rules and the sentences for what is wrong. Pure; reads no files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from observer.errors import Problem
from observer.model.event import EventType
from observer.model.metric import Absent, Grain, Kind, Needs, Total
from observer.model.people import UserClass
from observer.yaml_text import Document, Place


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class ExampleEventText(_Section):
    day: date
    type: EventType
    to: str = Field(min_length=1)
    person: str | None = Field(default=None, alias="from", min_length=1)
    amount: float | None = 1.0


class ExampleItemText(_Section):
    kind: Literal["issue", "pull_request"]
    to: str = Field(min_length=1)
    person: str = Field(alias="from", min_length=1)
    opened: datetime
    responded: datetime | None = None
    merged: datetime | None = None
    closed: datetime | None = None
    merged_by: str | None = Field(default=None, min_length=1)


class ExampleAffiliationText(_Section):
    person: str = Field(min_length=1)
    organization: str | None = Field(default=None, min_length=1)
    since: date | None = None
    until: date | None = None


class ExampleRowText(_Section):
    entity: str = Field(min_length=1)
    grain: Grain
    bucket: date
    amount: float


class EmptySeriesText(_Section):
    entity: str = Field(min_length=1)
    grain: Grain


class ExampleText(_Section):
    title: str = Field(min_length=1)
    as_of: date
    events: tuple[ExampleEventText, ...] = Field(min_length=1)
    items: tuple[ExampleItemText, ...] = ()
    affiliations: tuple[ExampleAffiliationText, ...] = ()
    rows: tuple[ExampleRowText, ...] = ()
    empty: tuple[EmptySeriesText, ...] = ()


class ThresholdsText(_Section):
    min_active_days: int = Field(default=1, ge=1, le=30)
    max_active_days: int | None = Field(default=None, ge=1, le=30)


class MetricText(_Section):
    """The file as written. Keys stand in this order."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    description: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    kind: Kind
    events: tuple[EventType, ...] = ()
    numerator: str | None = None
    denominator: str | None = None
    thresholds: ThresholdsText | None = None
    first_only: bool = False
    classes: tuple[UserClass, ...] | None = None
    grains: tuple[Grain, ...] = tuple(Grain)
    headline_grain: Grain
    absent: Absent = Absent.ZERO
    needs: Needs | None = None
    total: Total | None = None
    per_entity: bool = False
    people_events: tuple[EventType, ...] = ()
    original_names: tuple[str, ...] | None = None
    caveats: tuple[str, ...] = Field(min_length=1)
    examples: tuple[ExampleText, ...] = Field(min_length=1)


_VOCABULARY: dict[str, list[str]] = {
    "type": [item.value for item in EventType],
    "events": [item.value for item in EventType],
    "people_events": [item.value for item in EventType],
    "grain": [item.value for item in Grain],
    "grains": [item.value for item in Grain],
    "headline_grain": [item.value for item in Grain],
    "kind": [item.value for item in Kind],
    "classes": [item.value for item in UserClass],
    "absent": [item.value for item in Absent],
    "needs": [item.value for item in Needs],
    "total": [item.value for item in Total],
}
_NOUN = {
    "type": "event type",
    "events": "event type",
    "people_events": "event type",
    "grains": "grain",
    "headline_grain": "grain",
    "classes": "class",
}


def check_fields(document: Document, path: str) -> MetricText | list[Problem]:
    """The typed file, or everything that is wrong with single fields."""
    try:
        return MetricText.model_validate(document.data)
    except ValidationError as error:
        return [_problem(dict(item), document, path) for item in error.errors()]


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Advice that names the nearest valid word, if one is near."""
    matches = get_close_matches(word, list(words), n=1, cutoff=0.6) or get_close_matches(
        word.upper(), list(words), n=1, cutoff=0.6
    )
    return f"did you mean '{matches[0]}'?" if matches else None


def _problem(item: dict[str, object], document: Document, path: str) -> Problem:
    place = _place(item["loc"])
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    line, given, code = document.line(place), item.get("input"), item["type"]
    where = ".".join(str(part) for part in place) or "the file"
    if code == "extra_forbidden":
        fields = _fields(place[:-1])
        return Problem(path, line, f"unknown key '{where}'", nearest(name, fields))
    if code == "missing":
        return Problem(path, line, f"'{where}' is missing")
    if code == "enum" and isinstance(given, str):
        words = _VOCABULARY[name]
        hint = nearest(given, words) or f"one of {', '.join(words)}"
        return Problem(path, line, f"unknown {_NOUN.get(name, name)} '{given}'", hint)
    return Problem(path, line, f"{where}: {str(item['msg']).lower()}")


def _place(location: object) -> Place:
    assert isinstance(location, tuple)  # noqa: S101 - documented shape of pydantic's errors
    return tuple(part for part in location if isinstance(part, str | int))


def _fields(place: Place) -> list[str]:
    sections: dict[str, type[_Section]] = {
        "thresholds": ThresholdsText,
        "examples": ExampleText,
        "events": ExampleEventText,
        "items": ExampleItemText,
        "affiliations": ExampleAffiliationText,
        "rows": ExampleRowText,
        "empty": EmptySeriesText,
    }
    names = [part for part in place if isinstance(part, str)]
    section = sections.get(names[-1], MetricText) if names else MetricText
    return [field.alias or name for name, field in section.model_fields.items()]
