"""What a sync will cost, from its survey and from what earlier walks brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from observer.connectors.sources.github import queries
from observer.connectors.sources.github.config import Config
from observer.connectors.sources.github.state import Entry, Habits, Memory, Walk
from observer.connectors.sources.github.survey import Facts, planned_walk
from observer.ports import Forecast

MOST_POINTS = 3

POINTS_PER_HOUR = 5_000
_SECONDS_PER_QUERY, _SECONDS_PER_REQUEST = 0.9, 0.35
_COMMENTS_PER_ROW = 2.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """Costs of one sync: points and requests of the GraphQL API, requests of the REST API, minutes it takes."""

    repositories: int
    active: int
    points: int
    graphql_requests: int
    rest_requests: int
    minutes: float

    @property
    def requests(self) -> int:
        """Requests to both APIs."""
        return self.graphql_requests + self.rest_requests

    def port(self) -> Forecast:
        """The estimate as everybody reads it."""
        return Forecast(self.sentence(), requests=self.requests, seconds=self.minutes * 60, points=self.points)

    def sentence(self) -> str:
        """The estimate for people."""
        return (
            f"{self.repositories} repositories, {self.active} with news: about {self.points} GraphQL points, "
            f"{self.requests} requests, {self.minutes:.0f} minutes"
        )


@dataclass(slots=True)
class Costs:
    """A running sum of costs."""

    points: float = 0.0
    graphql: float = 0.0
    rest: float = 0.0
    people: float = 0.0

    def add(self, points: float, graphql: float, rest: float = 0.0) -> None:
        """Adds requests with their points."""
        self.points += points
        self.graphql += graphql
        self.rest += rest


def expected_rows(facts: Facts, entry: Entry, walk: Walk, habits: Habits) -> dict[str, int]:
    """How many issues and pull requests a walk brings: all of a new repository, else as many as new ones suggest."""
    totals = {"issues": facts.issues_count, "pulls": facts.pulls_count}
    known = {"issues": entry.issues_count, "pulls": entry.pulls_count}
    cursors = {"issues": entry.issues, "pulls": entry.pulls}
    found = {}
    for part in ("issues", "pulls"):
        if part not in walk.after:
            found[part] = 0
        elif cursors[part] is None:
            found[part] = max(0, totals[part] - walk.seen.get(part, 0))
        else:
            grown = max(0, totals[part] - known[part])
            found[part] = min(totals[part], max(1, round(grown * habits.changed_by_grown)))
    return found


def walk_costs(facts: Facts, entry: Entry, walk: Walk, habits: Habits) -> Costs:
    """What a walk costs that brings what is expected of it."""
    costs = Costs()
    expected = expected_rows(facts, entry, walk, habits)
    changed = sum(expected.values())
    after: Mapping[str, str | None] = walk.after
    while after:
        page = queries.sized_page(after, expected, MOST_POINTS, None)
        costs.add(queries.points(page.connections), 1)
        expected = {name: left - getattr(page, name) for name, left in expected.items()}
        after = {part: None for part in after if expected.get(part, 0) > 0}
    for name in walk.lists:
        if name == "commit_comments":
            costs.rest += max(1, ceil((facts.commit_comments_count - entry.commit_comments) / 100))
        else:
            costs.rest += max(1, ceil(changed * _COMMENTS_PER_ROW / 100))
    costs.people = changed * habits.people_by_changed
    return costs


def estimate_of_survey(
    config: Config, memory: Memory, facts: Iterable[Facts], surveyed: Costs, now: datetime, sboms: int
) -> Estimate:
    """The costs of a sync whose survey was made; the survey is in them."""
    total = Costs(surveyed.points, surveyed.graphql, sboms)
    count = active = 0
    for one in facts:
        count += 1
        entry = memory.entry(one.id) or Entry(one.node_id)
        walk = planned_walk(one, entry, now)
        if walk.is_open:
            active += 1
            costs = walk_costs(one, entry, walk, memory.habits)
            total.add(costs.points, costs.graphql, costs.rest)
            total.people += costs.people
    return _estimate(config, total, count, active, len(memory.accounts))


def _estimate(config: Config, total: Costs, repositories: int, active: int, waiting: int) -> Estimate:
    profiles = ceil((total.people + waiting) / queries.ACCOUNTS_AT_ONCE)
    total.add(profiles, profiles)
    seconds = total.graphql * _SECONDS_PER_QUERY + total.rest * _SECONDS_PER_REQUEST
    hours = int(max(total.points, total.rest) // (POINTS_PER_HOUR * len(config.tokens)))
    minutes = seconds / 60 if hours == 0 else max(seconds / 60, hours * 60.0)
    return Estimate(repositories, active, ceil(total.points), ceil(total.graphql), ceil(total.rest), round(minutes, 2))
