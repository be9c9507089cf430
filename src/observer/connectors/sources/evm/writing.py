"""Writes rows of a stream as a Parquet file of the staging folder."""

from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from observer.connectors.sources.evm.rows import Row
from observer.connectors.streams import Stream

_PREFIX = "evm-"


def write(stream: Stream, rows: list[Row], staging: Path) -> Path:
    """A new file with the rows, in their order."""
    path = new_path(stream.name, staging)
    pq.write_table(pa.Table.from_pylist(rows, schema=stream.schema), path, compression="lz4")
    return path


def new_path(name: str, staging: Path) -> Path:
    """The path of a file that is not there yet."""
    staging.mkdir(parents=True, exist_ok=True)
    return staging / f"{_PREFIX}{name}-{uuid.uuid4().hex}.parquet"


def discard_files(staging: Path) -> None:
    """Removes what a run left behind that was ended before its files were read."""
    for file in staging.glob(f"{_PREFIX}*.parquet"):
        file.unlink(missing_ok=True)
