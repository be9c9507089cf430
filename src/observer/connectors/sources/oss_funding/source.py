"""The oss-funding source: curated grants in CSV files and the profiles of those who gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from observer.connectors import messages
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.messages import Message
from observer.connectors.sources.oss_funding import streams
from observer.connectors.sources.oss_funding.files import (
    Download,
    SourceFile,
    configured_files,
    digest,
    guarded_download,
)
from observer.connectors.sources.oss_funding.funders import read_funder
from observer.connectors.sources.oss_funding.grants import Refused, Repeats, is_build, read_grants
from observer.connectors.streams import catalog as build_catalog
from observer.errors import SourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

# Goes up when the rows of unchanged files change, so that they are read again.
_ROWS_VERSION = 1

SPEC: Json = {
    "documentationUrl": "https://github.com/opensource-observer/oss-funding",
    "supportsIncremental": False,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "oss-funding",
        "type": "object",
        "required": ["locations"],
        "additionalProperties": False,
        "properties": {
            "locations": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
                "title": "Locations",
                "description": "Folders, .tar.gz, .tar.xz, .tar or .zip files, CSV files (also .gz), or URLs of them.",
                "examples": [["funding", "https://example.org/grants.csv"]],
            },
            "timeout_seconds": {"type": "number", "exclusiveMinimum": 0, "default": 60},
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


class OssFundingSource:
    """ports.Source over grants, funders and grant pools.

    All streams replace their tables. The state is global: the digest of all files and the streams that were read.
    Files that have not changed give neither records nor state, and the tables stay as they are.
    """

    name = "oss-funding"

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def _read(self, config: Json) -> list[SourceFile]:
        return _read(config, guarded_download(config, **self._exchange_options))

    def check(self, config: Json) -> None:
        """Returns if there is at least one CSV file; raises ConfigError or SourceError with the reason if not."""
        self._read(config)

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the three streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where a location cannot be read or holds no grants."""
        files = self._read(config)
        wanted = stream_names(catalog)
        mark = {"digest": digest(files), "rows_version": _ROWS_VERSION, "streams": sorted(wanted)}
        if shared_state(state) == mark:
            yield messages.log("INFO", "no file has changed")
            return
        emitted_at = self._clock()
        if streams.GRANTS.name in wanted:
            yield from _grants(files, emitted_at)
        for file in files:
            if file.path.endswith((".yaml", ".yml")):
                yield from _funder(file, wanted, emitted_at)
        yield messages.global_state(mark)


def _read(config: Json, download: Download) -> list[SourceFile]:
    files = configured_files(config, "oss-funding", _is_wanted, "CSV file", download=download)
    if not any(file.path.endswith(".csv") for file in files):
        raise SourceError("no CSV file was found", where="oss-funding.locations")
    return files


def _is_wanted(path: str) -> bool:
    return path.endswith((".csv", ".yaml", ".yml")) and not path.split("/")[-1].startswith(".")


def _grants(files: Sequence[SourceFile], emitted_at: datetime) -> Iterator[Message]:
    repeats = Repeats()
    stream = streams.GRANTS.name
    tables = [file for file in files if file.path.endswith(".csv")]
    for file in tables:
        if len(tables) > 1 and is_build(file):
            yield messages.log("INFO", f"{file.path} is left out: it was built from the other files")
            continue
        for row in read_grants(file, repeats):
            if isinstance(row, Refused):
                yield messages.quarantine(stream, row.path, row.line, row.reason, row.excerpt)
            else:
                yield messages.record(stream, row, emitted_at)


def _funder(file: SourceFile, wanted: frozenset[str], emitted_at: datetime) -> Iterator[Message]:
    try:
        profile, pools = read_funder(file)
    except ValueError as error:
        yield messages.quarantine(streams.FUNDERS.name, file.path, None, str(error))
        return
    if streams.FUNDERS.name in wanted:
        yield messages.record(streams.FUNDERS.name, profile, emitted_at)
    if streams.GRANT_POOLS.name in wanted:
        for pool in pools:
            yield messages.record(streams.GRANT_POOLS.name, pool, emitted_at)


def stream_names(catalog: Json) -> frozenset[str]:
    """The names of the streams of a configured catalogue."""
    configured = catalog.get("streams")
    return (
        frozenset(str(entry["stream"]["name"]) for entry in configured) if isinstance(configured, list) else frozenset()
    )


def shared_state(state: Sequence[Json]) -> Mapping[str, object]:
    """The shared part of a global state, empty before the first sync."""
    for body in state:
        whole = body.get("global")
        shared = whole.get("shared_state") if isinstance(whole, Mapping) else None
        if isinstance(shared, Mapping):
            return shared
    return {}
