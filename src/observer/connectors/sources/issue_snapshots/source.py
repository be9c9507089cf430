"""The issue-snapshots source: dated complete listings of issues and pull requests, kept as versions of items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from observer.connectors import messages
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.messages import Message
from observer.connectors.sources.gitcoin.tables import SUFFIXES, lines
from observer.connectors.sources.issue_snapshots import streams
from observer.connectors.sources.issue_snapshots.history import History
from observer.connectors.sources.issue_snapshots.items import Item, Listing, read_item
from observer.connectors.sources.oss_funding.files import SourceFile, configured_files, guarded_download
from observer.connectors.sources.oss_funding.source import stream_names
from observer.connectors.streams import catalog as build_catalog
from observer.connectors.values import excerpt
from observer.errors import SourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

SPEC: Json = {
    "documentationUrl": "https://docs.github.com/en/rest/issues/issues",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Issue snapshots",
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
                "examples": [["snapshots", "https://example.org/issues-2024-06-01.parquet"]],
            },
            "artifact_source": {
                "type": "string",
                "enum": ["GITHUB", "GITLAB"],
                "default": "GITHUB",
                "description": "The forge that the listings are of.",
            },
            "timeout_seconds": {"type": "number", "exclusiveMinimum": 0, "default": 60},
            "transport": TRANSPORT_SCHEMA,
        },
    },
}

Listings = dict[Listing, list[tuple[Item, str]]]


class IssueSnapshotsSource:
    """ports.Source over listings, each complete for one repository, kind and time.

    The state of `versions` is a hash for every item of the last listing, by repository and kind; that of `snapshots`
    the time of that listing. Listings are taken in the order of their times; one that is not later than the last is
    passed over, so that a sync costs what is new.
    """

    name = "issue-snapshots"

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if there is a row that tells of an item; raises ConfigError or SourceError with the reason if not."""
        for file in self._files(config):
            for line in lines(file):
                if line.record is not None:
                    try:
                        read_item(line.record)
                    except ValueError as error:
                        raise SourceError(str(error), where=f"{file.path}:{line.number}") from error
                    return
        raise SourceError("no file has a row", where="issue-snapshots.locations")

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the two streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where a location cannot be read or a file is damaged."""
        files = self._files(config)
        emitted_at = self._clock()
        forge = str(config.get("artifact_source", "GITHUB"))
        for position, stream in enumerate(sorted(stream_names(catalog))):
            known = {key: History.of(value) for key, value in _state_of(state, stream).items()}
            listings: Listings = {}
            for message in _listings(files, known, listings, stream):
                if position == 0:
                    yield message
            for listing in sorted(listings):
                history = known.setdefault(_key(listing), History())
                for row in _rows(stream, forge, listing, listings[listing], history):
                    yield messages.record(stream, row, emitted_at)
                yield messages.stream_state(stream, {key: one.state() for key, one in known.items()})

    def _files(self, config: Json) -> list[SourceFile]:
        return configured_files(
            config,
            self.name,
            lambda path: path.endswith(SUFFIXES),
            ".parquet, .csv or .jsonl file",
            download=guarded_download(config, **self._exchange_options),
        )


def _listings(
    files: Sequence[SourceFile], known: Mapping[str, History], listings: Listings, stream: str
) -> Iterator[Message]:
    """Fills `listings` with what is new; yields the rows that cannot be taken."""
    for file in files:
        for line in lines(file):
            if line.record is None:
                yield messages.quarantine(stream, file.path, line.number, line.reason)
                continue
            try:
                listing, item = read_item(line.record)
            except ValueError as error:
                yield messages.quarantine(stream, file.path, line.number, str(error), excerpt(line.record))
                continue
            history = known.get(_key(listing))
            if history is None or not history.is_known(listing):
                reference = f"issue-snapshots:{file.path}#L{line.number}"
                listings.setdefault(listing, []).append((item, reference))


def _rows(
    stream: str, forge: str, listing: Listing, items: Sequence[tuple[Item, str]], history: History
) -> Iterator[dict[str, object]]:
    place: dict[str, object] = {
        "artifact_source": forge,
        "repository_name": listing.repository_name,
        "kind": listing.kind,
        "snapshot_at": listing.snapshot_at,
    }
    if stream == streams.SNAPSHOTS.name:
        history.last_at = listing.snapshot_at
        yield {**place, "item_count": len({item.number for item, _ in items}), "_record_ref": items[0][1]}
        return
    references = {item.number: reference for item, reference in items}
    for version in history.take(listing, (item for item, _ in items)):
        item = version.item
        yield {
            **place,
            "number": version.number,
            "is_deleted": item is None,
            "content_hash": item.content_hash if item else None,
            **(item.fields if item else {}),
            "_record_ref": references.get(version.number, items[0][1]),
        }


def _key(listing: Listing) -> str:
    return f"{listing.repository_name} {listing.kind}"


def _state_of(state: Sequence[Json], stream: str) -> Mapping[str, Mapping[str, object]]:
    for body in state:
        part = body.get("stream")
        if isinstance(part, Mapping) and part.get("stream_descriptor", {}).get("name") == stream:
            found = part.get("stream_state")
            return found if isinstance(found, Mapping) else {}
    return {}
