"""What people set out to do in a repository, day by day, before git and the forge have their say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from observer.testing.demo.cast.people import Person, bot, person
from observer.testing.demo.cast.plan import OLD_SAMPLE_DAYS, PATTERNS, REPOSITORIES, RepositoryPlan
from observer.testing.demo.chance import Draws, cumulate
from observer.testing.demo.model import DAY

# Activity by UTC hour and by weekday from Monday, measured on 15.7 million pull request actions of 2016.
CLOCK = cumulate(
    (
        0.82,
        0.74,
        0.69,
        0.66,
        0.59,
        0.59,
        0.66,
        0.76,
        0.86,
        0.97,
        0.94,
        0.92,
        1.01,
        1.17,
        1.33,
        1.40,
        1.36,
        1.31,
        1.31,
        1.30,
        1.31,
        1.25,
        1.12,
        0.95,
    )
)
WEEKDAY = (1.11, 1.21, 1.21, 1.20, 1.11, 0.59, 0.58)
HOUR = 3_600
TEAM_SIZE = 12
STRANGERS = range(300, 860)
_BATCH = cumulate((0.58, 0.27, 0.10, 0.05))
_STAR_BURST_AGE = 74
# Rates in the plan are relative; these make about 6,000 commits and 15,000 announcements at scale 1.
_WORK_UNIT, _CROWD_UNIT, _STAR_UNIT = 0.2, 0.35, 0.45
_STEADFAST_PACE, _STEADFAST_DAYS = 0.55, 400
_OLD_DAYS = frozenset((date.fromisoformat(text) - date(1970, 1, 1)).days for text in OLD_SAMPLE_DAYS)


@dataclass(frozen=True, slots=True)
class Intent:
    """A plan of somebody: `kind` is direct, pull or issue; `time` when it starts, `commits` how many it has.

    `ends` is when it is merged or closed (0: stays open), `outcome` merged, closed or open.
    """

    time: int
    kind: str
    who: Person
    order: int
    commits: int = 0
    ends: int = 0
    outcome: str = "open"


def weekday(day: int) -> int:
    """0 for Monday; days are counted from 1970-01-01, a Thursday."""
    return (day + 3) % 7


def moment(day: int, draws: Draws) -> int:
    """A second of a UTC day, by the measured clock."""
    return day * DAY + draws.weighted(CLOCK) * HOUR + draws.below(HOUR)


def team_of(seed: int, plan: RepositoryPlan) -> list[Person]:
    """The maintainers: neighbours in a row of people that belongs to the owner; some work for two owners."""
    owners = list(dict.fromkeys(repository.owner for repository in REPOSITORIES))
    base = owners.index(plan.owner) * TEAM_SIZE % 288
    shift = [repository.name for repository in REPOSITORIES if repository.owner == plan.owner].index(plan.name)
    members = [person(seed, base + (number + shift) % TEAM_SIZE) for number in range(plan.team)]
    if plan.team > 2 and base % 36 == 0:
        members[-1] = person(seed, (base + TEAM_SIZE) % 288)
    return members


def intensity(plan: RepositoryPlan, day: int, end_day: int) -> float:
    left = end_day - day
    return PATTERNS[plan.pattern]((plan.age - left) / max(plan.age, 1), left) * WEEKDAY[weekday(day)]


def intents(seed: int, plan: RepositoryPlan, end_day: int, scale: float) -> Iterator[Intent]:
    """All intents of a repository's life in order of days."""
    team = team_of(seed, plan)
    order = 0
    for day in range(end_day - plan.age + 1, end_day + 1):
        factor = intensity(plan, day, end_day)
        draws = Draws(seed, "day", plan.name, day)
        for place, member in enumerate(team):
            steadfast = place == 0 and "steadfast" in plan.traits and end_day - day < max(120, _STEADFAST_DAYS * scale)
            pace = plan.pace * factor * _rank(place) * scale * _WORK_UNIT
            if steadfast:
                pace = _STEADFAST_PACE * WEEKDAY[weekday(day)]
            if draws.chance(pace):
                order += 1
                yield _work(plan, draws, day, member, order)
            if draws.chance(0.4 * plan.pace * factor * scale * _WORK_UNIT):
                order += 1
                yield _issue(draws, day, member, order)
        for _ in range(draws.count(plan.crowd * factor * scale * _CROWD_UNIT)):
            order += 1
            yield _visit(seed, plan, draws, day, order)
        for _ in range(draws.count(plan.bots * scale * _CROWD_UNIT * min(1.0, factor))):
            order += 1
            yield _pull(draws, day, bot(draws.below(2)), order, commits=1, merged=0.75)
        if "sampled" in plan.traits and day in _OLD_DAYS:
            for intent in _old_day(draws, day, team, order):
                order += 1
                yield intent


def _old_day(draws: Draws, day: int, team: list[Person], order: int) -> Iterator[Intent]:
    """What the archive's old samples show of a repository that is finished today."""
    times = [day * DAY + 8 * HOUR + draws.below(11 * HOUR) for _ in range(7)]
    for number, time in enumerate(times, start=order + 1):
        who = team[number % len(team)]
        if number % 7 < 4:
            yield Intent(time, "direct", who, number, commits=1 + number % 2)
        elif number % 7 < 6:
            yield Intent(time, "issue", who, number, ends=time + HOUR, outcome="closed")
        else:
            yield Intent(time, "pull", who, number, commits=1, ends=time + 2 * HOUR, outcome="merged")


def _rank(place: int) -> float:
    return 2.2 if place == 0 else 2.2 / (1.0 + 0.7 * place)


def _work(plan: RepositoryPlan, draws: Draws, day: int, member: Person, order: int) -> Intent:
    commits = 1 + draws.weighted(_BATCH)
    if plan.style == "direct" or draws.chance(0.35):
        return Intent(moment(day, draws), "direct", member, order, commits=commits)
    return _pull(draws, day, member, order, commits=commits, merged=0.9)


def _pull(draws: Draws, day: int, who: Person, order: int, *, commits: int, merged: float) -> Intent:
    start = moment(day, draws)
    ends = start + max(600, int(draws.log_normal(25 * HOUR, 1.6)))
    fate = draws.unit()
    outcome = "merged" if fate < merged else "closed" if fate < merged + (1 - merged) * 0.8 else "open"
    if ends - start > 90 * DAY:
        outcome = "open"
    return Intent(start, "pull", who, order, commits=commits, ends=ends, outcome=outcome)


def _issue(draws: Draws, day: int, who: Person, order: int) -> Intent:
    start = moment(day, draws)
    ends = start + max(900, int(draws.log_normal(90 * HOUR, 1.8)))
    return Intent(start, "issue", who, order, ends=ends, outcome="closed" if draws.chance(0.64) else "open")


def _visit(seed: int, plan: RepositoryPlan, draws: Draws, day: int, order: int) -> Intent:
    # The square makes a few strangers come back often and most of them once.
    number = STRANGERS.start + int(len(STRANGERS) * draws.unit() * draws.unit())
    who = person(seed, number)
    if draws.chance(0.6):
        return _issue(draws, day, who, order)
    return _pull(draws, day, who, order, commits=1 if draws.chance(0.8) else 2, merged=0.7)


def star_rate(plan: RepositoryPlan, day: int, end_day: int) -> float:
    """Stars a day; one repository is noticed by the whole world 74 days before the end."""
    left = end_day - day
    rate = plan.stars * min(2.5, intensity(plan, day, end_day) + 0.15)
    if "star-burst" in plan.traits and left <= _STAR_BURST_AGE:
        since = _STAR_BURST_AGE - left
        rate += 420.0 * 0.62**since + 3.0
    return rate * _STAR_UNIT
