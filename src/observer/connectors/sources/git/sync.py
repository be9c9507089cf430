"""One repository's way through the two phases: what is new since the last state, as messages."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.git import streams
from observer.connectors.sources.git.command import Git, GitError
from observer.connectors.sources.git.config import Repository
from observer.connectors.sources.git.counts import LineCounts, changed_pairs, count_lines
from observer.connectors.sources.git.dates import parse_dates, tagger
from observer.connectors.sources.git.history import read_objects
from observer.connectors.sources.git.memo import Memo
from observer.connectors.sources.git.mirror import Store
from observer.connectors.sources.git.news import Before, Entry, read_news, readable
from observer.connectors.sources.git.references import Listing, Ref, changed_refs, forget, keep, recall
from observer.connectors.sources.git.writer import ParquetFile, constant
from observer.errors import SourceError


@dataclass(frozen=True, slots=True)
class Sync:
    """What the repositories of one run share: the chosen streams, the folder for files, the moment."""

    chosen: frozenset[str]
    staging: Path
    observed_at: datetime

    def hand_over(self, file: ParquetFile, url: str) -> Generator[Message]:
        """The message of a finished file; none where it is empty or its stream is not asked for."""
        if file.rows and file.stream.name in self.chosen:
            yield messages.file_record(
                file.stream.name, file.path, {"repository_url": url, "rows": file.rows}, self.observed_at
            )
        elif file.rows:
            file.path.unlink(missing_ok=True)


def phase_one(store: Store, entry: Entry | None, sync: Sync) -> Generator[Message, None, Entry]:
    """Refs, commits and changed files since the entry; returns the new entry. Raises SourceError.

    Nothing is said, and the same entry returned, if no ref has moved since an earlier look on the same day; the first
    look of a day is told, since silence is news as well. Messages come when all has been read.
    """
    try:
        listing = store.list_refs()
    except GitError:
        moved = store.followed()
        if moved is None:
            raise
        store, listing = moved, moved.list_refs()
        yield messages.log("INFO", f"{store.repository.url} has moved to {store.location.url}")
    today = sync.observed_at.date().isoformat()
    source_id = store.repository.source_id or (entry.source_id if entry else None)
    if entry and entry.refs == listing.digest:
        keep(listing, store.listings)
        if entry.looked_on != today:
            yield from _seen(store.repository, listing, entry.commit_count, sync)
        return replace(entry, looked_on=today, source_id=source_id)
    old = recall(entry.refs, store.listings) if entry else None
    before = Before(entry, old) if entry and old else None
    store.refresh(listing)
    url = store.repository.url
    with (
        ParquetFile(streams.COMMITS, sync.staging, url) as commits,
        ParquetFile(streams.FILE_CHANGES, sync.staging, url) as changes,
        ParquetFile(streams.REFS, sync.staging, url) as refs,
    ):
        news = read_news(store.reading, url, before, listing, commits, changes)
        refs.write(_refs(store.reading, url, changed_refs(old, listing)))
    for file in (commits, changes, refs):
        yield from sync.hand_over(file, url)
    yield from (messages.log("WARN", f"{url}: {warning}") for warning in news.warnings)
    yield from _seen(store.repository, listing, news.commit_count, sync)
    counted = entry.counted if entry else None
    forget(store.listings, but=[digest for digest in (entry and entry.refs, counted) if digest])
    keep(listing, store.listings)
    return Entry(listing.digest, listing.default_branch, listing.head, news.commit_count, counted, today, source_id)


def phase_two(store: Store, entry: Entry, memo: Memo, sync: Sync) -> Generator[Message, None, Entry]:
    """Line counts of the changes that phase one has read; returns the new entry. Raises SourceError."""
    listing = recall(entry.refs, store.listings)
    if listing is None:
        raise SourceError("what was seen last is lost; it will be read again", where=store.repository.url)
    if not store.reader.exists():
        store.refresh(listing)
    before = recall(entry.counted, store.listings) if entry.counted else None
    known = readable(store.reading, before.tips) if before else []
    missing = 0
    with ParquetFile(streams.LINE_COUNTS, sync.staging, store.repository.url) as file, memo.batch():
        for changed in changed_pairs(store.reading, tips=listing.tips, known=known):
            pairs = memo.unknown(changed.pairs)
            missing += len(pairs)
            for counts in count_lines(store, pairs, changed.submodules):
                file.write(_line_counts(store.repository.url, counts))
                memo.add(counts.pairs)
                missing -= len(counts.pairs)
    yield from sync.hand_over(file, store.repository.url)
    if missing:
        yield messages.log("WARN", f"{store.repository.url}: the lines of {missing} changes cannot be counted")
    return replace(entry, counted=entry.refs)


def _seen(repository: Repository, listing: Listing, commit_count: int, sync: Sync) -> Generator[Message]:
    """The row of the repository as it is seen now."""
    if "repositories" not in sync.chosen:
        return
    row = {
        "repository_url": repository.url,
        "artifact_source": repository.artifact_source,
        "artifact_namespace": repository.artifact_namespace,
        "artifact_name": repository.artifact_name,
        "default_branch": listing.default_branch,
        "head_commit_id": listing.head,
        "commit_count": commit_count,
        "is_empty": not listing.tips,
        "observed_at": sync.observed_at.replace(tzinfo=None).isoformat(timespec="microseconds"),
        "_record_ref": f"git+{repository.url}" + (f"@{listing.head}" if listing.head else ""),
    }
    yield messages.record("repositories", row, sync.observed_at)


def _line_counts(url: str, counts: LineCounts) -> dict[str, pa.Array]:
    return {
        "old_blob_id": pa.array([old for old, _ in counts.pairs], pa.string()),
        "new_blob_id": pa.array([new for _, new in counts.pairs], pa.string()),
        "additions": counts.additions,
        "deletions": counts.deletions,
        "is_binary": pc.is_null(counts.additions),
        "_record_ref": constant(f"git+{url}", len(counts.pairs)),
    }


def _refs(git: Git, url: str, changed: tuple[list[Ref], list[str]]) -> dict[str, pa.Array]:
    """Rows of refs that are new or moved, and of those that are gone, which have no commit."""
    moved, gone = changed
    refs = [*moved, *(Ref(name, "") for name in gone)]
    annotated = [ref.object_id for ref in moved if ref.kind == "tag" and ref.peeled_id]
    taggers = dict(zip(annotated, map(tagger, read_objects(git, annotated)), strict=True))
    signed = [taggers.get(ref.object_id, (None, "")) for ref in refs]
    return {
        "repository_url": constant(url, len(refs)),
        "ref_name": pa.array([ref.name for ref in refs], pa.string()),
        "ref_kind": pa.array([ref.kind for ref in refs], pa.string()),
        "commit_id": pa.array([ref.target_id or None for ref in refs], pa.string()),
        "is_annotated": pa.array([ref.peeled_id is not None for ref in refs], pa.bool_()),
        "tagger_name": pa.array([name for name, _ in signed], pa.string()),
        "tagged_at": parse_dates(pa.array([date for _, date in signed], pa.string())).at,
        "_record_ref": pa.array([f"git+{url}@{ref.target_id or ref.name}" for ref in refs], pa.string()),
    }
