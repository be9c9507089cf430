"""The answer key: what every number of the demo world must be, from the generator's own memory and not from its files.

The definitions are written here a second time, apart from the models and metric files that compute the real numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from observer.testing.demo.archive.events import is_slim
from observer.testing.demo.archive.files import ArchiveFacts
from observer.testing.demo.cast.catalogue import COLLECTIONS, PROJECTS
from observer.testing.demo.cast.people import UserKey
from observer.testing.demo.model import DAY, IMPOSSIBLE_TIME, Commit, Happening, Life, ancestors, event_types
from observer.testing.demo.window import Window, day_text

CONTRIBUTIONS = ("COMMIT_CODE", "ISSUE_OPENED", "PULL_REQUEST_OPENED", "PULL_REQUEST_MERGED")
SUMS: dict[str, tuple[str, ...]] = {
    "commits": ("COMMIT_CODE",),
    "stars": ("STARRED",),
    "forks": ("FORKED",),
    "issues_opened": ("ISSUE_OPENED",),
    "issues_closed": ("ISSUE_CLOSED",),
    "pull_requests_opened": ("PULL_REQUEST_OPENED",),
    "pull_requests_merged": ("PULL_REQUEST_MERGED",),
    "comments": ("ISSUE_COMMENT", "PULL_REQUEST_REVIEW_COMMENT"),
    "releases": ("RELEASE_PUBLISHED",),
}
WINDOWS = {"rolling_30_days": 30, "rolling_90_days": 90, "rolling_180_days": 180}
FULL_TIME_DAYS = 10

Answer = dict[str, object]


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated event to a repository; `user` is None where nobody is known to stand behind it."""

    day: int
    event_type: str
    repository: str
    user: UserKey | None

    @property
    def is_person(self) -> bool:
        return self.user is not None and not self.user[1].endswith("[bot]")


Measure = Callable[[list[Fact], int], int]


class AnswerKey:
    """Computes the key of a finished world."""

    def __init__(self, lives: Iterable[Life], archive: ArchiveFacts, window: Window) -> None:
        self._lives, self._archive, self._window = list(lives), archive, window
        self.on_default = {life.plan.name: _on_default(life) for life in self._lives}
        self.forks = {happening.forkee[0] for _, happening in archive.observed if happening.forkee[0]}
        self.homes = self._homes()
        self._facts = [fact for fact in self._all_facts() if fact.day <= window.end_day]

    def metrics(self) -> dict[str, dict[str, dict[str, Answer]]]:
        """Answers by entity type, entity name and metric."""
        by_repository: dict[str, list[Fact]] = defaultdict(list)
        for fact in self._facts:
            by_repository[fact.repository].append(fact)
        owned = {project.name: project.repositories for project in PROJECTS}
        entities: dict[str, dict[str, tuple[str, ...]]] = {
            "repository": {life.plan.name: (life.plan.name,) for life in self._lives},
            "project": owned,
            "collection": {name: tuple(repository for member in members for repository in owned[member])
                           for name, _, members in COLLECTIONS},
        }  # fmt: skip
        return {
            entity_type: {
                name: {
                    **self._entity([fact for repository in repositories for fact in by_repository[repository]]),
                    "star_count": self._star_count(repositories),
                }
                for name, repositories in members.items()
            }
            for entity_type, members in entities.items()
        }

    def metrics_by_class(self) -> dict[str, dict[str, dict[str, dict[str, Answer]]]]:
        """What robots, and events of nobody known, contribute: by project, metric and class."""
        by_repository: dict[str, list[Fact]] = defaultdict(list)
        for fact in self._facts:
            by_repository[fact.repository].append(fact)
        return {
            "project": {
                project.name: self._classes([fact for name in project.repositories for fact in by_repository[name]])
                for project in PROJECTS
            }
        }

    def people(self) -> dict[str, int]:
        """How many different people, bots and e-mail identities stand behind the facts."""
        users = {fact.user for fact in self._facts if fact.user is not None}
        bots = {user for user in users if user[1].endswith("[bot]")}
        return {
            "users": len(users),
            "bots": len(bots),
            "known_by_login": sum(user[0] == "GITHUB" for user in users - bots),
            "known_by_email": sum(user[0] == "GIT_EMAIL" for user in users),
        }

    def events(self) -> dict[str, int]:
        """How many events of each type have a day up to the end."""
        return dict(sorted(Counter(fact.event_type for fact in self._facts).items()))

    # Facts

    def _homes(self) -> dict[int, Life]:
        """The one repository in which each commit counts: no fork before a fork, then the lowest number."""
        homes: dict[int, Life] = {}
        for life in sorted(self._lives, key=lambda life: (life.repository_id in self.forks, life.repository_id)):
            for uid in self.on_default[life.plan.name]:
                homes.setdefault(uid, life)
        return homes

    def _all_facts(self) -> Iterable[Fact]:
        commits = {commit.uid: commit for life in self._lives for commit in life.commits}
        for uid, life in self.homes.items():
            commit = commits[uid]
            if commit.committer.time != IMPOSSIBLE_TIME:
                yield Fact(commit.committer.time // DAY, "COMMIT_CODE", life.plan.name, commit.author.user)
        for life, happening in self._archive.observed:
            for event_type in event_types(happening):
                yield Fact(happening.time // DAY, event_type, life.plan.name, _sender(happening, event_type))
        yield from self._tags(commits)

    def _tags(self, commits: dict[int, Commit]) -> Iterable[Fact]:
        """Tags whose release the archive does not show; the day is the tagger's, else the commit's."""
        published = {(life.plan.name, happening.ref) for life, happening in self._archive.observed
                     if happening.kind == "ReleaseEvent"}  # fmt: skip
        for life in self._lives:
            for tag in life.tags:
                if (life.plan.name, tag.name) not in published:
                    time = tag.tagger.time if tag.tagger else commits[tag.target].committer.time
                    if time != IMPOSSIBLE_TIME:
                        yield Fact(time // DAY, "RELEASE_PUBLISHED", life.plan.name, None)

    # Metrics

    def _star_count(self, repositories: tuple[str, ...]) -> Answer:
        """The last number of stars seen of each repository, summed; by the last day of months and of all."""
        seen: dict[str, dict[int, int]] = defaultdict(dict)
        for life, time, stars in self._archive.star_counts:
            if life.plan.name in repositories and time // DAY <= self._window.end_day:
                seen[life.plan.name][time // DAY] = stars

        def at(day: int) -> int:
            return sum(counts[max(known)] for counts in seen.values() if (known := [d for d in counts if d <= day]))

        first = min((day for counts in seen.values() for day in counts), default=self._window.end_day + 1)
        months = {month: at(day) for month, day in _months(first, self._window.end_day)}
        last = at(self._window.end_day)
        return {"month": {m: n for m, n in months.items() if n}, **dict.fromkeys((*WINDOWS, "all"), last)}

    def _entity(self, facts: list[Fact]) -> dict[str, Answer]:
        by_type: dict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_type[fact.event_type].append(fact)
        answers = {
            name: self._grains([fact for kind in types for fact in by_type[kind]], _size)
            for name, types in SUMS.items()
        }
        commits = [fact for fact in by_type["COMMIT_CODE"] if fact.is_person]
        contributions = [fact for kind in CONTRIBUTIONS for fact in by_type[kind] if fact.is_person]
        answers["contributors"] = self._grains(contributions, _people)
        answers["new_contributors"] = self._grains(_first_of_each(contributions), _people)
        answers["active_developers"] = self._grains(commits, _people)
        answers["full_time_developers"] = self._grains(commits, _full_time, thresholds=True)
        answers["part_time_developers"] = self._grains(commits, _part_time, thresholds=True)
        answers["bus_factor"] = self._grains(commits, _bus_factor)
        answers["pull_request_merge_ratio"] = _ratio(answers["pull_requests_merged"], answers["pull_requests_opened"])
        return answers

    def _classes(self, facts: list[Fact]) -> dict[str, dict[str, Answer]]:
        """Answers by metric and class; a class that contributes nothing is left out."""
        classes = {
            "bot": [fact for fact in facts if fact.user is not None and not fact.is_person],
            "unknown": [fact for fact in facts if fact.user is None],
        }
        answers: dict[str, dict[str, Answer]] = {}
        for name, types in SUMS.items():
            found = {each: [f for f in own if f.event_type in types] for each, own in classes.items()}
            answers[name] = {each: self._grains(own, _size) for each, own in found.items() if own}
        robots = classes["bot"]
        for name, types in {"contributors": CONTRIBUTIONS, "active_developers": ("COMMIT_CODE",)}.items():
            own = [fact for fact in robots if fact.event_type in types]
            answers[name] = {"bot": self._grains(own, _people)} if own else {}
        return answers

    def _grains(self, facts: list[Fact], measure: Measure, *, thresholds: bool = False) -> Answer:
        """A measure by month (where it is not 0), over the windows that end on the last day and over all time."""
        months: dict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            months[_month(fact.day)].append(fact)
        by_month = {month: measure(found, FULL_TIME_DAYS) for month, found in sorted(months.items())}
        answer: Answer = {"month": {month: amount for month, amount in by_month.items() if amount}}
        for grain, length in WINDOWS.items():
            inside = [fact for fact in facts if fact.day > self._window.end_day - length]
            answer[grain] = measure(inside, -(-FULL_TIME_DAYS * length // 30))
        if not thresholds:
            answer["all"] = measure(facts, 0)
        return answer


def _ratio(numerator: Answer, denominator: Answer) -> Answer:
    """One answer over another, by grain; None where there is nothing to divide by."""

    def over(above: object, below: object) -> float | None:
        return int(str(above)) / int(str(below)) if below else None

    above, below = numerator["month"], denominator["month"]
    if not isinstance(above, dict) or not isinstance(below, dict):
        return {}
    grains: Answer = {"month": {month: over(above.get(month, 0), amount) for month, amount in below.items()}}
    return grains | {grain: over(numerator[grain], denominator[grain]) for grain in (*WINDOWS, "all")}


def _months(first: int, last: int) -> list[tuple[str, int]]:
    """The months from one day to another, each with its last day, or the last day of all."""
    ends = {_month(day): day for day in range(first, last + 1)}
    return list(ends.items())


def _on_default(life: Life) -> set[int]:
    return ancestors({commit.uid: commit for commit in life.commits}, life.tip)


def _sender(happening: Happening, event_type: str) -> UserKey | None:
    """Who stands behind an event. Of a merge it is the author, whom the slim form does not name."""
    if event_type != "PULL_REQUEST_MERGED":
        return happening.actor.user
    return None if is_slim(happening.time) or happening.author is None else happening.author.user


@lru_cache(maxsize=8192)
def _month(day: int) -> str:
    return day_text(day)[:7]


def _size(facts: list[Fact], _: int) -> int:
    return len(facts)


def _people(facts: list[Fact], _: int) -> int:
    return len({fact.user for fact in facts})


def _active_days(facts: list[Fact]) -> list[int]:
    days: dict[UserKey | None, set[int]] = defaultdict(set)
    for fact in facts:
        days[fact.user].add(fact.day)
    return [len(found) for found in days.values()]


def _full_time(facts: list[Fact], least: int) -> int:
    return sum(days >= least for days in _active_days(facts))


def _part_time(facts: list[Fact], least: int) -> int:
    return sum(days < least for days in _active_days(facts))


def _bus_factor(facts: list[Fact], _: int) -> int:
    covered, total = 0, len(facts)
    for number, (_user, commits) in enumerate(Counter(fact.user for fact in facts).most_common(), start=1):
        covered += commits
        if 2 * covered >= total:
            return number
    return 0


def _first_of_each(facts: list[Fact]) -> list[Fact]:
    first: dict[UserKey | None, Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.day):
        first.setdefault(fact.user, fact)
    return list(first.values())
