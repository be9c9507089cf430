"""What is new in a repository: commits not seen before, and seen ones whose place has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from observer.connectors.sources.git.command import Git
from observer.connectors.sources.git.history import read_commits, read_history
from observer.connectors.sources.git.references import Listing
from observer.connectors.sources.git.writer import ParquetFile


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of one repository.

    `refs` is the digest of the listing that phase one has read, `counted` of the one up to which lines are
    counted; the listings themselves lie beside the mirror. `looked_on` is the day of the last look, as an ISO date,
    and `source_id` the number of the repository at its forge, where it is known.
    """

    refs: str
    default_branch: str | None
    head: str | None
    commit_count: int
    counted: str | None = None
    looked_on: str | None = None
    source_id: str | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def parse(cls, value: object) -> Entry | None:
        """The entry of a state; None where there is none that makes sense."""
        if not isinstance(value, Mapping):
            return None
        refs, count = value.get("refs"), value.get("commit_count")
        if not isinstance(refs, str) or not isinstance(count, int):
            return None
        branch, head, counted = (_optional(value.get(key)) for key in ("default_branch", "head", "counted"))
        looked_on, source_id = (_optional(value.get(key)) for key in ("looked_on", "source_id"))
        return cls(refs, branch, head, count, counted, looked_on, source_id)


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Before:
    """What the last run saw."""

    entry: Entry
    listing: Listing


@dataclass(frozen=True, slots=True)
class News:
    """The number of commits on the default branch now, and what could not be put right."""

    commit_count: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Moves:
    """Ids of commits that came onto or left the default branch, and its first-parent line."""

    added: set[bytes]
    removed: set[bytes]
    first_added: set[bytes]
    first_removed: set[bytes]


def read_news(
    git: Git, url: str, before: Before | None, listing: Listing, commits: ParquetFile, changes: ParquetFile
) -> News:
    """Writes new commits with their changes, and anew those whose place on the default branch has changed.

    Without a state, or where the old default branch cannot be read any more, that is all there is. Commits that
    no ref leads to any more keep their rows, marked as on no default branch. Raises GitError.
    """
    known = readable(git, before.listing.tips) if before else []
    old_head = before.entry.head if before else None
    is_lost = old_head is not None and old_head not in known
    if before is None or is_lost:
        count = _read(git, url, listing, (), commits, changes)
        lost = f"{old_head}, the head of the last run, is gone; commits that only it led to keep their marks"
        return News(count, (lost,) if is_lost else ())
    _read(git, url, listing, known, commits, changes)
    if old_head == listing.head:
        return News(before.entry.commit_count)
    moves = _moves(git, old_head, listing.head)
    fresh = set(_revisions(git, [listing.head], known)) if listing.head else set()
    again = (moves.added | moves.removed | moves.first_added | moves.first_removed) - fresh

    def mark(commit_id: bytes, _: bytes) -> tuple[bool, bool]:
        return commit_id not in moves.removed, commit_id in moves.first_added

    for batch in read_commits(git, url, sorted(commit_id.decode("ascii") for commit_id in again), mark):
        commits.write(batch.commits)
    return News(before.entry.commit_count + len(moves.added) - len(moves.removed))


def readable(git: Git, object_ids: Sequence[str]) -> list[str]:
    """Those of the objects that are there. Raises GitError."""
    asked = "".join(f"{object_id}\n" for object_id in object_ids).encode("ascii")
    said = git.run("cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked) if asked else b""
    return [line.decode("ascii") for line in said.splitlines() if not line.endswith(b" missing")]


def _read(
    git: Git, url: str, listing: Listing, known: Sequence[str], commits: ParquetFile, changes: ParquetFile
) -> int:
    on_default_branch = 0
    if listing.tips:
        for batch in read_history(git, url, tips=listing.tips, known=known, head=listing.head):
            commits.write(batch.commits)
            changes.write(batch.changes)
            on_default_branch += batch.on_default_branch
    return on_default_branch


def _moves(git: Git, old: str | None, new: str | None) -> _Moves:
    before, after = [old] if old else [], [new] if new else []
    first = ("--first-parent", "--exclude-first-parent-only")
    return _Moves(
        added=set(_revisions(git, after, before)),
        removed=set(_revisions(git, before, after)),
        first_added=set(_revisions(git, after, before, *first)),
        first_removed=set(_revisions(git, before, after, *first)),
    )


def _revisions(git: Git, tips: Iterable[str], known: Iterable[str], *options: str) -> list[bytes]:
    asked = [*tips]
    if not asked:
        return []
    given = "".join(f"{line}\n" for line in [*asked, *(f"^{tip}" for tip in known)]).encode("ascii")
    return git.run("rev-list", *options, "--stdin", stdin=given).split()
