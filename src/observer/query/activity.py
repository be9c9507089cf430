"""The events of an entity, page by page, and the people behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString

from observer.errors import QueryError
from observer.query.answers import Entity, EventRow, Page
from observer.query.entity import MEMBERS
from observer.query.request import EventFilter
from observer.query.session import Session, checked_limit, decode_cursor, encode_cursor

EVENT_COLUMNS: LiteralString = (
    "events.event_id, events.time, events.event_type, events.event_source, events.to_artifact_id, "
    "artifacts.artifact_namespace, artifacts.artifact_name, events.from_artifact_id, "
    "coalesce(users.user_name, users.display_name), events.amount, events.unit, events.event_source_id, "
    "events.observed_at, events.basis, events.record_ref"
)
"""What EventRow takes, from events, artifacts and users."""


def event_conditions(where: EventFilter) -> LiteralString:
    """The conditions of a filter on `events`. Only those that are asked for, so that indexes serve them."""
    conditions: list[LiteralString] = ["true"]
    if where.event_types:
        conditions.append("events.event_type = any(%(types)s)")
    if where.start:
        conditions.append("events.time >= %(since)s")
    if where.end:
        conditions.append("events.time < %(before)s")
    return " and ".join(conditions)


def event_values(entity: Entity, where: EventFilter) -> dict[str, object]:
    """The parameters of MEMBERS and `event_conditions`."""
    return {
        "entity_id": entity.id,
        "types": list(where.event_types),
        "since": midnight(where.start) if where.start else None,
        "before": midnight(where.end + timedelta(days=1)) if where.end else None,
    }


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def events(session: Session, entity: Entity, where: EventFilter, limit: int, cursor: str | None) -> Page[EventRow]:
    """The events of an entity's artifacts, newest first."""
    limit = checked_limit(limit)
    conditions = event_conditions(where)
    values = event_values(entity, where) | {"limit": limit + 1}
    if cursor:
        at, key = decode_cursor(cursor, str, str)
        values |= {"at": _instant(str(at)), "id": key}
        conditions += " and (events.time, events.event_id) < (%(at)s, %(id)s)"
    rows = session.all(EventRow, _newest_events(MEMBERS[entity.entity_type], conditions), values)
    shown = tuple(rows[:limit])
    following = encode_cursor(shown[-1].time.isoformat(), shown[-1].event_id) if len(rows) > limit else None
    return Page(shown, following, None)


def _newest_events(members: LiteralString, conditions: LiteralString) -> LiteralString:
    """The newest events of all members. A page of n events comes from the n members with the newest ones, so only
    these are read further; the cost follows the number of members and not that of events."""
    return f"""
        with newest as (
            select members.artifact_id from ({members}) as members
            cross join lateral (
                select events.time from events
                where events.to_artifact_id = members.artifact_id and {conditions}
                order by events.time desc limit 1
            ) as newest
            order by newest.time desc limit %(limit)s
        )
        select {EVENT_COLUMNS}
        from newest
        cross join lateral (
            select * from events
            where events.to_artifact_id = newest.artifact_id and {conditions}
            order by events.time desc, events.event_id desc limit %(limit)s
        ) as events
        inner join artifacts on artifacts.artifact_id = events.to_artifact_id
        left join users on users.user_id = events.from_artifact_id
        order by events.time desc, events.event_id desc limit %(limit)s
    """  # noqa: S608 - built from our own constants


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError("the cursor cannot be read", hint="take it unchanged from the page before") from error
