"""Judges single records that the columnar reader found suspect: what can still be loaded, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from observer.connectors.sources.github_archive import documents
from observer.connectors.sources.github_archive.people import redact
from observer.connectors.sources.github_archive.shapes import FIRST_DATE, LAST_DATE, SHAPES

_LIMITS = {"BIGINT": 2**63, "INTEGER": 2**31}
_EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record that loads: the shape to read it with, and its text, mended where it needed that."""

    era: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that does not load, and the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing but white space."""


Verdict = Accepted | Refused | Blank


def judge(text: bytes, max_line_bytes: int) -> list[Verdict]:
    """The verdict on one record; several if documents share the line."""
    body = text.removeprefix(documents.BOM).strip()
    if not body:
        return [Blank()]
    if len(body) > max_line_bytes:
        return [too_long(max_line_bytes)]
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _separate(body, str(error), max_line_bytes)
    if isinstance(record, list) and documents.is_array(body):
        return [verdict for piece in documents.split(body) for verdict in judge(piece.text, max_line_bytes)]
    return [_judge_record(record, body)]


def too_long(max_line_bytes: int) -> Refused:
    return Refused(f"line longer than {max_line_bytes} bytes")


def era_of(record: Mapping[str, object]) -> str:
    """The shape of a record: `timeline` up to 2014, `events` since."""
    if isinstance(record.get("actor"), Mapping) or isinstance(record.get("repo"), Mapping):
        return "events"
    is_timeline = "repository" in record or "actor_attributes" in record or "id" not in record
    return "timeline" if is_timeline else "events"


def excerpt(text: bytes) -> str:
    """The beginning of a record for people to look at, with addresses hashed and without control characters."""
    shown = text[: 2 * _EXCERPT].decode("utf-8", "replace")
    return redact("".join(sign if sign.isprintable() else " " for sign in shown))[:_EXCERPT]


def _separate(body: bytes, error: str, max_line_bytes: int) -> list[Verdict]:
    pieces = list(documents.split(body))
    if len(pieces) > 1:
        return [verdict for piece in pieces for verdict in judge(piece.text, max_line_bytes)]
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return [Refused("invalid UTF-8")]
    if "surrogate" in error:
        return [Refused("lone surrogate")]
    if pieces and not pieces[0].is_whole and body[:1] == b"{":
        return [Refused("the record ends early")]
    return [Refused(f"not JSON: {error}")]


def _judge_record(record: object, body: bytes) -> Verdict:
    if not isinstance(record, dict):
        return Refused(f"not an object but {_kind(record)}")
    if rb"\u0000" in body and _has_nul(record):
        return Refused("contains a NUL character")
    payload = record.get("payload")
    if isinstance(payload, str):
        try:
            record["payload"] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return Refused("the payload is a text that is not JSON")
        body = orjson.dumps(record)
    era = era_of(record)
    reason = _missing(record, era) or next(_mistyped(record, SHAPES[era], ""), None)
    return Refused(reason) if reason else Accepted(era, body)


def _missing(record: Mapping[str, object], era: str) -> str | None:
    if not isinstance(record.get("type"), str) or not record["type"]:
        return "no type"
    if not _is_date(record.get("created_at")):
        return f"impossible date {_shown(record.get('created_at'))}"
    if era == "timeline":
        return None
    if record.get("id") in (None, ""):
        return "no id"
    if not _fits(record["id"], "BIGINT"):
        return f"id is not a number: {_shown(record['id'])}"
    repository = record.get("repo")
    if not isinstance(repository, Mapping) or repository.get("id") is None or not repository.get("name"):
        return "no repository"
    if record["type"] == "PushEvent" and not isinstance(record.get("payload"), Mapping):
        return "a push without payload"
    return None


def _mistyped(value: object, shape: object, path: str) -> Iterator[str]:
    """What does not have the type that the shape asks for; null is no problem anywhere."""
    if value is None:
        return
    if isinstance(shape, Mapping):
        if not isinstance(value, Mapping):
            yield f"{path or 'the record'} is {_kind(value)}, not an object"
            return
        for name, inner in shape.items():
            yield from _mistyped(value.get(name), inner, f"{path}.{name}" if path else str(name))
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{path} is {_kind(value)}, not a list"
            return
        for item in value:
            yield from _mistyped(item, shape[0], f"{path}[]")
    elif not _fits(value, str(shape)):
        yield f"{path} is not {_SCALARS[str(shape)]}: {_shown(value)}"


_SCALARS = {"BIGINT": "an integer of 64 bits", "INTEGER": "an integer of 32 bits", "BOOLEAN": "true or false"}


def _shown(value: object) -> str:
    return repr(redact(str(value))[:60])


def _fits(value: object, kind: str) -> bool:
    if kind == "VARCHAR":
        return True
    if kind == "BOOLEAN":
        return isinstance(value, bool)
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and -_LIMITS[kind] <= value < _LIMITS[kind]


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return False
    moment = _moment(value)
    return moment is not None and FIRST_DATE <= moment.astimezone(UTC).strftime("%Y-%m-%d") < LAST_DATE


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = datetime.strptime(value, "%Y/%m/%d %H:%M:%S %z")
        except ValueError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name or _has_nul(item) for name, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a text"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")
