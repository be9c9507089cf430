"""What a read has brought so far and the warehouse does not have yet, and which states may go with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from observer.connectors.buffer import Buffer
from observer.connectors.redaction import plain
from observer.errors import SourceError
from observer.model.load import Dropped, Load, LoadReport, Quarantined, StreamTable, WriteMode

GLOBAL = ""

State = dict[str, Mapping[str, object]]


@dataclass(slots=True)
class Totals:
    """Sums over the loads of a sync; counts of rows are by raw table."""

    loads: int = 0
    written: dict[str, int] = field(default_factory=dict)
    duplicates: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    dropped: int = 0

    def add(self, report: LoadReport) -> None:
        self.loads += 1
        self.quarantined += report.quarantined
        self.dropped += sum(report.dropped.values())
        for mine, theirs in ((self.written, report.written), (self.duplicates, report.duplicates)):
            for table, count in theirs.items():
                mine[table] = mine.get(table, 0) + count


class Pending:
    """Rows, refused input and states of one read that wait for their load.

    Streams that replace their table wait for the end of the read, and so does a state that covers them. A state
    that comes before any record is held back too: if records follow that no later state covers, the source claimed
    what it had not sent, which is refused.
    """

    def __init__(
        self,
        connector: str,
        tables: Mapping[str, StreamTable],
        stored: State,
        scratch: Path,
        observed_at: datetime,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.rows = 0
        self._connector = connector
        self._observed_at = observed_at
        self._redact = redact
        self._stored = dict(stored)
        self._buffers = {name: Buffer(table, scratch) for name, table in tables.items()}
        self._replacing = {name for name, table in tables.items() if table.mode is WriteMode.OVERWRITE}
        self._quarantined: list[Quarantined] = []
        self._dropped: list[Dropped] = []
        self._ready: State = {}
        self._held: State = {}
        self._early: State = {}
        self._contradicted: set[str] = set()
        self._seen: set[str] = set()
        self._since_state: dict[str, int] = {}
        self._loads = 0

    def record(self, stream: str, data: Mapping[str, object], file: Path | None = None) -> int:
        """Takes one record, or the rows of one file; returns the count of rows. Raises SourceError."""
        buffer = self._buffers.get(stream)
        if buffer is None:
            raise SourceError(f"a record of the stream {stream!r}, which was not asked for", where=self._connector)
        self._seen.add(stream)
        self._contradicted |= self._early.keys() & {stream, GLOBAL}
        self._since_state[stream] = self._since_state.get(stream, 0) + 1
        if file is not None:
            rows = buffer.add_file(file)
        else:
            rows = 1
            refused = buffer.add(data)
            if refused is not None:
                self.refuse(refused)
        if stream not in self._replacing:
            self.rows += rows
        return rows

    def refuse(self, quarantined: Quarantined) -> None:
        """Takes one piece of refused input; its texts are cleaned of secrets and control characters."""
        self._quarantined.append(
            replace(
                quarantined,
                file=self._cleaned(quarantined.file),
                reason=self._cleaned(quarantined.reason),
                excerpt=self._cleaned(quarantined.excerpt),
            )
        )
        self.rows += 1

    def drop(self, dropped: Dropped) -> None:
        """Takes rows that are no longer true. Raises SourceError if they are of no stream that was asked for."""
        if dropped.stream not in self._buffers:
            raise SourceError(f"rows of the stream {dropped.stream!r} to drop, which was not asked for")
        if dropped.stream in self._seen:
            raise SourceError(f"rows of the stream {dropped.stream!r} to drop after rows that stay")
        self._dropped.append(dropped)

    def state(self, states: State, count: float | None) -> None:
        """Takes a state of one stream, or of all; `count` is how many records the source says it covers."""
        for stream in states:
            if stream != GLOBAL and stream not in self._buffers:
                raise SourceError(f"a state of the stream {stream!r}, which was not asked for", where=self._connector)
        self._check_count(states, count)
        for stream, state in states.items():
            self._contradicted.discard(stream)
            self._early.pop(stream, None)
            if not self._seen and dict(state) != self._stored.get(stream):
                self._early[stream] = state
            elif stream in self._replacing or (stream == GLOBAL and self._seen & self._replacing):
                self._held[stream] = state
            else:
                self._ready[stream] = state

    def load(self) -> Load:
        """Everything that may be committed now; what replaces tables stays."""
        return self._build([name for name in self._buffers if name not in self._replacing])

    def last_load(self, complete: set[str]) -> Load:
        """Everything that is left when the read has ended well.

        Where the source says which streams are `complete`, their tables are replaced, and those of streams that brought
        rows. Where it says nothing, all are replaced as soon as one stream brought rows.
        Raises SourceError if a state came before the records that it claims.
        """
        if self._contradicted:
            raise SourceError("a STATE came before the records that it covers", where=self._connector)
        self._ready |= self._early | self._held
        self._early, self._held = {}, {}
        seen = self._seen & self._replacing
        told = self._replacing & complete
        replaced = seen | told if told or not seen else self._replacing
        return self._build([name for name in self._buffers if name not in self._replacing or name in replaced])

    def unknown_fields(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The fields by stream that came although the stream does not declare them."""
        for name, buffer in self._buffers.items():
            if buffer.unknown:
                yield name, tuple(sorted(buffer.unknown))

    def _cleaned(self, text: str) -> str:
        return plain(self._redact(text), 500)

    def _build(self, names: list[str]) -> Load:
        taken = [(name, self._buffers[name].rows, self._buffers[name].take()) for name in names]
        chosen = [(name, rows, stream) for name, rows, stream in taken if rows or name in self._replacing]
        facts = [self._connector, self._observed_at.isoformat(), self._stored, self._loads]
        facts += [[name, rows] for name, rows, _ in chosen]
        facts += [[dropped.stream, dropped.column, dropped.values] for dropped in self._dropped]
        load = Load(
            load_id=hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:32],
            connector=self._connector,
            observed_at=self._observed_at,
            streams=[stream for _, _, stream in chosen],
            quarantined=self._quarantined,
            state=self._ready,
            dropped=self._dropped,
        )
        self._loads += 1
        self._quarantined, self._dropped, self._ready, self.rows = [], [], {}, 0
        return load

    def _check_count(self, states: State, count: float | None) -> None:
        streams = list(self._since_state) if GLOBAL in states else list(states)
        counted = sum(self._since_state.pop(stream, 0) for stream in streams)
        if count is not None and int(count) != counted:
            raise SourceError(f"a STATE covers {int(count)} records, {counted} came", where=self._connector)
