"""What the github source remembers from sync to sync: who was asked for, and how far each repository was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

# Goes up when rows of unchanged repositories change, so that they are read again.
ROWS_VERSION = 1

# The weight that a walk still has after the next one.
_KEPT = 0.99

Cursors = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Walk:
    """A reading under way: the parts that are still open with their cursors, and the newest times that were seen.

    `started_at` is when it began, `lists` are the lists of the REST API that come after the parts. What the survey
    saw then is kept, since a later one may see more than the walk has read.
    """

    started_at: str
    after: Cursors
    lists: tuple[str, ...] = ()
    tops: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    releases_mark: str = ""
    releases_count: int = 0
    pushed_at: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is left to read."""
        return bool(self.after or self.lists)


@dataclass(frozen=True, slots=True)
class Entry:
    """One repository. Times are GitHub's texts."""

    node_id: str
    names: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    issues: str | None = None
    issues_count: int = 0
    pulls: str | None = None
    pulls_count: int = 0
    releases: str | None = None
    releases_mark: str = ""
    releases_count: int = 0
    history: str | None = None
    comments: str | None = None
    review_comments: str | None = None
    commit_comments: int = 0
    walked_at: str | None = None
    sbom_at: str | None = None
    walk: Walk | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry without what has its default."""
        plain = asdict(self)
        return {one.name: plain[one.name] for one in fields(self) if plain[one.name] not in (None, {}, "", 0)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Entry:
        """The entry of a state; what it does not name has its default."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in content.items() if name in known}
        walk = values.get("walk")
        if isinstance(walk, Mapping):
            values["walk"] = Walk(**{**walk, "lists": tuple(walk.get("lists") or ())})
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Habits:
    """What walks brought: new issues and pull requests, all that had changed, and accounts. Older walks count less."""

    grown: float = 20.0
    changed: float = 30.0
    people: float = 9.0

    def after(self, grown: int, changed: int, people: int) -> Habits:
        """The habits with one more walk."""
        return Habits(
            *(round(_KEPT * old + new, 2) for old, new in zip(self._all(), (grown, changed, people), strict=True))
        )

    @property
    def changed_by_grown(self) -> float:
        """Issues and pull requests that change, for each new one."""
        return max(1.0, self.changed / max(self.grown, 1.0))

    @property
    def people_by_changed(self) -> float:
        """Accounts for each issue or pull request that changes."""
        return self.people / max(self.changed, 1.0)

    def _all(self) -> tuple[float, float, float]:
        return self.grown, self.changed, self.people


@dataclass(slots=True)
class Memory:
    """The whole state: node ids by target, entries by repository id, accounts whose profiles are still to be read."""

    streams: tuple[str, ...]
    targets: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()
    habits: Habits = Habits()

    @classmethod
    def of(cls, state: Mapping[str, Any], streams: Iterable[str]) -> Memory:
        """The memory of a stored state; an empty one if that state does not cover these streams."""
        wanted = tuple(sorted(streams))
        if state.get("rows_version") != ROWS_VERSION or not set(wanted) <= set(state.get("streams") or ()):
            return cls(wanted)
        return cls(
            wanted,
            dict(state.get("targets") or {}),
            dict(state.get("repositories") or {}),
            tuple(state.get("accounts") or ()),
            Habits(**(state.get("habits") or {})),
        )

    def entry(self, repository_id: int) -> Entry | None:
        """What is known of a repository."""
        found = self.entries.get(str(repository_id))
        return Entry.from_json(found) if found is not None else None

    def put(self, repository_id: int, entry: Entry) -> None:
        """Remembers an entry; states that were given out do not change."""
        self.entries = {**self.entries, str(repository_id): entry.to_json()}

    def to_json(self) -> dict[str, Any]:
        """The state as it is stored."""
        return {
            "rows_version": ROWS_VERSION,
            "streams": list(self.streams),
            "targets": self.targets,
            "repositories": self.entries,
            "accounts": list(self.accounts),
            "habits": asdict(self.habits),
        }
