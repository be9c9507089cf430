"""Plain recounts of the metrics of kind sql about chains and packages: every window by itself, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Key = tuple[str, str, str, date]


@dataclass(frozen=True, slots=True)
class Hit:
    """One event of an entity in one bucket."""

    entity_type: str
    entity_id: str
    grain: str
    bucket: date
    first_day: date
    last_day: date
    artifact: str
    person: str | None
    day: date
    amount: float | None

    @property
    def key(self) -> Key:
        return self.entity_type, self.entity_id, self.grain, self.bucket


@dataclass(frozen=True, slots=True)
class Rows:
    """What a definition counts, as SQL: its events, the same once in each bucket, the names of grains and classes."""

    events: str
    hits: str
    grains: str
    classes: str


HITS = """
    select entity_type, entity_id, grain, bucket, first_day, last_day, artifact, person, day, amount
    from {hits} where amount is null or amount <> 0
"""


def recount(con: Any, name: str, rows: Rows) -> Iterator[tuple[Key, float]]:
    """The values of one metric by entity type, entity, grain and bucket; none where the value is 0."""
    yield from ((key, value) for key, value in _values(con, name, rows) if value)


def _values(con: Any, name: str, rows: Rows) -> Iterator[tuple[Key, float]]:
    groups: dict[Key, list[Hit]] = defaultdict(list)
    for row in con.execute(HITS.format(hits=rows.hits)).fetchall():
        hit = Hit(*row)
        groups[hit.key].append(hit)
    if name == "returning_addresses":
        yield from _returning(con, rows.events, groups)
    elif name == "multi_project_addresses":
        yield from _of_several_projects(groups)
    else:
        for key, hits in groups.items():
            yield key, RECOUNTS[name](hits)


def _fees(hits: Sequence[Hit]) -> float:
    return sum(hit.amount or 0 for hit in hits) / 1e18


def _contracts(hits: Sequence[Hit]) -> float:
    return len({hit.artifact for hit in hits})


def _cadence(hits: Sequence[Hit]) -> float:
    length = (hits[0].last_day - hits[0].first_day).days + 1
    return 30 * len({hit.day for hit in hits}) / length


def _active(least: int, below: int) -> Callable[[Sequence[Hit]], float]:
    def count(hits: Sequence[Hit]) -> float:
        sums: dict[str, float] = defaultdict(float)
        for hit in hits:
            if hit.person is not None and hit.amount is not None:
                sums[hit.person] += hit.amount
        return sum(1 for total in sums.values() if least <= total < below)

    return count


def _returning(con: Any, events: str, groups: dict[Key, list[Hit]]) -> Iterator[tuple[Key, float]]:
    firsts = {
        tuple(row[:3]): row[3]
        for row in con.execute(
            f"select entity_type, entity_id, person, min(day) from {events} "
            "where amount is null or amount <> 0 group by all"
        ).fetchall()
    }
    for key, hits in groups.items():
        people = {hit.person for hit in hits if hit.person is not None}
        yield key, sum(1 for person in people if firsts[(key[0], key[1], person)] < hits[0].first_day)


def _of_several_projects(groups: dict[Key, list[Hit]]) -> Iterator[tuple[Key, float]]:
    projects: dict[tuple[str | None, str, date], set[str]] = defaultdict(set)
    for (entity_type, entity, grain, bucket), hits in groups.items():
        for hit in hits:
            if entity_type == "project":
                projects[(hit.person, grain, bucket)].add(entity)
    for key, hits in groups.items():
        people = {hit.person for hit in hits if hit.person is not None}
        yield key, sum(1 for person in people if len(projects[(person, key[2], key[3])]) > 2)


RECOUNTS: dict[str, Callable[[Sequence[Hit]], float]] = {
    "gas_fees": _fees,
    "active_contracts": _contracts,
    "release_cadence": _cadence,
    "high_activity_addresses": _active(100, 10**18),
    "medium_activity_addresses": _active(10, 100),
    "low_activity_addresses": _active(1, 10),
}
NAMES = {*RECOUNTS, "returning_addresses", "multi_project_addresses"}
