"""Parameters of requests: read from the query string, checked, all mistakes told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from observer.errors import QueryError
from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.model.published import EntityType
from observer.query.answers import Entity
from observer.query.reader import ReleaseReader
from observer.query.request import MAX_PAGE, one_of, parse_day

Value = str | int | bool | date | Grain | EntityType | tuple[str, ...] | None
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query string; `schema` is its OpenAPI schema, `parse` raises ValueError."""

    name: str
    description: str
    schema: Mapping[str, object]
    parse: Callable[[str], Value]
    default: Value = None
    is_required: bool = False


def text(name: str, description: str, *, required: bool = False, default: str | None = None) -> Parameter:
    """A text of at most 500 characters."""
    return Parameter(name, description, {"type": "string", "maxLength": 500}, _text, default, required)


def texts(name: str, description: str) -> Parameter:
    """A comma-separated list of texts."""
    return Parameter(name, description, {"type": "string", "maxLength": 500}, _texts, ())


def day(name: str, description: str) -> Parameter:
    """A date in ISO form."""
    return Parameter(name, description, {"type": "string", "format": "date"}, parse_day)


def limit(default: int = 50, most: int = MAX_PAGE) -> Parameter:
    """The number of items of a page."""

    def parse(value: str) -> int:
        number = int(value)
        if not 1 <= number <= most:
            raise ValueError(f"must be between 1 and {most}")
        return number

    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Parameter("limit", "How many items.", schema, parse, default)


def flag(name: str, description: str) -> Parameter:
    """A boolean, `true` or `false`; absent is neither."""
    return Parameter(name, description, {"type": "boolean"}, _flag)


def grain(default: Grain) -> Parameter:
    """The period of values."""
    schema = {"type": "string", "enum": [g.value for g in Grain], "default": default.value}
    return Parameter("grain", "Length of the period.", schema, _grain, default)


def read(parameters: Sequence[Parameter], query: Mapping[str, str]) -> Values:
    """The values of a request. QueryError names every unknown, missing or malformed parameter."""
    known = {parameter.name: parameter for parameter in parameters}
    mistakes = [f"'{name}' is not a parameter here" for name in query if name not in known]
    values: dict[str, Value] = {}
    for parameter in parameters:
        raw = query.get(parameter.name)
        if raw is None or raw == "":
            if parameter.is_required:
                mistakes.append(f"'{parameter.name}' is missing")
            values[parameter.name] = parameter.default
            continue
        try:
            values[parameter.name] = parameter.parse(raw)
        except ValueError as error:
            mistakes.append(f"'{parameter.name}': {error}")
    if mistakes:
        names = ", ".join(known) or "none"
        raise QueryError("; ".join(mistakes), hint=f"parameters: {names}")
    return values


def entity_of(reader: ReleaseReader, values: Values) -> Entity:
    """The entity that the parameter `entity` names; NotFoundError or QueryError."""
    reference = str(values["entity"])
    kind, _, rest = reference.partition("/")
    if kind not in tuple(EntityType) or not rest:
        raise QueryError(
            f"'{reference[:100]}' names no entity",
            hint="write project/<name>, collection/<name> or artifact/<SOURCE>/<namespace>/<name>",
        )
    entity_type = EntityType(kind)
    if entity_type is not EntityType.ARTIFACT:
        return reader.entity(entity_type, rest)
    parts = rest.split("/", 2)
    if len(parts) == 3 and not _is_id(rest):
        return reader.artifact(parts[0], namespace_of(parts[1]), parts[2])
    return reader.artifact_by_id(rest)


def namespace_of(part: str) -> str:
    """The namespace that a part of an address names; `-` is none, for no address can have an empty part."""
    return "" if part == "-" else part


def as_grain(values: Values) -> Grain:
    """The value of `grain`."""
    return cast("Grain", values["grain"])


def as_date(values: Values, name: str) -> date | None:
    """The value of a date parameter."""
    return cast("date | None", values[name])


def as_int(values: Values, name: str) -> int:
    """The value of a number parameter that has a default."""
    return cast("int", values[name])


def as_flag(values: Values, name: str) -> bool | None:
    """The value of a flag, None where it is absent."""
    return cast("bool | None", values[name])


def as_texts(values: Values, name: str) -> tuple[str, ...]:
    """The value of a list parameter."""
    return cast("tuple[str, ...]", values[name])


def as_text(values: Values, name: str) -> str | None:
    """The value of an optional text parameter."""
    return cast("str | None", values[name])


def _is_id(value: str) -> bool:
    return len(value) == 44 and value.endswith("=")


def _text(value: str) -> str:
    if len(value) > 500:
        raise ValueError("is longer than 500 characters")
    if "\x00" in value:
        raise ValueError("holds a NUL character")
    return value


def _texts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _text(value).split(",") if part.strip())


def _flag(value: str) -> bool:
    return one_of(value, ("true", "false")) == "true"


def _grain(value: str) -> Grain:
    return Grain(one_of(value, tuple(g.value for g in Grain)))


CURSOR = text("cursor", "Where the next page begins, from `next_cursor` of the page before.")
ENTITY = text(
    "entity",
    "The entity: `project/<name>`, `collection/<name>` or `artifact/<SOURCE>/<namespace>/<name>`; ids work as names.",
    required=True,
)


def _classes(value: str) -> tuple[str, ...]:
    return tuple(one_of(each, tuple(UserClass)) for each in _texts(value))


CLASSES = Parameter(
    "classes",
    f"Classes of users that count, comma-separated: {', '.join(UserClass)}; those of the definition if absent.",
    {"type": "string", "maxLength": 500},
    _classes,
    (),
)
METRIC = text("metric", "Name of the metric.", required=True)
FORMAT = Parameter(
    "format",
    "Form of the answer; CSV for lists.",
    {"type": "string", "enum": ["json", "csv"], "default": "json"},
    lambda value: one_of(value, ("json", "csv")),
    "json",
)


def _release(value: str) -> int:
    number = int(value)
    if not 1 <= number <= 2**31 - 1:
        raise ValueError("must be a release number")
    return number


RELEASE = Parameter(
    "release",
    "Number of the release to read; the current one if absent.",
    {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    _release,
)
