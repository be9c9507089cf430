"""How far numbers can be trusted: the evidence behind one, the rules that a release keeps, how a metric is spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

from observer.model.metric import Grain
from observer.model.people import USER_CLASSES, UserClass
from observer.model.published import EntityType
from observer.query.answers import Entity
from observer.query.session import Session

DECADES = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0)
"""Where a group of values ends and the next one begins."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Events of one basis behind a value, and the share (0..1) of all events that the basis captures, with its ends.

    The share is None where no overlap with another source tells it.
    """

    basis: str
    event_count: int
    capture_ratio: float | None
    capture_ratio_low: float | None
    capture_ratio_high: float | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold in every build, over how many rows it was looked at, and how many broke it."""

    name: str
    description: str
    checked_row_count: int
    broken_row_count: int
    state: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entities whose value lies from `least` up to, and without, `below`; no `below` for the largest ones."""

    least: float
    below: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How the current values of a metric are spread over the entities of one type."""

    unknown_count: int
    zero_count: int
    negative_count: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ClassSize:
    """How many users are in a class."""

    user_class: UserClass
    count: int


def evidence(session: Session, metric: str, of: Entity, grain: Grain) -> tuple[Evidence, ...]:
    """What the current value of a metric rests on, the basis with most events first; nothing for other grains."""
    if not _has(session, "metric_evidence"):
        return ()
    statement: LiteralString = (
        "select basis, event_count, capture_ratio, capture_ratio_low, capture_ratio_high from metric_evidence "
        "where metric_name = %s and entity_type = %s and entity_id = %s and grain = %s order by event_count desc, basis"
    )
    return tuple(session.all(Evidence, statement, (metric, of.entity_type.value, of.id, grain.value)))


def rules(session: Session) -> tuple[Rule, ...]:
    """The rules, those that are broken first."""
    if not _has(session, "invariants"):
        return ()
    statement: LiteralString = (
        "select invariant_name, description, checked_row_count, broken_row_count, state from invariants "
        "order by state, invariant_name"
    )
    return tuple(session.all(Rule, statement))


def spread(session: Session, metric: str, entity_type: EntityType, grain: Grain) -> Spread:
    """How the current values are spread, in groups each ten times the one before."""
    statement: LiteralString = (
        "select case when state = 'unknown' then -2 when amount = 0 then -1 when amount < 0 then -3 "
        "else width_bucket(amount, %(decades)s::double precision[]) end, count(*) from key_metrics "
        "where entity_type = %(type)s and metric_name = %(metric)s and grain = %(grain)s group by 1"
    )
    values = {"decades": list(DECADES), "type": entity_type.value, "metric": metric, "grain": grain.value}
    found: dict[int, int] = dict(session.all(lambda place, count: (place, count), statement, values))
    places = [place for place in found if place >= 0]
    groups = (
        Group(
            DECADES[place - 1] if place else 0.0,
            DECADES[place] if place < len(DECADES) else None,
            found.get(place, 0),
        )
        for place in range(min(places, default=0), max(places, default=-1) + 1)
    )
    return Spread(found.get(-2, 0), found.get(-1, 0), found.get(-3, 0), tuple(groups))


def class_sizes(session: Session) -> tuple[ClassSize, ...]:
    """How many users are in each class, in the order of the classes."""
    found: dict[str, int] = dict(
        session.all(lambda name, count: (name, count), "select user_class, count(*) from users group by 1")
    )
    return tuple(ClassSize(each, found.get(each.value, 0)) for each in USER_CLASSES)


def _has(session: Session, table: str) -> bool:
    """Whether the release has the table: those of older versions may not."""
    return any(entry.name == table for entry in session.release.tables)
