"""One archive file into typed Parquet: inflate and verify, read columnar, salvage single records, then write.

Nothing is written before the whole file was verified, so half a file never gets out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType

import duckdb
import orjson
import pyarrow as pa

from observer.connectors.sources.github_archive import lines, salvage, writing
from observer.connectors.sources.github_archive.config import Limits
from observer.connectors.sources.github_archive.documents import BOM
from observer.connectors.sources.github_archive.inflate import Body, RefusedError
from observer.connectors.sources.github_archive.shapes import typed_sql

# Real hours have up to 400,000 records; these bounds keep garbage from filling memory and disk.
_MOST_RECORDS = 5_000_000
_MOST_REJECTED = 100_000
_UNREADABLE = "event_key is null or type is null or created_at is null"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record, or with no line a whole file, that was not loaded: line from 1, reason, redacted beginning."""

    line: int | None
    reason: str
    excerpt: str


@dataclass(slots=True)
class Outcome:
    """What reading one file gave. `lines` = `loaded` + `duplicates` + `quarantined` + `blank`.

    `status` is loaded, corrupt or refused; only a loaded file has Parquet files.
    """

    name: str
    status: str = "loaded"
    reason: str | None = None
    sha256: str = ""
    bytes: int = 0
    lines: int = 0
    loaded: int = 0
    duplicates: int = 0
    blank: int = 0
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    rejected: list[Rejected] = field(default_factory=list)
    events: Path | None = None
    push_commits: Path | None = None
    is_mended: bool = False

    @property
    def quarantined(self) -> int:
        """Records that were refused one by one."""
        return sum(1 for rejected in self.rejected if rejected.line is not None)


class ArchiveReader:
    """Reads archive files one after another; close it, or use it as a context manager.

    `folder` gets the Parquet files and what does not fit into `memory_limit`.
    """

    def __init__(self, folder: Path, limits: Limits, *, threads: int = 1, memory_limit: str = "320MB") -> None:
        self._folder, self._limits = folder, limits
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": memory_limit,
                "temp_directory": str(folder / "spill"),
                "autoinstall_known_extensions": False,
                # One thread reads in order without being told to keep it, which costs a tenth of the work.
                "preserve_insertion_order": threads > 1,
            }
        )
        self._connection.execute("set TimeZone = 'UTC'")

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def read(self, path: Path, name: str) -> Outcome:
        """Reads one file known as `name`. Damage is an outcome, not an error."""
        outcome = Outcome(name)
        body = Body(path, self._limits)
        self._connection.execute("drop table if exists typed")
        try:
            self._read_records(body, outcome)
        except RefusedError as refusal:
            body.finish()
            reason = str(refusal)
            outcome = Outcome(name, refusal.status, reason)
            outcome.rejected.append(Rejected(None, reason, salvage.excerpt(refusal.excerpt)))
        outcome.sha256, outcome.bytes = body.sha256, body.packed_bytes
        if outcome.status == "loaded":
            writing.write(self._connection, outcome, self._folder)
        return outcome

    def _read_records(self, body: Body, outcome: Outcome) -> None:
        parts = self._counted(lines.batches(body.blocks(), self._limits.max_line_bytes), outcome)
        first = next(parts, None)
        # The reader asks from C, where an exception would lose its type: it is raised when the query is over.
        damage: list[RefusedError] = []
        reader = pa.RecordBatchReader.from_batches(lines.SCHEMA, _until_damaged(first, parts, damage))
        # As a bare C stream: around a reader, DuckDB puts a scanner that reads ahead and holds a dozen batches.
        self._connection.register("records", reader.__arrow_c_stream__())
        sql = typed_sql(_guess_era(first), "records", self._limits.max_line_bytes)
        self._connection.execute(f"create temp table typed as {sql}")
        self._connection.unregister("records")
        if damage:
            raise damage[0]
        self._salvage(outcome)
        if outcome.lines and outcome.lines == outcome.quarantined + outcome.blank:
            reason = outcome.rejected[0].reason if outcome.rejected else "only blank lines"
            raise RefusedError("refused", f"no record is an event: {reason}")

    def _counted(self, parts: Iterator[pa.RecordBatch | lines.Oversized], outcome: Outcome) -> Iterator[pa.RecordBatch]:
        for part in parts:
            if isinstance(part, lines.Oversized):
                outcome.lines += 1
                refused = salvage.too_long(self._limits.max_line_bytes)
                outcome.rejected.append(Rejected(part.line, refused.reason, salvage.excerpt(part.excerpt)))
            else:
                outcome.lines += len(part)
                yield part
            if outcome.lines > _MOST_RECORDS:
                raise RefusedError("refused", f"more than {_MOST_RECORDS} records")

    def _salvage(self, outcome: Outcome) -> None:
        """Looks at the suspects one by one: loads what can be loaded, mended or split, and counts the rest."""
        found = self._connection.execute(
            "select line, place, suspect from typed where suspect is not null order by line, place"
        )
        accepted: dict[str, list[tuple[bytes, int, int]]] = {"events": [], "timeline": []}
        while suspect := found.fetchone():
            line, place, text = suspect
            verdicts = salvage.judge(text, self._limits.max_line_bytes)
            outcome.lines += len(verdicts) - 1
            for number, verdict in enumerate(verdicts):
                if isinstance(verdict, salvage.Accepted):
                    accepted[verdict.era].append((verdict.text, line, place + number))
                elif isinstance(verdict, salvage.Refused):
                    outcome.rejected.append(Rejected(line, verdict.reason, salvage.excerpt(text)))
                else:
                    outcome.blank += 1
            outcome.is_mended = True
            if len(outcome.rejected) > _MOST_REJECTED:
                raise RefusedError("refused", f"more than {_MOST_REJECTED} records are unreadable")
        self._connection.execute("delete from typed where suspect is not null")
        for era, pieces in accepted.items():
            if pieces:
                self._load_accepted(era, pieces, outcome)
        outcome.rejected.sort(key=lambda rejected: rejected.line or 0)

    def _load_accepted(self, era: str, pieces: Sequence[tuple[bytes, int, int]], outcome: Outcome) -> None:
        reader = pa.RecordBatchReader.from_batches(lines.SCHEMA, iter([lines.of_pieces(pieces)]))
        self._connection.register("pieces", reader.__arrow_c_stream__())
        sql = typed_sql(era, "pieces", self._limits.max_line_bytes)
        self._connection.execute(f"insert into typed {sql}")
        self._connection.unregister("pieces")
        # They were suspects before, so they are again; only what has no key, type or time cannot be an event.
        readable = f"suspect is not null and not ({_UNREADABLE})"
        self._connection.execute(f"update typed set suspect = null where {readable}")  # noqa: S608
        for line, text in self._connection.execute(
            "select line, suspect from typed where suspect is not null"
        ).fetchall():
            reason = "the columnar reader cannot read it"
            outcome.rejected.append(Rejected(line, reason, salvage.excerpt(text)))
        self._connection.execute("delete from typed where suspect is not null")


def _until_damaged(
    first: pa.RecordBatch | None, parts: Iterator[pa.RecordBatch], damage: list[RefusedError]
) -> Iterator[pa.RecordBatch]:
    if first is None:
        return
    yield first
    try:
        yield from parts
    except RefusedError as error:
        damage.append(error)


def _guess_era(batch: pa.RecordBatch | None) -> str:
    """The era of the first record that is an event; a file that mixes eras is still read right, only slower."""
    for index in range(min(len(batch), 100) if batch is not None else 0):
        try:
            record = orjson.loads(lines.record(batch, index).removeprefix(BOM))
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict) and "type" in record:
            return salvage.era_of(record)
    return "events"
