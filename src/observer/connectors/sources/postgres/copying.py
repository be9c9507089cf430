"""Copies the rows of a SELECT into Parquet files as they stream from the server, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from psycopg import sql

from observer.connectors.sources.postgres.tables import CURSOR
from observer.errors import SourceError

# A row has to fit a block.
_BLOCK = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows as a file; `cursor` is that of the last one, None where it has none."""

    path: Path
    rows: int
    cursor: str | None


def copy_rows(
    connection: psycopg.Connection, select: sql.Composed, schema: pa.Schema, target: Path, rows_per_file: int
) -> Iterator[Part]:
    """The rows of a SELECT, in its order, in files `<target>-<n>.parquet` of `rows_per_file` rows each."""
    command = sql.SQL("copy ({}) to stdout (format csv, header true, force_quote *)").format(select)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        writer = _Writer(schema, target, rows_per_file)
        try:
            for batch in _batches(copy, schema):
                yield from writer.add(batch)
            yield from writer.finish()
        finally:
            writer.close()


def _batches(copy: psycopg.Copy, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    types = {field.name: field.type for field in schema} | {CURSOR: pa.string()}
    try:
        yield from pa_csv.open_csv(
            io.BufferedReader(_Stream(copy), 1 << 20),
            read_options=pa_csv.ReadOptions(block_size=_BLOCK, use_threads=False),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(f"the rows cannot be read: {str(error).splitlines()[0][:300]}") from error


class _Stream(io.RawIOBase):
    """What the server sends, as a file."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io calls it with a memoryview
        if not self._rest:
            self._rest = memoryview(bytes(self._copy.read()))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class _Writer:
    """Cuts batches into files of a number of rows."""

    def __init__(self, schema: pa.Schema, target: Path, rows_per_file: int) -> None:
        self._schema = schema
        self._target = target
        self._most = rows_per_file
        self._number = 0
        self._rows = 0
        self._cursor: str | None = None
        self._file: pq.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch) -> Iterator[Part]:
        """The files that a batch completes."""
        while batch.num_rows:
            taken = batch.slice(0, self._most - self._rows)
            batch = batch.slice(taken.num_rows)
            self._write(taken)
            if self._rows >= self._most:
                yield self._cut()

    def finish(self) -> Iterator[Part]:
        """The last file, if it has rows."""
        if self._rows:
            yield self._cut()

    def close(self) -> None:
        """Lets go of a file that was not finished."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, batch: pa.RecordBatch) -> None:
        if self._file is None:
            self._number += 1
            self._file = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        if CURSOR in batch.schema.names:
            self._cursor = batch.column(CURSOR)[batch.num_rows - 1].as_py()
        self._file.write_batch(batch.select(self._schema.names))
        self._rows += batch.num_rows

    def _cut(self) -> Part:
        self.close()
        part = Part(self._path, self._rows, self._cursor)
        self._rows = 0
        return part

    @property
    def _path(self) -> Path:
        return self._target.with_name(f"{self._target.name}-{self._number}.parquet")
