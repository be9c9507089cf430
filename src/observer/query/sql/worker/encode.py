"""Rows as bytes in every form that clients read, within the limits of an answer."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import orjson

from observer.query.sql.question import Form, TooLargeError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2_000
MAX_COLUMNS = 500
MAX_CELL = 1024 * 1024


class Rows(Protocol):
    """A result that is read piece by piece."""

    def fetchmany(self, size: int = ...) -> list[Any]: ...


class Counter:
    """Counts what an answer holds; raises TooLargeError where it is more than it may be."""

    def __init__(self, rows: int, size: int) -> None:
        self._most_rows, self._most_bytes = rows, size
        self.rows = self.bytes = 0

    def add(self, rows: int, size: int) -> None:
        """Counts rows and bytes."""
        self.rows += rows
        self.bytes += size
        if self.rows > self._most_rows:
            raise TooLargeError(f"the answer has more than {self._most_rows} rows", hint="add LIMIT, or aggregate")
        if self.bytes > self._most_bytes:
            raise TooLargeError(
                f"the answer is longer than {self._most_bytes} bytes", hint="add LIMIT, or ask for fewer columns"
            )


def encode_rows(columns: Sequence[str], result: Rows, form: Form, counter: Counter) -> bytes:
    """The JSON forms, in ASCII: no reader takes a character for the end of a line.

    Dates are ISO text, timestamps have three decimals, those with a zone end in UTC, numbers that are none are null.
    """
    is_lines = form is Form.JSONL
    head, tail = _frame(columns, form)
    parts: list[bytes] = [head]
    # A line of its own for each row and none that is empty: readers stop at one.
    lead = b"\n" if is_lines else b""
    for rows in _batches(result):
        if form is Form.JSON:
            text = _joined([dict(zip(columns, row, strict=True)) for row in rows])
        else:
            text = b"\n".join(map(_dumps, rows)) if is_lines else _joined(rows)
        counter.add(len(rows), len(text))
        parts += (lead, text)
        lead = b"\n" if is_lines else b","
    parts.append(tail)
    return b"".join(parts)


def encode_arrow(batches: pa.RecordBatchReader, form: Form, counter: Counter) -> bytes:
    """An Arrow IPC stream or a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    if form is Form.ARROW:
        writer: Any = pa.ipc.new_stream(sink, batches.schema)
    else:
        writer = pq.ParquetWriter(sink, batches.schema, compression="zstd")
    with writer:
        for batch in batches:
            counter.add(batch.num_rows, batch.nbytes)
            writer.write_batch(batch)
    return sink.getvalue()


def check_columns(columns: Sequence[str]) -> None:
    """Refuses results with too many columns."""
    if len(columns) > MAX_COLUMNS:
        raise TooLargeError(f"the answer has more than {MAX_COLUMNS} columns")


def _frame(columns: Sequence[str], form: Form) -> tuple[bytes, bytes]:
    if form is Form.JSONL:
        return _dumps(columns), b"\n"
    if form is Form.JSON:
        return b"[", b"]"
    return b'{"columns":' + _dumps(columns) + b',"data":[', b"]}\n"


_escaped = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _dumps(value: object) -> bytes:
    """JSON in ASCII; by the slower encoder only where there is something to escape, or a large integer."""
    with contextlib.suppress(orjson.JSONEncodeError):
        text = orjson.dumps(value)
        if text.isascii():
            return text
    return _escaped(value).encode("ascii")


def _joined(rows: Sequence[object]) -> bytes:
    return _dumps(rows)[1:-1]


def _batches(result: Rows) -> Iterator[list[tuple[object, ...]]]:
    while rows := result.fetchmany(BATCH):
        columns = [_column(values) for values in zip(*rows, strict=True)]
        yield list(zip(*columns, strict=True))


def _column(values: tuple[object, ...]) -> Iterable[object]:
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {bool, int}:
        return values
    if kinds == {str}:
        if any(value is not None and len(value) > MAX_CELL for value in values):  # type: ignore[arg-type]
            raise TooLargeError(f"a value is longer than {MAX_CELL} characters")
        return values
    if kinds == {float} and all(map(math.isfinite, filter(None, values))):  # type: ignore[arg-type]
        return values
    if kinds == {date}:
        return [value and value.isoformat() for value in values]  # type: ignore[attr-defined]
    return [plain(value) for value in values]


def plain(value: object) -> object:
    """One value as JSON holds it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return _timestamp(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (UUID, timedelta)):
        return str(value)
    return str(value)


def _timestamp(value: datetime) -> str:
    zone = ""
    if value.tzinfo is not None:
        value, zone = value.astimezone(UTC), " UTC"
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}{zone}"
