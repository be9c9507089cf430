"""What the forge announces about one repository: issues, pull requests, pushes, stars, forks and releases."""

from __future__ import annotations

from observer.testing.demo.cast.people import Person, person
from observer.testing.demo.chance import Draws
from observer.testing.demo.intents import HOUR, Intent, moment, star_rate
from observer.testing.demo.model import DAY, Happening, Life, subject_id
from observer.testing.demo.window import Window

_ONLOOKERS = range(1_000, 21_000)
_FORKS_PER_STAR = 0.12


class Forge:
    """Collects the happenings of a life that fall into the days of the archive; the others leave no trace."""

    def __init__(self, seed: int, life: Life, window: Window) -> None:
        self._seed, self._life, self._window = seed, life, window
        self._serial = 0

    def _announce(self, happening: Happening) -> None:
        if self._window.holds(happening.time):
            self._life.happenings.append(happening)

    def _next_id(self, kind: str = "other") -> int:
        self._serial += 1
        return subject_id(kind, self._life.repository_id, self._serial)

    def pushed(
        self, who: Person, time: int, ref: str, before: int | str, head: int | str, commits: tuple[int, ...]
    ) -> None:
        """A push; `before` is all zeros for a new branch."""
        number = self._next_id()
        self._announce(
            Happening(time, "PushEvent", who, ref=ref, before=before, head=head, pushed=commits, subject_id=number)
        )

    def issue(self, intent: Intent, number: int, team: list[Person], end: int) -> None:
        """An issue with its comments, close and now and then a second life."""
        draws = Draws(self._seed, "issue", self._life.plan.name, number)
        issue_id, who = subject_id("issue", self._life.repository_id, number), intent.who
        self._announce(
            Happening(
                intent.time, "IssuesEvent", who, "opened", number, issue_id, who, intent.time, size=draws.below(900)
            )
        )
        last = min(intent.ends, end)
        self._comments(draws, intent, number, issue_id, team, last, draws.count(1.4), on_pull=False)
        if intent.outcome == "open" or intent.ends > end or not team:
            return
        closer = who if draws.chance(0.3) else draws.pick(team)
        self._announce(Happening(intent.ends, "IssuesEvent", closer, "closed", number, issue_id, who, intent.time))
        again = intent.ends + 3 * HOUR + draws.below(90 * HOUR)
        if draws.chance(0.03) and again + 9 * DAY < end:
            self._announce(Happening(again, "IssuesEvent", who, "reopened", number, issue_id, who, intent.time))
            self._announce(
                Happening(again + 8 * DAY, "IssuesEvent", closer, "closed", number, issue_id, who, intent.time)
            )

    def _comments(
        self,
        draws: Draws,
        intent: Intent,
        number: int,
        subject: int,
        team: list[Person],
        last: int,
        count: int,
        *,
        on_pull: bool,
    ) -> None:
        for _ in range(count):
            writer = draws.pick(team) if team and draws.chance(0.6) else intent.who
            if draws.chance(0.1):
                writer = person(self._seed, 300 + draws.below(560))
            time = intent.time + 60 + int((last - intent.time) * draws.unit() ** 2)
            if time < last:
                self._announce(
                    Happening(
                        time,
                        "IssueCommentEvent",
                        writer,
                        "created",
                        number,
                        self._next_id(),
                        intent.who,
                        intent.time,
                        on_pull=on_pull,
                        size=int(draws.log_normal(121, 1.2)),
                    )
                )

    def pull_opened(
        self, intent: Intent, number: int, branch: str, head: int | str, team: list[Person], end: int
    ) -> None:
        """The branch, the pull request, its comments and reviews."""
        draws = Draws(self._seed, "pull", self._life.plan.name, number)
        pull_id, who = subject_id("pull", self._life.repository_id, number), intent.who
        if branch:
            self._announce(Happening(intent.time - 90, "CreateEvent", who, ref=branch, ref_type="branch"))
            self.pushed(who, intent.time - 60, f"refs/heads/{branch}", "0" * 40, head, ())
        self._announce(
            Happening(
                intent.time,
                "PullRequestEvent",
                who,
                "opened",
                number,
                pull_id,
                who,
                intent.time,
                head=head,
                size=draws.below(900),
            )
        )
        last = min(intent.ends, end)
        self._comments(
            draws, intent, number, pull_id, team, last, draws.count(0.3 if who.is_bot else 0.9), on_pull=True
        )
        for _ in range(draws.count(0.7) if team and not who.is_bot else 0):
            time = intent.time + 120 + int((last - intent.time) * draws.unit())
            reviewer = draws.pick(team)
            for kind in ("PullRequestReviewEvent", "PullRequestReviewCommentEvent")[: 1 + draws.below(2)]:
                time += 1
                if time < last:
                    self._announce(
                        Happening(
                            time,
                            kind,
                            reviewer,
                            "created",
                            number,
                            self._next_id(),
                            who,
                            intent.time,
                            on_pull=True,
                            head=head,
                            size=draws.below(400),
                        )
                    )

    def pull_ended(self, intent: Intent, number: int, merger: Person, branch: str, head: int | str) -> None:
        """The merge or close, and the end of the branch; an empty branch name stays silent."""
        pull_id = subject_id("pull", self._life.repository_id, number)
        self._announce(
            Happening(
                intent.ends,
                "PullRequestEvent",
                merger,
                intent.outcome,
                number,
                pull_id,
                intent.who,
                intent.time,
                head=head,
            )
        )
        if branch and intent.outcome == "merged":
            self._announce(Happening(intent.ends + 5, "DeleteEvent", merger, ref=branch, ref_type="branch"))

    def released(self, who: Person, time: int, tag: str) -> None:
        """A tag and its release."""
        self._announce(Happening(time - 30, "CreateEvent", who, ref=tag, ref_type="tag"))
        self._announce(Happening(time, "ReleaseEvent", who, "published", subject_id=self._next_id(), ref=tag, size=300))

    def crowd(self, scale: float) -> None:
        """Stars and forks of the days of the archive, and one star that every archive shows."""
        plan, window = self._life.plan, self._window
        sure = Draws(self._seed, "sure", plan.name)
        self._star(sure, window.safe_day(sure) * DAY + 12 * HOUR + sure.below(HOUR))
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
