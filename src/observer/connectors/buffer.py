"""Collects the records of one stream as typed Arrow batches, spilling to Parquet files where there are many."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from observer.connectors.values import converter, excerpt
from observer.errors import SourceError
from observer.model.load import Quarantined, StreamLoad, StreamTable

EXTRA = "_extra"

_BATCH_ROWS = 5_000
_SPILL_BYTES = 32_000_000
_numbers = itertools.count()


class Buffer:
    """Rows of one stream on their way to a load, in the order in which they came.

    Values are converted to the stream's types; a record that does not fit is refused and reported. Fields that the
    stream does not declare go to its column `_extra` as JSON if it declares one, else they are dropped and their
    names kept in `unknown`.
    """

    def __init__(self, table: StreamTable, scratch: Path) -> None:
        self.table = table
        self.rows = 0
        self.unknown: set[str] = set()
        self._scratch = scratch
        self._converters = {field.name: converter(field.type) for field in table.schema}
        self._open: list[dict[str, object]] = []
        self._batches: list[pa.RecordBatch] = []
        self._files: list[Path] = []

    def add(self, data: Mapping[str, object]) -> Quarantined | None:
        """Takes one record; returns it as refused input if it does not fit the stream."""
        row: dict[str, object] = {}
        for name, convert in self._converters.items():
            try:
                row[name] = convert(data.get(name))
            except ValueError as error:
                return self._refused(data, f"field {name}: {error}")
        key = self.table.primary_key
        if key and all(row.get(name) is None for name in key):
            return self._refused(data, f"no value for the key ({', '.join(key)})")
        extra = data.keys() - self._converters.keys()
        if extra:
            self._keep_extra(row, data, extra)
        self._open.append(row)
        self.rows += 1
        if len(self._open) >= _BATCH_ROWS:
            self._close_batch()
        return None

    def add_file(self, path: Path) -> int:
        """Takes a Parquet file over: it is moved out of the source's folder. Returns its row count."""
        try:
            rows = int(pq.read_metadata(path).num_rows)
        except (OSError, pa.ArrowException) as error:
            raise SourceError(f"{path.name} is not a readable Parquet file", where=self.table.table) from error
        self._spill()
        own = self._path()
        shutil.move(path, own)
        self._files.append(own)
        self.rows += rows
        return rows

    def take(self) -> StreamLoad:
        """Hands over everything collected so far and starts again empty."""
        self._close_batch()
        if self._files:
            self._spill()
        load = StreamLoad(self.table, batches=tuple(self._batches), files=tuple(self._files))
        self._batches, self._files, self.rows = [], [], 0
        return load

    def _refused(self, data: Mapping[str, object], reason: str) -> Quarantined:
        reference = data.get("_record_ref")
        file = reference if isinstance(reference, str) else ""
        return Quarantined(self.table.stream, file, None, reason, excerpt(data))

    def _keep_extra(self, row: dict[str, object], data: Mapping[str, object], extra: set[str]) -> None:
        if EXTRA in self._converters:
            row[EXTRA] = self._converters[EXTRA]({name: data[name] for name in sorted(extra)})
        else:
            self.unknown |= extra

    def _close_batch(self) -> None:
        if self._open:
            self._batches.append(pa.RecordBatch.from_pylist(self._open, schema=self.table.schema))
            self._open = []
        if sum(batch.nbytes for batch in self._batches) >= _SPILL_BYTES:
            self._spill()

    def _spill(self) -> None:
        """Moves rows to a file; files keep the order of arrival, on which the last row of a key depends."""
        if self._open:
            batch, self._open = self._open, []
            self._batches.append(pa.RecordBatch.from_pylist(batch, schema=self.table.schema))
        if self._batches:
            path = self._path()
            pq.write_table(pa.Table.from_batches(self._batches), path)
            self._files.append(path)
            self._batches = []

    def _path(self) -> Path:
        return self._scratch / f"{next(_numbers):08d}.parquet"
