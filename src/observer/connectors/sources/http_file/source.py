"""HttpFileSource: CSV, JSON and Parquet files by URL, each a table, asked for conditionally."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from observer.connectors import messages
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.declarative.options import split_config
from observer.connectors.messages import Message
from observer.connectors.sources.files.columnar import Origin, columns_of, convert
from observer.connectors.sources.files.download import Downloaded, Downloader, host_of, require_whole_json
from observer.connectors.sources.files.options import PROPERTIES, FileOptions, parse_options, stream_of
from observer.connectors.sources.files.reading import (
    STAGING,
    ColumnMemo,
    column_changes,
    configured_streams,
    file_messages,
    staging_folder,
    stream_states,
)  # fmt: skip
from observer.connectors.sources.files.unpack import unpacked
from observer.errors import ConfigError, SourceError
from observer.model.load import WriteMode

if TYPE_CHECKING:
    from observer.ports import Clock, Json

DEFAULT_LIMIT = 2 * 1024**3
_ROWS_VERSION = 1

SPEC: dict[str, object] = {
    "documentationUrl": "https://docs.airbyte.com/integrations/sources/file",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "http-file",
        "type": "object",
        "required": ["files"],
        "additionalProperties": False,
        "properties": {
            "files": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["name", "url"],
                    "additionalProperties": False,
                    "properties": {
                        "name": {
                            "type": "string",
                            "pattern": "^[a-z][a-z0-9_]{0,62}$",
                            "description": "Of the stream.",
                        },
                        "url": {"type": "string", "pattern": "^https?://"},
                        "mode": {
                            "enum": ["overwrite", "upsert"],
                            "description": "Whether a file replaces the table, or its rows meet older ones by key.",
                        },
                        "sha256": {
                            "type": "string",
                            "pattern": "^[0-9a-f]{64}$",
                            "description": "What the file must be.",
                        },
                        "member": {"type": "string", "description": "The file inside a zip archive of several."},
                        **PROPERTIES,
                    },
                },
            },
            "token": {"type": "string", "airbyte_secret": True, "description": "Sent as a bearer token."},
            "max_file_bytes": {"type": "integer", "minimum": 1, "description": "Largest file, packed and unpacked."},
            "staging_dir": STAGING,
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


@dataclass(frozen=True, slots=True)
class _File:
    url: str
    options: FileOptions
    mode: WriteMode
    sha256: str
    member: str | None

    @property
    def mark(self) -> str:
        """Changes with everything in the config that changes rows."""
        return hashlib.sha256(f"{_ROWS_VERSION} {self}".encode()).hexdigest()[:16]


class HttpFileSource:
    """ports.Source over files by URL. A stream's state holds its file's validators and digest.

    A file that has not changed gives nothing, and its table stays as it is. One that is damaged, or holds no row that
    can be read, ends the sync and changes nothing.
    """

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self.name = "http-file"
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options
        self._fetched: dict[str, tuple[Path, Downloaded]] = {}

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if every file is there for us; raises ConfigError or SourceError if not."""
        run = self._run(config)
        for file in run.files.values():
            run.downloader.file(file.url, None, headers=run.headers)

    def discover(self, config: Json) -> Json:
        """A stream for each file; where the config names no columns, the file says which there are."""
        run = self._run(config)
        return {"streams": [stream_of(f.options, run.columns(f), f.mode) for f in run.files.values()]}

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The rows of files that have changed, as Parquet files by reference."""
        run = self._run(config)
        known = stream_states(state)
        for name in configured_streams(catalog):
            yield from run.read(run.files[name], known.get(name, {}), self._clock())

    def _run(self, config: Json) -> _Run:
        own, transport = split_config(config)
        files = {file.options.stream: file for file in _files(self.name, own)}
        if len(files) < len(own["files"]):  # type: ignore[arg-type]  # the schema says that it is a list
            raise ConfigError("two files have one name", where=f"[connectors.{self.name}]")
        hosts = frozenset(host_of(file.url) for file in files.values())
        token = own.get("token")
        return _Run(
            self.name,
            files,
            Downloader(hosts, transport, **self._exchange_options),
            {"Authorization": f"Bearer {token}"} if token else {},
            staging_folder(own, f"[connectors.{self.name}]", [path for path, _ in self._fetched.values()]),
            int(str(own.get("max_file_bytes") or DEFAULT_LIMIT)),
            self._fetched,
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """One call under a config. `fetched` are files that were needed for their columns, and will be needed again."""

    name: str
    files: Mapping[str, _File]
    downloader: Downloader
    headers: Mapping[str, str]
    staging: Path
    limit: int
    fetched: dict[str, tuple[Path, Downloaded]]

    def columns(self, file: _File) -> dict[str, pa.DataType]:
        """The columns of a file's stream; the file is fetched only where the config does not name them."""
        stream, memo = file.options.stream, ColumnMemo(self.staging)
        if file.options.columns is not None:
            return columns_of(Path(), file.options)
        found = memo.find(stream, file.mark)
        plain, done = self._plain(file, found[1] if found else {})
        if plain is None and found:
            return found[0]
        if plain is None:
            raise SourceError("the server holds back a file that was never fetched", where=file.url.split("?", 1)[0])
        columns = columns_of(plain, file.options)
        memo.keep(stream, file.mark, columns, done.validators)
        self.fetched[stream] = (plain, done)
        return columns

    def read(self, file: _File, state: Mapping[str, Any], now: datetime) -> Iterator[Message]:
        stream = file.options.stream
        is_same_config = state.get("mark") == file.mark
        plain, done = self.fetched.pop(stream, (None, None))
        if plain is None or done is None:
            plain, done = self._plain(file, state if is_same_config else {})
        if plain is None or (is_same_config and done.sha256 == state.get("sha256")):
            yield messages.log("INFO", f"{stream}: the file has not changed")
            return
        columns = columns_of(plain, file.options)
        yield from column_changes(stream, state.get("columns"), columns)
        shown = file.url.split("?", 1)[0]
        target = self.staging / f"observer-{stream}.parquet"
        converted = convert(plain, target, file.options, columns, Origin(f"{self.name}:{stream}", shown))
        plain.unlink(missing_ok=True)
        yield from file_messages(converted, stream, shown, now)
        yield messages.stream_complete(stream)
        yield messages.stream_state(
            stream, {"mark": file.mark, "sha256": done.sha256, "columns": list(columns), **done.validators}
        )

    def _plain(self, file: _File, known: Mapping[str, Any]) -> tuple[Path | None, Downloaded]:
        """The unpacked file, None if the server says that it has not changed."""
        stream = file.options.stream
        packed, target = self.staging / f"observer-{stream}.download", self.staging / f"observer-{stream}.plain"
        verify = require_whole_json if file.options.format == "json" and not _is_packed(file.url) else None
        done = self.downloader.file(
            file.url, packed, limit=self.limit, headers=self.headers, known=known, verify=verify
        )
        if done.path is None:
            return None, done
        if file.sha256 and file.sha256 != done.sha256:
            raise SourceError(f"the file is not the one with SHA-256 {file.sha256}", where=file.url.split("?", 1)[0])
        plain = unpacked(packed, file.url.split("?", 1)[0], target, self.limit, member=file.member)
        if plain != packed:
            packed.unlink()
        return plain, done


def _files(connector: str, config: Json) -> Iterator[_File]:
    entries = config.get("files")
    for entry in entries if isinstance(entries, list) else []:
        name, url = str(entry["name"]), str(entry["url"])
        where = f"[connectors.{connector}] {name}"
        options = parse_options(entry, name, str(entry.get("member") or url.split("?", 1)[0]), where)
        mode = WriteMode.UPSERT if entry.get("mode") == "upsert" else WriteMode.OVERWRITE
        if mode is WriteMode.UPSERT and not options.primary_key:
            raise ConfigError("rows can meet earlier ones only by a `primary_key`", where=where)
        member = str(entry["member"]) if entry.get("member") else None
        yield _File(url, options, mode, str(entry.get("sha256") or ""), member)


def _is_packed(url: str) -> bool:
    return url.split("?", 1)[0].lower().endswith((".gz", ".zip"))
