"""The Airbyte host: asks any source what it offers, reads it, and lands rows and state in the warehouse together."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.connectors.buffer import EXTRA
from observer.connectors.catalogue import configure, validate_config
from observer.connectors.executable import trace_error
from observer.connectors.pending import GLOBAL, Pending, State, Totals
from observer.connectors.redaction import Redactor, plain, plain_lines, secrets_of
from observer.connectors.streams import stream_table
from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.model.crash import crash_point
from observer.model.load import Dropped, Load, Quarantined, StreamTable
from observer.scratch import scratch_folder

if TYPE_CHECKING:
    from observer.ports import Clock, Json, Progress, Source, Warehouse

_LEVELS = {"FATAL": 50, "ERROR": 40, "WARN": 30, "INFO": 20, "DEBUG": 10, "TRACE": 5}
_QUARANTINE = "_quarantine"
_DROPPED = "_dropped"
_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sync commits and how long it tries.

    States are gathered until `rows` rows or `seconds` have come since the last commit. After a transient error it
    waits 1, 2, 4, ... seconds, at most 60, and gives up after `attempts` errors without a new state in between.
    """

    rows: int = 50_000
    seconds: float = 30.0
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did. Counts are by raw table; `unknown_fields` names by stream what it had no column for.

    `catalog` is the AirbyteCatalog that the connector offered.
    """

    connector: str
    written: Mapping[str, int]
    duplicates: Mapping[str, int]
    quarantined: int
    loads: int
    attempts: int
    unknown_fields: Mapping[str, tuple[str, ...]]
    catalog: Json
    dropped: int = 0

    @property
    def rows(self) -> int:
        """All rows that were written."""
        return sum(self.written.values())


def spec(source: Source) -> Json:
    """The connector's ConnectorSpecification."""
    return source.spec()


def check(source: Source, config: Json) -> None:
    """Returns if the config works; raises ConfigError or SourceError with the reason, without secrets."""
    with _redacted(source.name, _redactor(source, config)):
        source.check(config)


def discover(source: Source, config: Json) -> Json:
    """The connector's AirbyteCatalog."""
    with _redacted(source.name, _redactor(source, config)):
        catalog = source.discover(config)
        configure(source.name, catalog, None)
        return catalog


def read(
    source: Source, config: Json, *, streams: Iterable[str] | None = None, state: Sequence[Json] = ()
) -> Iterator[Json]:
    """The connector's messages as they come, for a person to look at; nothing is stored."""
    catalog = configure(source.name, discover(source, config), streams)
    with _redacted(source.name, _redactor(source, config)):
        yield from source.read(config, catalog, state)


def sync(
    source: Source,
    *,
    config: Json,
    warehouse: Warehouse,
    clock: Clock,
    progress: Progress,
    streams: Iterable[str] | None = None,
    limits: Limits | None = None,
    scratch: Path | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> SyncReport:
    """Brings the warehouse up to date with a source, from where its last sync ended.

    Every state is committed together with the records that it covers, so a kill at any moment loses and doubles
    nothing. A file that the source hands over is moved to `scratch`, best a folder on the same disk, and removed once
    it is committed.

    Raises ConfigError, SourceError or WarehouseError; what was committed before stays.
    """
    redact = _redactor(source, config)
    with _redacted(source.name, redact):
        offered = source.discover(config)
        catalog = configure(source.name, offered, streams)
    with scratch_folder("sync", scratch) as folder:
        run = _Sync(
            source,
            config,
            catalog,
            warehouse,
            progress,
            limits or Limits(),
            redact,
            monotonic,
            folder,
            offered,
        )
        return run.run(clock, sleep)


def protocol_state(state: Mapping[str, Json]) -> list[Json]:
    """The warehouse's state of a connector as Airbyte state messages' bodies."""
    parts: list[Json] = [
        {"stream_descriptor": {"name": stream}, "stream_state": dict(value)}
        for stream, value in sorted(state.items())
        if stream != GLOBAL
    ]
    if GLOBAL in state:
        return [{"type": "GLOBAL", "global": {"shared_state": dict(state[GLOBAL]), "stream_states": parts}}]
    return [{"type": "STREAM", "stream": part} for part in parts]


def parse_state(body: Json) -> State:
    """The state by stream ("" for all) of one STATE message. Raises SourceError for the form of before 2022."""
    kind = body.get("type")
    if kind == "STREAM":
        return dict([_stream_state(body.get("stream"))])
    if kind == "GLOBAL":
        whole = body.get("global")
        if isinstance(whole, Mapping):
            shared = whole.get("shared_state")
            states: State = {GLOBAL: dict(shared) if isinstance(shared, Mapping) else {}}
            return states | dict(_stream_state(part) for part in whole.get("stream_states") or ())
    raise SourceError("a STATE message is neither of type STREAM nor GLOBAL")


@dataclass(slots=True)
class _Sync:
    """One sync under way; `offered` is the catalogue of all streams, `catalog` of those that are asked for."""

    source: Source
    config: Json
    catalog: Json
    warehouse: Warehouse
    progress: Progress
    limits: Limits
    redact: Redactor
    monotonic: Callable[[], float]
    scratch: Path
    offered: Json
    _tables: dict[str, StreamTable] = field(default_factory=dict)
    _totals: Totals = field(default_factory=Totals)
    _unknown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _done: dict[str, int] = field(default_factory=dict)
    _expected: dict[str, int] = field(default_factory=dict)
    _statuses: dict[str, str] = field(default_factory=dict)
    _failure: SourceError | ConfigError | None = None
    _committed_at: float = 0.0
    _stored: State = field(default_factory=dict)
    _states: int = 0
    _pending: Pending = field(init=False)

    def __post_init__(self) -> None:
        self._tables = _tables(self.source.name, self.catalog)

    def run(self, clock: Clock, sleep: Callable[[float], None]) -> SyncReport:
        attempts = failures = 0
        while True:
            attempts += 1
            before = self._states
            try:
                with _redacted(self.source.name, self.redact):
                    self._read_once(clock)
                break
            except TransientSourceError as error:
                failures = 1 if self._states > before else failures + 1
                if failures >= self.limits.attempts:
                    raise
                wait = min(_LONGEST_WAIT, 2.0 ** (failures - 1))
                _logger(self.source.name).warning("%s; trying again in %g s", plain(str(error)), wait)
                sleep(wait)
        return SyncReport(
            connector=self.source.name,
            written=self._totals.written,
            duplicates=self._totals.duplicates,
            quarantined=self._totals.quarantined,
            loads=self._totals.loads,
            attempts=attempts,
            unknown_fields=self._unknown,
            catalog=self.offered,
            dropped=self._totals.dropped,
        )

    @property
    def _is_part(self) -> bool:
        return _count_streams(self.catalog) != _count_streams(self.offered)

    def _read_once(self, clock: Clock) -> None:
        self._stored = {stream: dict(state) for stream, state in self.warehouse.state(self.source.name).items()}
        self._pending = Pending(self.source.name, self._tables, self._stored, self.scratch, clock(), self.redact)
        self._failure = None
        self._statuses = {}
        self._committed_at = self.monotonic()
        self._done.clear()
        try:
            known = {stream: state for stream, state in self._stored.items() if stream in {GLOBAL, *self._tables}}
            for message in self.source.read(self.config, self.catalog, protocol_state(known)):
                self._take(message)
        except (SourceError, ConfigError) as error:
            # Rows without their state do no harm: they are known by their keys when they come again.
            self._commit(self._pending.load())
            raise self._failure or error from error
        self._finish()

    def _finish(self) -> None:
        half_way = sorted(name for name, status in self._statuses.items() if status in ("STARTED", "RUNNING"))
        failure = self._failure
        if failure is None and half_way:
            failure = SourceError(f"ended before the stream {half_way[0]} was complete", where=self.source.name)
        if failure is not None:
            self._commit(self._pending.load())
            raise failure
        crash_point("sync.before_last_load")
        self._commit(self._pending.last_load({n for n, status in self._statuses.items() if status == "COMPLETE"}))
        crash_point("sync.after_last_load")

    def _take(self, message: Json) -> None:
        kind = message.get("type")
        body = message.get(str(kind).lower())
        if kind in ("RECORD", "STATE", "LOG", "TRACE") and not isinstance(body, Mapping):
            raise SourceError(f"a {kind} message without its body", where=self.source.name)
        if not isinstance(body, Mapping):
            return
        if kind == "RECORD":
            self._record(body)
        elif kind == "STATE":
            self._state(body)
        elif kind == "LOG":
            self._log(str(body.get("level")), body.get("message"))
        elif kind == "TRACE":
            self._trace(body)

    def _record(self, body: Json) -> None:
        stream, data = body.get("stream"), body.get("data")
        if not isinstance(stream, str) or not isinstance(data, Mapping):
            raise SourceError("a RECORD message without stream or data", where=self.source.name)
        if stream == _QUARANTINE:
            self._pending.refuse(self._quarantined(data))
            return
        if stream == _DROPPED:
            values = data.get("values")
            texts = tuple(map(str, values)) if isinstance(values, list) else ()
            self._pending.drop(Dropped(str(data.get("stream")), str(data.get("column")), texts))
            return
        reference = body.get("file_reference")
        file = reference.get("staging_file_url") if isinstance(reference, Mapping) else None
        rows = self._pending.record(stream, data, Path(str(file)) if file else None)
        done = self._done[stream] = self._done.get(stream, 0) + rows
        if rows > 1 or done % 1000 == 0:
            self._show(stream)

    def _state(self, body: Json) -> None:
        stats = body.get("sourceStats")
        count = stats.get("recordCount") if isinstance(stats, Mapping) else None
        states = parse_state(body)
        if self._is_part and states.pop(GLOBAL, None) is not None:
            count = None
        self._pending.state(states, count if isinstance(count, (int, float)) else None)
        crash_point("sync.state")
        waited = self.monotonic() - self._committed_at
        if self._pending.rows >= self.limits.rows or waited >= self.limits.seconds:
            self._commit(self._pending.load())

    def _commit(self, load: Load) -> None:
        if load.streams or load.state or load.quarantined or load.dropped:
            crash_point("sync.before_load")
            self._totals.add(self.warehouse.load(load))
            self._states += any(self._stored.get(stream) != dict(state) for stream, state in load.state.items())
            self._stored |= load.state
            crash_point("sync.after_load")
            for stream in load.streams:
                for file in stream.files:
                    file.unlink(missing_ok=True)
        self._committed_at = self.monotonic()
        for name, fields in self._pending.unknown_fields():
            if self._unknown.get(name) != fields:
                self._unknown[name] = fields
                names = plain(", ".join(fields))
                _logger(self.source.name).warning("stream %s has fields without a column: %s", name, names)

    def _trace(self, body: Json) -> None:
        detail = body.get(str(body.get("type")).lower())
        if not isinstance(detail, Mapping):
            return
        if body["type"] == "ERROR":
            self._failure = self._failure or trace_error({"type": "TRACE", "trace": body}, self.source.name)
            self._log("DEBUG", detail.get("internal_message") or "no details")
        elif body["type"] == "STREAM_STATUS":
            descriptor = detail.get("stream_descriptor")
            if isinstance(descriptor, Mapping):
                self._statuses[str(descriptor.get("name"))] = str(detail.get("status"))
        elif body["type"] == "ESTIMATE" and isinstance(detail.get("row_estimate"), int):
            self._expected[str(detail.get("name"))] = int(str(detail["row_estimate"]))

    def _log(self, level: str, message: object) -> None:
        _logger(self.source.name).log(_LEVELS.get(level, 20), "%s", plain(self.redact(str(message))))

    @staticmethod
    def _quarantined(data: Json) -> Quarantined:
        line = data.get("line")
        return Quarantined(
            stream=str(data.get("stream") or ""),
            file=str(data.get("file") or ""),
            line=line if isinstance(line, int) else None,
            reason=str(data.get("reason") or ""),
            excerpt=str(data.get("excerpt") or ""),
        )

    def _show(self, stream: str) -> None:
        label = f"{self.source.name} {stream}"
        self.progress.advance(label, done=self._done[stream], total=self._expected.get(stream))


def _tables(connector: str, catalog: Json) -> dict[str, StreamTable]:
    streams = catalog["streams"]
    tables = [stream_table(connector, stream) for stream in streams] if isinstance(streams, list) else []
    # A stream that declares no fields keeps its records whole.
    whole = pa.schema([(EXTRA, pa.string())])
    return {table.stream: table if len(table.schema) else replace(table, schema=whole) for table in tables}


def _count_streams(catalog: Json) -> int:
    streams = catalog["streams"]
    return len(streams) if isinstance(streams, list) else 0


def _stream_state(part: object) -> tuple[str, Mapping[str, object]]:
    descriptor = part.get("stream_descriptor") if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or not isinstance(descriptor, Mapping):
        raise SourceError("a STATE message without a stream descriptor")
    state = part.get("stream_state")
    return str(descriptor.get("name")), dict(state) if isinstance(state, Mapping) else {}


def _redactor(source: Source, config: Json) -> Redactor:
    """Checks a config against the specification and returns what hides its secrets."""
    specification = source.spec()
    validate_config(source.name, specification, config)
    return Redactor(secrets_of(config, specification.get("connectionSpecification")))


@contextlib.contextmanager
def _redacted(connector: str, redact: Redactor) -> Iterator[None]:
    """Takes secrets and terminal escapes out of the errors of a connector, and says whose they are."""
    try:
        yield
    except (SourceError, ConfigError) as error:
        raise type(error)(
            plain_lines(redact(error.what)),
            where=plain(redact(error.where)) if error.where else connector,
            hint=plain(redact(error.hint)) if error.hint else None,
        ) from error.__cause__


def _logger(connector: str) -> logging.Logger:
    return logging.getLogger(f"observer.connectors.{connector}")
