"""Tables in files: Parquet, CSV or one JSON object a line, as columns and numbered rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from observer.connectors.sources.oss_funding.amounts import parse_json
from observer.connectors.sources.oss_funding.files import SourceFile
from observer.errors import SourceError

SUFFIXES = (".parquet", ".csv", ".jsonl")
_BATCH = 5_000
_MAX_FIELD = 1 << 20

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its line: in text the line of the file, in Parquet the row; both counted from 1."""

    number: int
    record: Record | None
    reason: str = ""


def columns(file: SourceFile) -> list[str]:
    """The columns of a table, those of the first object where there is no header. Raises SourceError if damaged."""
    if file.path.endswith(".parquet"):
        return list(_parquet(file).schema_arrow.names)
    if file.path.endswith(".csv"):
        return list(_csv(file).fieldnames or ())
    first = next(iter(lines(file)), None)
    return list(first.record or ()) if first else []


def lines(file: SourceFile) -> Iterator[Line]:
    """The rows of a table in order; a row that cannot be parsed has no record but a reason."""
    if file.path.endswith(".parquet"):
        number = 0
        for batch in _parquet(file).iter_batches(batch_size=_BATCH):
            for record in batch.to_pylist():
                number += 1
                yield Line(number, record)
    elif file.path.endswith(".csv"):
        yield from _csv_lines(file)
    else:
        for number, text in enumerate(_decoded(file).splitlines(), start=1):
            if text.strip():
                yield _json_line(number, text)


def _csv_lines(file: SourceFile) -> Iterator[Line]:
    reader = _csv(file)
    end = reader.line_num
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield Line(end + 1, None, f"the rest of the file cannot be parsed: {error}")
            return
        if values is None:
            return
        number, end = end + 1, reader.line_num
        if None in values or None in values.values():
            yield Line(number, None, "more or fewer fields than columns")
        else:
            yield Line(number, values)


def _json_line(number: int, text: str) -> Line:
    try:
        record = parse_json(text)
    except (ValueError, RecursionError):
        return Line(number, None, "the line is not JSON")
    return Line(number, record) if isinstance(record, dict) else Line(number, None, "the line is not an object")


def _csv(file: SourceFile) -> csv.DictReader[str]:
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.DictReader(io.StringIO(_decoded(file), newline=""), strict=True)
    reader.fieldnames  # noqa: B018 - reads the header, so that line_num is where the rows begin
    return reader


def _decoded(file: SourceFile) -> str:
    try:
        return file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"the file is not UTF-8 ({error.reason} at byte {error.start})", where=file.path) from error


def _parquet(file: SourceFile) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(io.BytesIO(file.content))
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"the file is not Parquet: {error}", where=file.path) from error
