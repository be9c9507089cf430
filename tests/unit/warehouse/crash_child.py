"""The program that the crash tests kill: syncs a numbered stream into a lake, one state and load for each batch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from observer.connectors import messages as m
from observer.connectors.host import Limits, sync
from observer.connectors.streams import Stream
from observer.model.load import WriteMode
from observer.ports import Json
from observer.testing.source import QuietProgress, ScriptedSource
from observer.warehouse.lake import LakeWarehouse

BATCHES, ROWS = 24, 15
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SCHEMA = pa.schema([("id", pa.int64()), ("batch", pa.int64())])
EVENTS = Stream("events", SCHEMA, ("id",), WriteMode.APPEND_NEW)
TOTALS = Stream("totals", SCHEMA, ("id",), WriteMode.UPSERT)


def main(url: str, folder: Path) -> None:
    """Goes on where the last run ended."""

    def script(state: Sequence[Json]) -> Iterator[Json]:
        begin = int(state[0]["stream"]["stream_state"]["batch"]) if state else 0  # type: ignore[index]
        for batch in range(begin, BATCHES):
            ids = range(batch * ROWS, (batch + 1) * ROWS)
            if batch % 3:
                yield from (m.record("events", {"id": number, "batch": batch}, NOW) for number in ids)
            else:
                path = folder / f"{batch}.parquet"
                pq.write_table(pa.table({"id": list(ids), "batch": [batch] * ROWS}, schema=SCHEMA), path)
                yield m.file_record("events", path, {"batch": batch}, NOW)
            yield m.record("totals", {"id": 1, "batch": batch}, NOW)
            yield m.quarantine("events", "file", batch, "every batch has one bad line")
            yield m.stream_state("events", {"batch": batch + 1})

    source = ScriptedSource(script, [EVENTS, TOTALS])
    with LakeWarehouse(url, folder, threads=1, wait_seconds=20) as lake:
        print("open", flush=True)
        sync(
            source,
            config={},
            warehouse=lake,
            clock=lambda: NOW,
            progress=QuietProgress(),
            limits=Limits(rows=1),
            scratch=folder / "scratch",
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
