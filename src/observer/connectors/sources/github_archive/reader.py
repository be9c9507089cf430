"""One archive file into typed Parquet: inflate and verify, read columnar, salvage single records, then write.

Nothing is written before the whole file was verified, so half a file never gets out.
"""

from __future__ import annotations

import re
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
from observer.connectors.sources.github_archive.inflate import Body, RefusedError
from observer.connectors.sources.github_archive.shapes import typed_sql

_NUL = re.compile(rb"\\u0000")
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
                "preserve_insertion_order": True,
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
        era: str | None = None
        for part in lines.chunks(body.blocks(), self._limits.max_line_bytes):
            if isinstance(part, lines.Oversized):
                outcome.lines += 1
                refused = salvage.too_long(self._limits.max_line_bytes)
                outcome.rejected.append(Rejected(part.line, refused.reason, salvage.excerpt(part.excerpt)))
                continue
            era = era or _guess_era(part)
            self._insert(part, era)
            self._salvage(part, outcome)
        if era is None:
            self._insert(lines.of_pieces([(b"", 0, 0)]), "events")
            self._connection.execute("delete from typed")
        outcome.rejected.sort(key=lambda rejected: rejected.line or 0)
        if outcome.lines and outcome.lines == outcome.quarantined + outcome.blank:
            first = outcome.rejected[0].reason if outcome.rejected else "only blank lines"
            raise RefusedError("refused", f"no record is an event: {first}")

    def _insert(self, chunk: lines.Chunk, era: str) -> None:
        self._connection.register("chunk", chunk.table())
        has_nul = any(_NUL.search(buffer) for buffer in _text_buffers(chunk.text))
        sql = typed_sql(era, "chunk", has_nul=has_nul, max_line_bytes=self._limits.max_line_bytes)
        exists = self._connection.execute("select 1 from duckdb_tables() where table_name = 'typed'").fetchone()
        self._connection.execute(f"insert into typed {sql}" if exists else f"create temp table typed as {sql}")
        self._connection.unregister("chunk")

    def _salvage(self, chunk: lines.Chunk, outcome: Outcome) -> None:
        """Looks at the suspects of a chunk one by one; counts every record of the chunk."""
        suspects = self._connection.execute(
            "select line, place from typed where is_suspect order by line, place"
        ).fetchall()
        outcome.lines += len(chunk)
        if not suspects:
            return
        self._connection.execute("delete from typed where is_suspect")
        index = {key: i for i, key in enumerate(zip(chunk.line.to_pylist(), chunk.place.to_pylist(), strict=True))}
        accepted: dict[str, list[tuple[bytes, int, int]]] = {"events": [], "timeline": []}
        for line, place in suspects:
            text = chunk.record(index[line, place])
            verdicts = salvage.judge(text, self._limits.max_line_bytes)
            outcome.lines += len(verdicts) - 1
            for number, verdict in enumerate(verdicts):
                if isinstance(verdict, salvage.Accepted):
                    accepted[verdict.era].append((verdict.text, line, place + number))
                elif isinstance(verdict, salvage.Refused):
                    outcome.rejected.append(Rejected(line, verdict.reason, salvage.excerpt(text)))
                else:
                    outcome.blank += 1
        for era, pieces in accepted.items():
            self._load_accepted(era, pieces, outcome)

    def _load_accepted(self, era: str, pieces: Sequence[tuple[bytes, int, int]], outcome: Outcome) -> None:
        if not pieces:
            return
        self._insert(lines.of_pieces(pieces), era)
        self._connection.execute(f"update typed set is_suspect = {_UNREADABLE} where is_suspect")  # noqa: S608
        texts = {(line, place): text for text, line, place in pieces}
        for line, place in self._connection.execute("select line, place from typed where is_suspect").fetchall():
            rejected = Rejected(line, "the columnar reader cannot read it", salvage.excerpt(texts[line, place]))
            outcome.rejected.append(rejected)
        self._connection.execute("delete from typed where is_suspect")


def _guess_era(chunk: lines.Chunk) -> str:
    """The era of the first record that is an event; a file that mixes eras is still read right, only slower."""
    for index in range(min(len(chunk), 100)):
        try:
            record = orjson.loads(chunk.record(index).removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict) and "type" in record:
            return salvage.era_of(record)
    return "events"


def _text_buffers(text: pa.StringArray) -> Iterator[pa.Buffer]:
    return (buffer for buffer in text.buffers()[2:] if buffer is not None)
