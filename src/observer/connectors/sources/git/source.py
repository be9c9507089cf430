"""GitSource: repositories by address or local path, as an Airbyte source in process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.git import streams
from observer.connectors.sources.git.command import GitError, require_git
from observer.connectors.sources.git.config import SPECIFICATION, GitConfig, Repository, parse_config
from observer.connectors.sources.git.memo import Memo
from observer.connectors.sources.git.mirror import open_store, take_over
from observer.connectors.sources.git.news import Entry
from observer.connectors.sources.git.sync import Sync, phase_one, phase_two
from observer.connectors.sources.git.writer import discard_files
from observer.connectors.streams import catalog
from observer.errors import SourceError, TransientSourceError
from observer.ports import Clock, Forecast, Json

_PROBES = 3

# Measured against git-http-backend: refs are asked for in two requests, a blobless clone takes three more, and the
# first batch of blobs two.
_LOOK_REQUESTS = 2
_CLONE_REQUESTS = 3
_COUNT_REQUESTS = 2
_LOOK_SECONDS = 0.5
# A repository of some thousand commits; history comes at some ten thousand commits a second once it is here.
_CLONE_SECONDS = 5.0

Step = Callable[[], Generator[Message, None, Entry]]


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class GitSource:
    """Commits, changed files, refs and line counts of git repositories.

    Phase one (history) is done for all repositories before phase two (line counts) begins. A STATE follows each
    repository that had something new; one that cannot be read is quarantined and the others go on.
    """

    name = "git"

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPECIFICATION

    def check(self, config: Json) -> None:
        """Returns if git is there and one of the first repositories answers. Raises ConfigError or SourceError."""
        parsed = parse_config(config)
        require_git()
        faults: list[SourceError] = []
        for repository in parsed.repositories[:_PROBES]:
            try:
                open_store(repository, parsed).list_refs()
            except SourceError as error:
                faults.append(error)
            else:
                return
        if faults:
            raise faults[0]

    def discover(self, config: Json) -> Json:
        """The catalogue of the five streams."""
        return catalog(streams.STREAMS)

    def forecast(self, config: Json, state: Mapping[str, Json]) -> Forecast:
        """Requests and time of a sync; asks nobody. How large a new repository is, nobody tells without sending it."""
        parsed = parse_config(config)
        seen = _mapping(state.get(""), "repositories")
        known = sum(repository.url in seen for repository in parsed.repositories)
        new = len(parsed.repositories) - known
        counts = new if parsed.line_counts else 0
        return Forecast(
            _sentence(new, known, parsed.line_counts),
            requests=known * _LOOK_REQUESTS + new * (_LOOK_REQUESTS + _CLONE_REQUESTS) + counts * _COUNT_REQUESTS,
            seconds=known * _LOOK_SECONDS + new * _CLONE_SECONDS,
        )

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """Messages of what is new since the state. Raises SourceError if no repository can be read at all."""
        parsed = parse_config(config)
        require_git()
        chosen = _chosen(catalog)
        progress = _Progress.parse(state, chosen)
        moment = parsed.observed_at or self._clock()
        discard_files(parsed.staging)
        yield from _read(parsed, progress, Sync(chosen, parsed.staging, moment))


@dataclass(slots=True)
class _Progress:
    """The state of the source: entries by repository URL, the memo's state, and the streams that it speaks of."""

    chosen: frozenset[str]
    entries: dict[str, Entry] = field(default_factory=dict)
    memo: Mapping[str, object] = field(default_factory=dict)
    shared: dict[str, object] = field(default_factory=dict)

    def put(self, url: str, entry: Entry) -> Message:
        """Takes a new entry; returns the STATE message."""
        self.entries[url] = entry
        self.shared[url] = entry.as_json()
        return self.message()

    def forget(self, urls: Iterable[str]) -> None:
        """Leaves entries out."""
        for url in urls:
            self.entries.pop(url, None)
            self.shared.pop(url, None)

    def message(self) -> Message:
        """The STATE message."""
        state = {"repositories": dict(self.shared), "memo": self.memo, "streams": sorted(self.chosen)}
        return messages.global_state(state)

    @classmethod
    def parse(cls, state: Sequence[Json], chosen: frozenset[str]) -> _Progress:
        """The progress of a state; none if a stream is asked for now that was not asked for then."""
        for message in state:
            body = _mapping(message, "state") or message
            shared = _mapping(_mapping(body, "global"), "shared_state")
            known = shared.get("streams")
            if isinstance(known, list) and chosen <= set(known):
                items = ((str(url), Entry.parse(value)) for url, value in _mapping(shared, "repositories").items())
                entries = {url: entry for url, entry in items if entry}
                texts: dict[str, object] = {url: entry.as_json() for url, entry in entries.items()}
                return cls(chosen, entries, _mapping(shared, "memo"), texts)
        return cls(chosen)


def _read(config: GitConfig, progress: _Progress, sync: Sync) -> Iterator[Message]:
    yield from _drop(config, progress, sync)
    faults: list[SourceError] = []
    for repository in config.repositories:
        take_over(repository, config)
        entry = progress.entries.get(repository.url)
        try:
            now = yield from phase_one(open_store(repository, config), entry, sync)
        except SourceError as error:
            faults.append(error)
            yield from _refused("repositories", repository, error)
            continue
        if now != entry:
            yield progress.put(repository.url, now)
    if faults and len(faults) == len(config.repositories):
        kind = TransientSourceError if any(_may_pass(fault) for fault in faults) else SourceError
        raise kind(f"none of {len(faults)} repositories can be read; the first says: {faults[0]}", where="git")
    if config.line_counts and "line_counts" in sync.chosen:
        yield from _count(config, progress, sync)


def _drop(config: GitConfig, progress: _Progress, sync: Sync) -> Iterator[Message]:
    """Forgets addresses that are not listed any more, and those that lead to another repository than they did."""
    listed = {repository.url: repository.source_id for repository in config.repositories}
    other = [url for url, entry in progress.entries.items() if _is_other(entry.source_id, listed.get(url))]
    gone = [url for url in config.dropped if url not in listed] + other
    if not gone or not sync.chosen >= streams.BY_REPOSITORY:
        return
    for stream in sorted(streams.BY_REPOSITORY):
        yield messages.dropped(stream, "repository_url", gone)
    progress.forget(gone)
    yield progress.message()


def _is_other(before: str | None, now: str | None) -> bool:
    return before is not None and now is not None and before != now


def _count(config: GitConfig, progress: _Progress, sync: Sync) -> Iterator[Message]:
    entries = ((repository, progress.entries.get(repository.url)) for repository in config.repositories)
    waiting = [(repository, entry) for repository, entry in entries if entry and entry.counted != entry.refs]
    if not waiting:
        return
    memo = Memo(config.mirrors / "line_counts.sqlite", progress.memo)
    try:
        for repository, entry in waiting:
            try:
                now = yield from phase_two(open_store(repository, config), entry, memo, sync)
            except SourceError as error:
                yield from _refused("line_counts", repository, error)
                continue
            progress.memo = memo.state
            yield progress.put(repository.url, now)
    finally:
        memo.close()


def _sentence(new: int, known: int, has_counts: bool) -> str:
    parts = [f"history of {new} new {'repository' if new == 1 else 'repositories'}"] if new else []
    parts += [f"what is new in {known}"] if known else []
    parts += ["line counts"] if has_counts and parts else []
    return ", ".join(parts) or "nothing"


def _refused(stream: str, repository: Repository, error: SourceError) -> Iterator[Message]:
    yield messages.quarantine(stream, repository.url, None, error.what)
    yield messages.log("WARN", f"{repository.url} is left out: {error.what}")


def _may_pass(fault: SourceError) -> bool:
    return isinstance(fault, (GitError, TransientSourceError))


def _chosen(catalog: Json) -> frozenset[str]:
    items = catalog.get("streams")
    names = [_mapping(item, "stream").get("name") for item in items] if isinstance(items, list) else []
    return frozenset(name for name in names if isinstance(name, str))


def _mapping(value: object, key: str) -> Mapping[str, object]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}
