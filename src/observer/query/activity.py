"""The events of an entity, page by page, and the people behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString

from observer.query.answers import Entity, EventRow, Page
from observer.query.entity import MEMBERS
from observer.query.request import EventFilter
from observer.query.session import Session, checked_limit, decode_cursor, encode_cursor

EVENT_CONDITIONS: LiteralString = (
    "(%(types)s::text[] is null or events.event_type = any(%(types)s)) "
    "and (%(since)s::timestamptz is null or events.time >= %(since)s::timestamptz) "
    "and (%(before)s::timestamptz is null or events.time < %(before)s::timestamptz)"
)


def event_values(entity: Entity, where: EventFilter) -> dict[str, object]:
    """The parameters of MEMBERS and EVENT_CONDITIONS."""
    return {
        "entity_id": entity.id,
        "types": list(where.event_types) or None,
        "since": midnight(where.start) if where.start else None,
        "before": midnight(where.end + timedelta(days=1)) if where.end else None,
    }


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def events(session: Session, entity: Entity, where: EventFilter, limit: int, cursor: str | None) -> Page[EventRow]:
    """The events of an entity's artifacts, newest first. Each artifact gives at most a page, so that the cost
    follows the number of artifacts and not that of events."""
    limit = checked_limit(limit)
    values = event_values(entity, where) | {"limit": limit + 1, "at": None, "id": None}
    if cursor:
        at, key = decode_cursor(cursor, str, str)
        values |= {"at": at, "id": key}
    statement: LiteralString = f"""
        select events.event_id, events.time, events.event_type, events.event_source, events.to_artifact_id,
            artifacts.artifact_namespace, artifacts.artifact_name, events.from_artifact_id,
            coalesce(users.user_name, users.display_name), events.amount, events.unit, events.event_source_id,
            events.observed_at, events.basis, events.record_ref
        from ({MEMBERS[entity.entity_type]}) as members
        cross join lateral (
            select * from events
            where events.to_artifact_id = members.artifact_id and {EVENT_CONDITIONS}
            and (%(at)s::timestamptz is null or (events.time, events.event_id) < (%(at)s::timestamptz, %(id)s))
            order by events.time desc, events.event_id desc
            limit %(limit)s
        ) as events
        inner join artifacts on artifacts.artifact_id = events.to_artifact_id
        left join users on users.user_id = events.from_artifact_id
        order by events.time desc, events.event_id desc
        limit %(limit)s
    """  # noqa: S608 - built from our own constants
    rows = session.all(EventRow, statement, values)
    shown = tuple(rows[:limit])
    following = encode_cursor(shown[-1].time.isoformat(), shown[-1].event_id) if len(rows) > limit else None
    return Page(shown, following, None)
