"""Decides which dropped files a table is to hold, and reads those that it does not hold yet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.bucket.config import DropStream
from observer.connectors.sources.bucket.stores import Store, StoredFile, listing_mark
from observer.connectors.sources.files.columnar import Converted, Origin, columns_of, convert
from observer.connectors.sources.files.reading import ColumnMemo, column_changes, file_messages
from observer.connectors.sources.files.unpack import unpacked
from observer.errors import SourceError, TransientSourceError

_TRIES = 5
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Drop:
    """A file of a stream with its interval."""

    file: StoredFile
    interval_at: datetime

    @property
    def mark(self) -> str:
        """Changes with the file."""
        return listing_mark(self.file)


@dataclass(slots=True)
class Drops:
    """The files of one location. `fetched` are files that were needed for their columns, and will be needed again."""

    name: str
    store: Store
    staging: Path
    limit: int
    fetched: dict[str, tuple[str, Path]]
    _listed: list[StoredFile] = field(default_factory=list)

    def of(self, stream: DropStream) -> list[Drop]:
        """The files of a stream, oldest interval first."""
        if not self._listed:
            self._listed = list(self.store.files())
        dated = ((file, stream.interval(file.path)) for file in self._listed)
        found = [Drop(file, interval_at) for file, interval_at in dated if interval_at is not None]
        return sorted(found, key=lambda drop: (drop.interval_at, drop.file.path))

    def columns(self, stream: DropStream) -> dict[str, pa.DataType]:
        """The columns of a stream: those of the config, else of the newest file that can be read."""
        options, memo = stream.options, ColumnMemo(self.staging)
        if options.columns is not None:
            return columns_of(Path(), options)
        drops = self.of(stream)
        for drop in drops[: -_TRIES - 1 : -1]:
            known = memo.find(options.stream, stream.mark + drop.mark)
            if known:
                return known[0]
            try:
                plain = self._plain(drop)
                columns = columns_of(plain, options)
            except TransientSourceError:
                raise
            except SourceError:
                continue
            memo.keep(options.stream, stream.mark + drop.mark, columns, {})
            self.fetched[options.stream] = (drop.mark, plain)
            return columns
        raise SourceError(
            f"the stream {options.stream} has no file that can be read",
            where=f"[connectors.{self.name}]",
            hint="name its `columns`, or correct file_match",
        )

    def read(self, stream: DropStream, state: Mapping[str, Any], now: datetime) -> Iterator[Message]:
        """The messages of one stream."""
        state = state if state.get("mark") == stream.mark else {}
        held = {str(path): str(mark) for path, mark in (state.get("files") or {}).items()}
        drops = _kept(stream, self.of(stream), now)
        if not drops and not held:
            yield messages.log("WARN", f"{stream.options.stream}: no file matches")
            return
        reader = _Reader(self, stream, self.columns(stream), now)
        yield from column_changes(stream.options.stream, state.get("columns"), reader.columns)
        if stream.is_replacing:
            yield from self._replace(stream, reader, drops, state)
        else:
            yield from self._add(stream, reader, drops, held)

    def _add(
        self, stream: DropStream, reader: _Reader, drops: Sequence[Drop], held: Mapping[str, str]
    ) -> Iterator[Message]:
        """Every file once; a state follows each, so that a kill costs one file at most."""
        done = dict(held)
        for drop in drops:
            if done.get(drop.file.path) == drop.mark:
                continue
            if drop.file.path in done:
                yield messages.log("WARN", f"{stream.options.stream}: {drop.file.path} has changed and is read again")
            yield from reader.messages(drop)
            done[drop.file.path] = drop.mark
            yield messages.stream_state(stream.options.stream, reader.state(done))

    def _replace(
        self, stream: DropStream, reader: _Reader, drops: Sequence[Drop], state: Mapping[str, Any]
    ) -> Iterator[Message]:
        """All files that the table is to hold, if they are not those that it holds."""
        name = stream.options.stream
        wanted = {drop.file.path: drop.mark for drop in drops}
        if wanted in (state.get("files"), state.get("refused")):
            yield messages.log("INFO", f"{name}: no file is new")
            return
        found = [message for drop in drops for message in reader.messages(drop)]
        if reader.damaged and (stream.is_overwrite or len(reader.damaged) == len(drops)):
            # Half an interval must not stand in the place of a whole one.
            yield from (message for message in found if not _is_file(message))
            files = ", ".join(reader.damaged)
            yield messages.log("ERROR", f"{name}: the table stays as it is, since {files} cannot be read")
            yield messages.stream_state(name, {**state, "mark": stream.mark, "refused": wanted})
            return
        yield from found
        yield messages.stream_complete(name)
        yield messages.stream_state(name, reader.state(wanted))

    def _plain(self, drop: Drop) -> Path:
        """The unpacked file of a drop: in the staging folder, or where it lies."""
        number = next(_numbers)
        packed = self.staging / f"observer-{number}.download"
        found, _ = self.store.fetch(drop.file, packed, self.limit)
        plain = unpacked(found, drop.file.path, self.staging / f"observer-{number}.plain", self.limit)
        if plain != found:
            packed.unlink(missing_ok=True)
        return plain

    def converted(self, stream: DropStream, drop: Drop, columns: Mapping[str, pa.DataType]) -> Converted:
        """A drop as Parquet. Raises SourceError for a damaged file."""
        mark, plain = self.fetched.pop(stream.options.stream, ("", None))
        if plain is None or mark != drop.mark:
            if plain is not None:
                self.fetched[stream.options.stream] = (mark, plain)
            plain = self._plain(drop)
        origin = Origin(f"{self.name}:{stream.options.stream}", drop.file.path, drop.interval_at)
        target = self.staging / f"observer-{next(_numbers)}.parquet"
        try:
            return convert(plain, target, stream.options, columns, origin, dated=True)
        finally:
            if plain.is_relative_to(self.staging):
                plain.unlink(missing_ok=True)


@dataclass(slots=True)
class _Reader:
    """Reads the drops of one stream; `damaged` are those that could not be read, with the reason."""

    drops: Drops
    stream: DropStream
    columns: Mapping[str, pa.DataType]
    now: datetime
    damaged: dict[str, str] = field(default_factory=dict)

    def messages(self, drop: Drop) -> Iterator[Message]:
        """The rows of one file, or the file as quarantined."""
        name = self.stream.options.stream
        try:
            done = self.drops.converted(self.stream, drop, self.columns)
        except TransientSourceError:
            raise
        except SourceError as error:
            self.damaged[drop.file.path] = error.what
            yield messages.quarantine(name, drop.file.path, None, error.what)
            return
        yield from file_messages(done, name, drop.file.path, self.now)

    def state(self, files: Mapping[str, str]) -> dict[str, object]:
        """The state of the stream once these files are in its table."""
        return {"mark": self.stream.mark, "files": dict(files), "columns": list(self.columns)}


def _is_file(message: Message) -> bool:
    record = message.get("record")
    return isinstance(record, Mapping) and "file_reference" in record


def _kept(stream: DropStream, drops: Sequence[Drop], now: datetime) -> list[Drop]:
    """The drops that the table is to hold: none that is too old, and of an overwritten table the newest interval."""
    if stream.retention_days is not None:
        oldest = (now - timedelta(days=stream.retention_days)).date()
        drops = [drop for drop in drops if drop.interval_at.date() >= oldest]
    if stream.is_overwrite and drops:
        drops = [drop for drop in drops if drop.interval_at == drops[-1].interval_at]
    return list(drops)
