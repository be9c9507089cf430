"""Turns the JSON values of a record into the Arrow types that its stream declares, or says why that cannot be."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pyarrow as pa

Converter = Callable[[object], object]

_INTEGER = re.compile(r"-?\d{1,19}")


def converter(kind: pa.DataType) -> Converter:
    """A function from a JSON value to a value of an Arrow type; it raises ValueError with the reason.

    Text holds any JSON value; whole numbers may come as text; timestamps are ISO 8601 and become UTC without zone.
    """
    if pa.types.is_string(kind):
        return _optional(_text)
    if pa.types.is_integer(kind):
        return _optional(_integer(kind.bit_width))
    if pa.types.is_floating(kind):
        return _optional(_number)
    if pa.types.is_boolean(kind):
        return _optional(_boolean)
    if pa.types.is_date(kind):
        return _optional(_date)
    if pa.types.is_timestamp(kind):
        return _optional(_timestamp)
    if pa.types.is_list(kind):
        return _optional(_list(converter(kind.value_type)))
    if pa.types.is_struct(kind):
        return _optional(_struct({field.name: converter(field.type) for field in kind}))
    raise TypeError(f"no conversion to {kind}")


def excerpt(data: object, limit: int = 500) -> str:
    """The beginning of a value as JSON, for a person who looks at refused input."""
    try:
        text = json.dumps(data, ensure_ascii=True, default=str)
    except (ValueError, RecursionError):
        text = repr(type(data))
    return text[:limit]


def _optional(convert: Converter) -> Converter:
    return lambda value: None if value is None else convert(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str, allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"cannot be kept as text ({error})") from error
    if "\x00" in value:
        raise ValueError("text with a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("text that is not valid Unicode") from error
    return value


def _integer(bits: int) -> Converter:
    limit = 1 << (bits - 1)

    def convert(value: object) -> int:
        if (isinstance(value, str) and _INTEGER.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{_shown(value)} is not a whole number")
        if not -limit <= value < limit:
            raise ValueError(f"{_shown(value)} does not fit {bits} bits")
        return value

    return convert


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{_shown(value)} is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{_shown(value)} is not a number") from error
    if not math.isfinite(number):
        raise ValueError(f"{_shown(value)} is not finite")
    return number


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError(f"{_shown(value)} is not true or false")


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
    except ValueError:
        pass
    raise ValueError(f"{_shown(value)} is not a date")


def _timestamp(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime):
            return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{_shown(value)} is not a time")


def _list(item: Converter) -> Converter:
    def convert(value: object) -> list[object]:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{_shown(value)} is not a list")
        return [item(element) for element in value]

    return convert


def _struct(fields: Mapping[str, Converter]) -> Converter:
    def convert(value: object) -> dict[str, object]:
        if not isinstance(value, Mapping):
            raise ValueError(f"{_shown(value)} is not an object")
        return {name: convert_field(value.get(name)) for name, convert_field in fields.items()}

    return convert


def _shown(value: object) -> str:
    return excerpt(value, 60)
