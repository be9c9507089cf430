"""Answers as HTTP: JSON and CSV bodies, entity tags, the one shape of errors."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass

import orjson
from starlette.responses import Response

from observer.errors import ObserverError
from observer.model.release import Release
from observer.query.answers import Page, as_json

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
_FORMULA = re.compile(r"(?:\A|\n)[\s\u00a0\u200b\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]|\A[\t\r]")
"""What a spreadsheet may take for a formula, also behind blanks, on a later line or in full width."""

_OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def json_bytes(value: object) -> bytes:
    """Any answer as JSON: times in UTC with a Z, enums as words."""
    return orjson.dumps(value, default=as_json, option=_OPTIONS)


def envelope(release: Release, answer: object) -> dict[str, object]:
    """An answer with the release that it came from; pages bring their cursor."""
    head: dict[str, object] = {"release": release.number, "as_of": release.as_of}
    if isinstance(answer, Page):
        return head | {"data": answer.items, "next_cursor": answer.next_cursor, "total": answer.total}
    return head | {"data": answer}


def error_response(error: ObserverError, *, status: int | None = None, is_worded: bool = False) -> Response:
    """The JSON of an error; where it happened inside the server is not told.

    `is_worded` puts the sentence under `error` too, which is all that clients of SQL show.
    """
    body = error.as_dict() | {"status": status or error.status}
    if is_worded:
        body["error"] = str(error)
    return Response(json_bytes(body), status_code=status or error.status, media_type=JSON)


def csv_bytes(items: Iterable[object]) -> bytes:
    """Records as CSV with a header; text that a spreadsheet would run as a formula is defused by an apostrophe."""
    rows = [_flatten(item) for item in items]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return csv_table(columns, [[row.get(column) for column in columns] for row in rows])


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Rows under the names of their columns as CSV, formulas defused; nothing where there are no columns."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if columns:
        writer.writerow([_cell(column) for column in columns])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return buffer.getvalue().encode("utf-8")


def _flatten(item: object, prefix: str = "") -> dict[str, object]:
    if is_dataclass(item) and not isinstance(item, type):
        pairs: Iterable[tuple[str, object]] = ((field.name, getattr(item, field.name)) for field in fields(item))
    elif isinstance(item, Mapping):
        pairs = ((str(key), value) for key, value in item.items())
    else:
        return {prefix.rstrip("."): item}
    result: dict[str, object] = {}
    for name, value in pairs:
        if isinstance(value, Mapping) or (is_dataclass(value) and not isinstance(value, type)):
            result |= _flatten(value, f"{prefix}{name}.")
        else:
            result[prefix + name] = value
    return result


def _cell(value: object) -> str:
    plain = as_json(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, (list, dict)):
        return orjson.dumps(plain).decode("utf-8")
    text = str(plain)
    return "'" + text if isinstance(plain, str) and _FORMULA.search(text) else text
