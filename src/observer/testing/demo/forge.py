"""What the forge announces about one repository: issues, pull requests, pushes, stars, forks and releases."""

from __future__ import annotations

from dataclasses import dataclass, field

from observer.testing.demo.cast.people import Person, person
from observer.testing.demo.chance import Draws
from observer.testing.demo.intents import HOUR, STRANGERS, Intent, moment, star_rate
from observer.testing.demo.model import DAY, Happening, Life, subject_id
from observer.testing.demo.window import Window

_ONLOOKERS = range(1_000, 21_000)
_FORKS_PER_STAR = 0.12


@dataclass(slots=True)
class Pull:
    """A pull request under way: its commits, if the repository has them, and what they change.

    `branch` is empty for those that come from elsewhere, `head` a uid or a made-up object id.
    """

    intent: Intent
    number: int
    title: str
    branch: str = ""
    times: list[int] = field(default_factory=list)
    changes: list[tuple[tuple[str, bytes | None], ...]] = field(default_factory=list)
    head: int | str = ""
    uids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The issue or pull request that something is about."""

    intent: Intent
    number: int
    kind: str
    head: int | str = ""


class Forge:
    """Collects the happenings of a life that fall into the days of the archive; the others leave no trace.

    `team` are the maintainers, `end` the second after which nothing happens any more.
    """

    def __init__(self, seed: int, life: Life, window: Window, team: list[Person], end: int) -> None:
        self._seed, self._life, self._window, self._team, self._end = seed, life, window, team, end
        self._serial = 0

    def _announce(self, happening: Happening) -> None:
        if self._window.holds(happening.time):
            self._life.happenings.append(happening)

    def _next_id(self, kind: str = "other") -> int:
        self._serial += 1
        return subject_id(kind, self._life.repository_id, self._serial)

    def _state(self, subject: _Subject, time: int, who: Person, action: str, size: int = 0) -> None:
        """A change of state of an issue or pull request."""
        self._announce(
            Happening(
                time,
                "IssuesEvent" if subject.kind == "issue" else "PullRequestEvent",
                who,
                action,
                subject.number,
                subject_id(subject.kind, self._life.repository_id, subject.number),
                subject.intent.who,
                subject.intent.time,
                head=subject.head,
                size=size,
            )
        )

    def _word(self, subject: _Subject, time: int, who: Person, kind: str, size: int) -> None:
        """A comment or review, unless the matter has ended before."""
        if time < min(subject.intent.ends, self._end):
            self._announce(
                Happening(
                    time,
                    kind,
                    who,
                    "created",
                    subject.number,
                    self._next_id(),
                    subject.intent.who,
                    subject.intent.time,
                    on_pull=subject.kind == "pull",
                    head=subject.head,
                    size=size,
                )
            )

    def pushed(self, who: Person, time: int, ref: str, moved: tuple[int | str, int | str], commits: list[int]) -> None:
        """A push that moved a ref from one commit to another; from all zeros for a new branch."""
        self._announce(
            Happening(
                time,
                "PushEvent",
                who,
                ref=ref,
                before=moved[0],
                head=moved[1],
                pushed=tuple(commits),
                subject_id=self._next_id(),
                size=len(commits),
            )
        )

    def issue(self, intent: Intent, number: int) -> None:
        """An issue with its comments, close and now and then a second life."""
        draws = Draws(self._seed, "issue", self._life.plan.name, number)
        subject, who = _Subject(intent, number, "issue"), intent.who
        self._state(subject, intent.time, who, "opened", draws.below(900))
        self._comments(draws, subject, draws.count(1.4))
        if intent.outcome == "open" or intent.ends > self._end or not self._team:
            return
        closer = who if draws.chance(0.3) else draws.pick(self._team)
        self._state(subject, intent.ends, closer, "closed")
        again = intent.ends + 3 * HOUR + draws.below(90 * HOUR)
        if draws.chance(0.03) and again + 9 * DAY < self._end:
            self._state(subject, again, who, "reopened")
            self._state(subject, again + 8 * DAY, closer, "closed")

    def _comments(self, draws: Draws, subject: _Subject, count: int) -> None:
        intent = subject.intent
        span = min(intent.ends, self._end) - intent.time
        for _ in range(count):
            writer = draws.pick(self._team) if self._team and draws.chance(0.6) else intent.who
            if draws.chance(0.1):
                writer = person(self._seed, draws.pick(STRANGERS))
            time = intent.time + 60 + int(span * draws.unit() ** 2)
            self._word(subject, time, writer, "IssueCommentEvent", int(draws.log_normal(121, 1.2)))

    def pull_opened(self, pull: Pull) -> None:
        """The branch, the pull request, its comments and reviews."""
        draws = Draws(self._seed, "pull", self._life.plan.name, pull.number)
        intent, who = pull.intent, pull.intent.who
        if pull.branch:
            self._announce(Happening(intent.time - 90, "CreateEvent", who, ref=pull.branch, ref_type="branch"))
            self.pushed(who, intent.time - 60, f"refs/heads/{pull.branch}", ("0" * 40, pull.head), pull.uids)
        subject = _Subject(intent, pull.number, "pull", pull.head)
        self._state(subject, intent.time, who, "opened", draws.below(900))
        self._comments(draws, subject, draws.count(0.3 if who.is_bot else 0.9))
        span = min(intent.ends, self._end) - intent.time
        for _ in range(draws.count(0.7) if self._team and not who.is_bot else 0):
            time, reviewer = intent.time + 120 + int(span * draws.unit()), draws.pick(self._team)
            kinds = ("PullRequestReviewEvent", "PullRequestReviewCommentEvent")[: 1 + draws.below(2)]
            for later, kind in enumerate(kinds):
                self._word(subject, time + later, reviewer, kind, draws.below(400))

    def pull_ended(self, pull: Pull, who: Person, *, keeps_branch: bool) -> None:
        """The merge or close by somebody, and the end of the branch."""
        ends, outcome = pull.intent.ends, pull.intent.outcome
        self._state(_Subject(pull.intent, pull.number, "pull", pull.head), ends, who, outcome)
        if pull.branch and outcome == "merged" and not keeps_branch:
            self._announce(Happening(ends + 5, "DeleteEvent", who, ref=pull.branch, ref_type="branch"))

    def released(self, who: Person, time: int, tag: str) -> None:
        """A tag and its release."""
        self._announce(Happening(time - 30, "CreateEvent", who, ref=tag, ref_type="tag"))
        self._announce(Happening(time, "ReleaseEvent", who, "published", subject_id=self._next_id(), ref=tag, size=300))

    def crowd(self, scale: float) -> None:
        """Stars and forks of the days of the archive, and one star under each name that every archive shows."""
        plan, window = self._life.plan, self._window
        sure = Draws(self._seed, "sure", plan.name)
        changes = [plan.renamed_at(age, window.days) for _, age in plan.former]
        newest = min([60, *(age - 1 for age in changes)])
        for youngest, oldest in [(0, newest), *((age, age + 20) for age in changes)]:
            self._star(sure, window.safe_day(sure, youngest, oldest) * DAY + 12 * HOUR + sure.below(HOUR))
        for day in (*window.old_days, *range(window.start_day, window.end_day + 1)):
            if day <= window.end_day - plan.age:
                continue
            draws = Draws(self._seed, "star", plan.name, day)
            rate = star_rate(plan, day, window.end_day) * scale
            if day in window.old_days:
                rate += 4.0
            for _ in range(draws.count(rate)):
                self._star(draws, moment(day, draws))
            for _ in range(draws.count(rate * _FORKS_PER_STAR)):
                who = person(self._seed, draws.pick(_ONLOOKERS))
                name = f"{who.login}/{plan.name.partition('/')[2]}"
                self.forked(who, moment(day, draws), self._next_id("fork"), name)

    def _star(self, draws: Draws, time: int) -> None:
        self._announce(Happening(time, "WatchEvent", person(self._seed, draws.pick(_ONLOOKERS)), "started"))

    def forked(self, who: Person, time: int, number: int, name: str) -> None:
        """A fork of this repository under another name."""
        self._announce(Happening(time, "ForkEvent", who, "forked", forkee=(number, name)))
