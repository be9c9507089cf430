"""What the demo world remembers of itself: commits, tags, happenings and the life of one repository."""

from __future__ import annotations

from dataclasses import dataclass, field

from observer.testing.demo.cast.people import Person, UserKey, user_of_email
from observer.testing.demo.cast.plan import FIRST_REPOSITORY_ID, RepositoryPlan

DAY = 86_400
IMPOSSIBLE_TIME = 4_294_967_200


@dataclass(frozen=True, slots=True)
class Signature:
    """A name, an address and a time of a commit's header; times are seconds since 1970 in UTC."""

    name: bytes
    email: str
    time: int
    offset_minutes: int

    @property
    def user(self) -> UserKey:
        return user_of_email(self.email)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `uid` is its identity in the whole world, so that a fork shares the commits it inherited.

    `changes` holds (path, content); content is None where the path is deleted.
    """

    uid: int
    parents: tuple[int, ...]
    author: Signature
    committer: Signature
    message: str
    changes: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    target: int
    tagger: Signature | None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that the forge announced. `head`, `before` and `pushed` are commit uids or made-up object ids."""

    time: int
    kind: str
    actor: Person
    action: str = ""
    number: int = 0
    subject_id: int = 0
    author: Person | None = None
    opened_at: int = 0
    on_pull: bool = False
    ref: str = ""
    ref_type: str = ""
    head: int | str = ""
    before: int | str = ""
    pushed: tuple[int, ...] = ()
    forkee: tuple[int, str] = (0, "")
    size: int = 0


@dataclass(slots=True)
class Life:
    """Everything that happened in one repository, in order of its creation.

    `commits` is topological; `tips` are the (time, uid) of the default branch as it moved.
    """

    plan: RepositoryPlan
    repository_id: int
    commits: list[Commit] = field(default_factory=list)
    tips: list[tuple[int, int]] = field(default_factory=list)
    branches: dict[str, int] = field(default_factory=dict)
    pulls: dict[int, int] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)

    @property
    def tip(self) -> int | None:
        return self.tips[-1][1] if self.tips else None


def ancestors(commits: dict[int, Commit], tip: int | None) -> set[int]:
    """The uids that can be reached from a tip, the tip itself included."""
    seen: set[int] = set()
    waiting = [] if tip is None else [tip]
    while waiting:
        uid = waiting.pop()
        if uid not in seen:
            seen.add(uid)
            waiting.extend(commits[uid].parents)
    return seen


_SUBJECTS = {"pull": 3_000_000_000, "issue": 4_000_000_000, "other": 5_000_000_000, "fork": 8_500_000_000}


def subject_id(kind: str, repository_id: int, number: int) -> int:
    """The forge's number of an issue, pull request, other thing or fork; each repository has a range of its own."""
    return _SUBJECTS[kind] + (repository_id - FIRST_REPOSITORY_ID) * 1_000 + number


def event_types(happening: Happening) -> tuple[str, ...]:
    """The types of the universal event table that a happening stands for; none for pushes, reviews and refs."""
    kind, action = happening.kind, happening.action
    if kind == "IssuesEvent":
        return (f"ISSUE_{action.upper()}",)
    if kind == "PullRequestEvent":
        return (
            ("PULL_REQUEST_CLOSED", "PULL_REQUEST_MERGED")
            if action == "merged"
            else (f"PULL_REQUEST_{action.upper()}",)
        )
    return _SINGLE.get(kind, ())


_SINGLE = {
    "WatchEvent": ("STARRED",),
    "ForkEvent": ("FORKED",),
    "ReleaseEvent": ("RELEASE_PUBLISHED",),
    "IssueCommentEvent": ("ISSUE_COMMENT",),
    "PullRequestReviewCommentEvent": ("PULL_REQUEST_REVIEW_COMMENT",),
}
