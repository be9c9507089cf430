"""Writes the rows of one stream to a Parquet file in the staging folder."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from observer.connectors.streams import Stream

# Object ids do not repeat, so that a dictionary of them is only work.
_UNIQUE = frozenset({"commit_id", "tree_id", "old_blob_id", "new_blob_id", "authored_raw", "committed_raw"})


class ParquetFile:
    """A file of one stream that comes into being with its first row; as a context it is closed, or removed on error.

    `path` is the finished file, `rows` the number of its rows.
    """

    def __init__(self, stream: Stream, staging: Path, repository_url: str) -> None:
        name = hashlib.sha256(repository_url.encode()).hexdigest()[:12]
        self.stream = stream
        self.rows = 0
        self.path = staging / f"git-{stream.name}-{name}-{uuid.uuid4().hex}.parquet"
        self._writer: pq.ParquetWriter | None = None

    def write(self, columns: dict[str, pa.Array]) -> None:
        """Adds rows, given as one array for each column of the stream; other columns are left out."""
        rows = len(next(iter(columns.values())))
        if not rows:
            return
        table = pa.table([columns[name] for name in self.stream.schema.names], names=self.stream.schema.names)
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _open(self.path, table.schema)
        self._writer.write_table(table)
        self.rows += rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)


def discard_files(staging: Path) -> None:
    """Removes the files that a run left behind which was ended before they were read."""
    for file in staging.glob("git-*.parquet"):
        file.unlink(missing_ok=True)


def constant(value: str, rows: int) -> pa.Array:
    """A column that holds one text in every row, at the price of one."""
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([value]))


def _open(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    repeated = [
        field.name
        for field in schema
        if pa.types.is_dictionary(field.type) or not (field.name in _UNIQUE or pa.types.is_nested(field.type))
    ]
    return pq.ParquetWriter(
        path,
        schema,
        compression="lz4",
        use_dictionary=repeated,
        write_statistics=False,
        store_schema=False,
    )
