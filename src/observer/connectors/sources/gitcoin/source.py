"""The gitcoin source: rounds, applications, donations and matching out of published tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from observer.connectors import messages
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.messages import Message
from observer.connectors.sources.gitcoin import streams
from observer.connectors.sources.gitcoin.forms import Form, Row, form_of, round_of
from observer.connectors.sources.gitcoin.tables import SUFFIXES, Line, columns, lines
from observer.connectors.sources.oss_funding.files import (
    Download,
    SourceFile,
    configured_files,
    digest,
    guarded_download,
)
from observer.connectors.sources.oss_funding.source import shared_state, stream_names
from observer.connectors.streams import catalog as build_catalog
from observer.errors import SourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

# Goes up when the rows of unchanged files change, so that they are read again.
_ROWS_VERSION = 1

SPEC: Json = {
    "documentationUrl": "https://grants.gitcoin.co/",
    "supportsIncremental": False,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Gitcoin",
        "type": "object",
        "required": ["locations"],
        "additionalProperties": False,
        "properties": {
            "locations": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
                "title": "Locations",
                "description": "Folders, archives, .parquet, .csv or .jsonl files, or URLs of them.",
                "examples": [["gitcoin", "https://example.org/all_donations.parquet"]],
            },
            "timeout_seconds": {"type": "number", "exclusiveMinimum": 0, "default": 60},
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


class GitcoinSource:
    """ports.Source over Gitcoin's tables, told apart by their columns.

    All streams replace their tables. The state is global: the digest of all files and the streams that were read.
    """

    name = "gitcoin"

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def _read(self, config: Json) -> list[SourceFile]:
        return _read(config, guarded_download(config, **self._exchange_options))

    def check(self, config: Json) -> None:
        """Returns if a table of a known form is there; raises ConfigError or SourceError with the reason if not."""
        if not any(form_of(columns(file)) for file in self._read(config)):
            raise SourceError("no table has the columns of a known form", where="gitcoin.locations")

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the five streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where a location cannot be read or a file is damaged."""
        files = self._read(config)
        wanted = stream_names(catalog)
        mark = {"digest": digest(files), "rows_version": _ROWS_VERSION, "streams": sorted(wanted)}
        if shared_state(state) == mark:
            yield messages.log("INFO", "no file has changed")
            return
        emitted_at = self._clock()
        rounds: dict[object, Row] = {}
        for file in files:
            form = form_of(columns(file))
            if form is None:
                yield messages.quarantine("applications", file.path, 1, "the columns are of no known form")
                continue
            yield from _rows(file, form, rounds, wanted, emitted_at)
        if streams.ROUNDS.name in wanted:
            for row in rounds.values():
                yield messages.record(streams.ROUNDS.name, row, emitted_at)
        yield messages.global_state(mark)


def _rows(
    file: SourceFile, form: Form, rounds: dict[object, Row], wanted: frozenset[str], emitted_at: datetime
) -> Iterator[Message]:
    stream = form.stream.name
    for line in lines(file):
        try:
            row = _converted(file, form, line, rounds)
        except ValueError as error:
            yield messages.quarantine(stream, file.path, line.number, str(error))
            continue
        if stream in wanted:
            yield messages.record(stream, row, emitted_at)


def _converted(file: SourceFile, form: Form, line: Line, rounds: dict[object, Row]) -> Row:
    if line.record is None:
        raise ValueError(line.reason)
    missing = form.columns - set(line.record)
    if missing:
        raise ValueError(f"the row has no {', '.join(sorted(missing))}")
    row: Row = {
        "file_path": file.path,
        "line": line.number,
        **form.convert(line.record),
        "_record_ref": f"gitcoin:{file.path}#L{line.number}",
    }
    found = round_of(line.record, row)
    if found is not None:
        known = rounds.setdefault(found["round_key"], found)
        known |= {name: value for name, value in found.items() if known[name] is None}
    return row


def _read(config: Json, download: Download) -> list[SourceFile]:
    kinds = ".parquet, .csv or .jsonl file"
    return configured_files(config, "gitcoin", lambda path: path.endswith(SUFFIXES), kinds, download=download)
