"""The github-archive source: hourly files of public GitHub events, by folder or URL, as an Airbyte source."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.github_archive import names, streams
from observer.connectors.sources.github_archive.arrivals import Folder, Location, Marks, Missing, Same
from observer.connectors.sources.github_archive.config import SPEC, Config, parse_config
from observer.connectors.streams import catalog as build_catalog

if TYPE_CHECKING:
    from observer.connectors.sources.github_archive.reader import Outcome
    from observer.ports import Clock, Json

_ALARM_SHARE = 0.001


class GithubArchiveSource:
    """ports.Source over archive files of all three eras.

    Streams: `events` and `push_commits` as one Parquet file per archive file, `files` as the ledger. The state is
    global, `{"files": {name: marks}}`, and comes after each file, so a kill loses the work on one file at most.
    `exchange_options` replace resolver, clock and sleep of the transport in tests.
    """

    name = "github-archive"

    def __init__(self, *, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if the folder has files or the archive answers; raises ConfigError or SourceError if not."""
        self._location(parse_config(config, now=self._clock())).check()

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the three streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises TransientSourceError if the archive stops answering."""
        parsed = parse_config(config, now=self._clock())
        wanted = _stream_names(catalog)
        known = _known(state)
        output = parsed.staging / "parquet"
        # What an earlier sync left here was committed, or will be read again because its state was not.
        shutil.rmtree(output, ignore_errors=True)
        yield from self._read(parsed, wanted, known)

    def _read(self, config: Config, wanted: frozenset[str], known: dict[str, Marks]) -> Iterator[Message]:
        from observer.connectors.sources.github_archive.reader import ArchiveReader

        is_touched = False
        with ArchiveReader(config.staging / "parquet", config.limits) as reader:
            for arrival in self._location(config).arrivals(dict(known)):
                before = known.get(arrival.name, {})
                if isinstance(arrival, Same):
                    known[arrival.name] = {**before, **arrival.marks}
                    is_touched = True
                    continue
                if isinstance(arrival, Missing):
                    if not before:
                        known[arrival.name] = {"status": "missing"}
                        yield from self._ledger(config, wanted, _missing_row(arrival.name))
                        yield messages.global_state({"files": dict(known)})
                    continue
                outcome = reader.read(arrival.path, arrival.name)
                loaded = outcome.sha256 if outcome.status == "loaded" else before.get("loaded")
                known[arrival.name] = {
                    **arrival.marks,
                    "status": outcome.status,
                    "sha256": outcome.sha256,
                    **({"loaded": loaded} if loaded else {}),
                }
                yield from self._outcome(config, wanted, outcome, loaded)
                yield messages.global_state({"files": dict(known)})
                is_touched = False
        if is_touched:
            yield messages.global_state({"files": dict(known)})

    def _location(self, config: Config) -> Location:
        if not config.is_url:
            return Folder(config)
        from observer.connectors.sources.github_archive.fetch import Url

        return Url(config, **self._exchange_options)

    def _outcome(self, config: Config, wanted: frozenset[str], outcome: Outcome, loaded: object) -> Iterator[Message]:
        for stream, path in (("events", outcome.events), ("push_commits", outcome.push_commits)):
            if path is not None and stream in wanted:
                data = {"file_name": outcome.name, "sha256": outcome.sha256}
                yield messages.file_record(stream, path, data, config.observed_at)
        for rejected in outcome.rejected:
            yield messages.quarantine("events", outcome.name, rejected.line, rejected.reason, rejected.excerpt)
        yield from self._ledger(config, wanted, _row(outcome, loaded))
        yield _log(outcome)

    def _ledger(self, config: Config, wanted: frozenset[str], row: Mapping[str, object]) -> Iterator[Message]:
        if "files" in wanted:
            yield messages.record("files", row, config.observed_at)


def _row(outcome: Outcome, loaded: object) -> dict[str, object]:
    return {
        "file_name": outcome.name,
        "hour": _iso(names.utc_hour(outcome.name)),
        "last_hour": _iso(names.last_utc_hour(outcome.name)),
        "status": outcome.status,
        "sha256": outcome.sha256,
        "loaded_sha256": loaded,
        "bytes": outcome.bytes,
        "lines": outcome.lines,
        "loaded": outcome.loaded,
        "duplicates": outcome.duplicates,
        "quarantined": outcome.quarantined,
        "blank": outcome.blank,
        "first_event_at": _iso(outcome.first_event_at),
        "last_event_at": _iso(outcome.last_event_at),
        "reason": outcome.reason,
        "_record_ref": f"github-archive:{outcome.name}",
    }


def _missing_row(name: str) -> dict[str, object]:
    counts = dict.fromkeys(("lines", "loaded", "duplicates", "quarantined", "blank"), 0)
    return {
        "file_name": name,
        "hour": _iso(names.utc_hour(name)),
        "last_hour": _iso(names.last_utc_hour(name)),
        "status": "missing",
        "reason": "the archive has no such file",
        "_record_ref": f"github-archive:{name}",
        **counts,
    }


def _log(outcome: Outcome) -> Message:
    if outcome.status != "loaded":
        return messages.log("WARN", f"{outcome.name} is {outcome.status}: {outcome.reason}")
    counts = f"{outcome.loaded} events, {outcome.duplicates} duplicates, {outcome.quarantined} quarantined"
    is_alarming = outcome.quarantined > _ALARM_SHARE * outcome.lines
    return messages.log("WARN" if is_alarming else "INFO", f"{outcome.name}: {counts}")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat()


def _stream_names(catalog: Json) -> frozenset[str]:
    configured = catalog.get("streams")
    if not isinstance(configured, list):
        return frozenset()
    return frozenset(str(entry["stream"]["name"]) for entry in configured)


def _known(state: Sequence[Json]) -> dict[str, Marks]:
    """The marks by file name in the state messages of earlier syncs; the last message counts."""
    for message in reversed(state):
        body = message.get("state", message)
        shared = body.get("global", body) if isinstance(body, Mapping) else {}
        content = shared.get("shared_state", shared) if isinstance(shared, Mapping) else {}
        files = content.get("files") if isinstance(content, Mapping) else None
        if isinstance(files, Mapping):
            return {str(name): dict(marks) for name, marks in files.items() if isinstance(marks, Mapping)}
    return {}
