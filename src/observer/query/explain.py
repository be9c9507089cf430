"""Why a number is what it is: its definition, the events and people behind it, and the models that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import LiteralString

from observer.errors import QueryError
from observer.model.metric import Grain, Kind
from observer.query import catalogue, models
from observer.query.activity import EVENT_COLUMNS, event_conditions, event_values, events
from observer.query.answers import (
    Entity,
    EventRow,
    Explanation,
    Metric,
    Page,
    Part,
    Point,
    UserShare,
)
from observer.query.entity import MEMBERS
from observer.query.periods import BEGINNING, Period, containing, period_of
from observer.query.request import EventFilter
from observer.query.series import series
from observer.query.session import Session, checked_limit, decode_cursor, encode_cursor

VALUES_TABLE = "timeseries_metrics"


def explain(
    session: Session, name: str, entity: Entity, grain: Grain, bucket: date | None, limit: int, cursor: str | None
) -> Explanation:
    """The explanation of one value, with a page of the events behind it."""
    metric = catalogue.metric(session, name)
    catalogue.check_grain(metric, grain)
    period = _period(session, grain, bucket)
    where = _where(session, metric, period)
    rows = _rows(session, metric, entity, where, limit, cursor)
    count, amount, unknown = _sum(session, metric, entity, where)
    shares, users, counted = _shares(session, metric, entity, grain, where, limit, 0)
    return Explanation(
        metric=metric,
        entity=entity,
        grain=grain,
        point=_point(session, metric, entity, grain, period),
        release=session.release,
        row_count=count,
        amount_of_rows=amount,
        unknown_amount_rows=unknown,
        rows=replace(rows, total=count),
        user_count=users,
        counted_users=counted,
        users=_page(shares, users, 0),
        parts=_parts(session, metric, entity, grain, period),
        models=models.upstream(session, VALUES_TABLE),
    )


def people(
    session: Session, name: str, entity: Entity, grain: Grain, bucket: date | None, limit: int, cursor: str | None
) -> Page[UserShare]:
    """A page of the people behind a value, those with most events first."""
    metric = catalogue.metric(session, name)
    catalogue.check_grain(metric, grain)
    where = _where(session, metric, _period(session, grain, bucket))
    offset = int(str(decode_cursor(cursor, int)[0])) if cursor else 0
    shares, users, _ = _shares(session, metric, entity, grain, where, checked_limit(limit), offset)
    return _page(shares, users, offset)


def _period(session: Session, grain: Grain, bucket: date | None) -> Period:
    as_of = session.release.as_of
    if bucket is None:
        return containing(grain, as_of)
    if bucket > as_of:
        raise QueryError(f"{bucket} lies after {as_of}, the last day of the release")
    if grain is Grain.ALL and bucket != as_of:
        raise QueryError(f"all time has one bucket, {as_of}")
    return period_of(grain, bucket)


def _where(session: Session, metric: Metric, period: Period) -> EventFilter:
    """The events that the metric reads for a period: for latest values all before its end."""
    is_open = period.first_day == BEGINNING or metric.kind == Kind.LATEST
    return EventFilter(
        metric.event_types, None if is_open else period.first_day, min(period.last_day, session.release.as_of)
    )


def _point(session: Session, metric: Metric, entity: Entity, grain: Grain, period: Period) -> Point:
    found = series(session, metric.name, entity, grain, period.bucket, period.bucket).points
    if not found:
        raise QueryError(
            f"metric {metric.name} has no {grain} value on {period.bucket}", hint="take the end of a month"
        )
    return found[-1]


def _rows(
    session: Session, metric: Metric, entity: Entity, where: EventFilter, limit: int, cursor: str | None
) -> Page[EventRow]:
    if metric.kind != Kind.LATEST:
        return events(session, entity, where, limit, cursor)
    newest = _newest(session, entity, where)
    offset = int(str(decode_cursor(cursor, int)[0])) if cursor else 0
    rows = session.all(EventRow, _NAMED, {"ids": newest[offset : offset + checked_limit(limit)]})
    following = encode_cursor(offset + limit) if len(newest) > offset + limit else None
    return Page(tuple(rows), following, len(newest))


def _newest(session: Session, entity: Entity, where: EventFilter) -> list[str]:
    """The ids of the newest event of each artifact that has an amount, newest first."""
    statement: LiteralString = f"""
        select event_id from ({MEMBERS[entity.entity_type]}) as members
        cross join lateral (
            select event_id, time from events
            where events.to_artifact_id = members.artifact_id and {event_conditions(where)}
            and events.amount is not null
            order by events.time desc, events.event_id desc limit 1
        ) as newest
        order by time desc, event_id desc
    """  # noqa: S608 - built from our own constants
    return session.all(str, statement, event_values(entity, where))


def _sum(session: Session, metric: Metric, entity: Entity, where: EventFilter) -> tuple[int, float | None, int]:
    """The number of events, the sum of their amounts, and how many have none."""
    statement: LiteralString = f"""
        select count(*), sum(amount), count(*) - count(amount)
        from ({MEMBERS[entity.entity_type]}) as members
        inner join events on events.to_artifact_id = members.artifact_id
        where {event_conditions(where)}
    """  # noqa: S608 - built from our own constants
    values = event_values(entity, where)
    if metric.kind == Kind.LATEST:
        statement += " and events.event_id = any(%(ids)s)"
        values["ids"] = _newest(session, entity, where)
    return session.all(lambda *row: row, statement, values)[0]


def _shares(
    session: Session, metric: Metric, entity: Entity, grain: Grain, where: EventFilter, limit: int, offset: int
) -> tuple[list[UserShare], int, int]:
    """A page of the users behind the events, the number of all, and of those that the definition counts.

    Out of the daily events, of which there are a fifth as many.
    """
    rules = catalogue.rules(metric)
    low, high = rules.activity.bounds(grain) if metric.kind == Kind.DISTINCT else (1, None)
    values = {
        "entity_id": entity.id,
        "types": list(where.event_types),
        "first_day": where.start,
        "last_day": where.end,
        "low": low,
        "high": high,
        "classes": [each.value for each in rules.classes],
        "limit": checked_limit(limit),
        "offset": offset,
    }
    conditions: LiteralString = "bucket_day <= %(last_day)s"
    if where.event_types:
        conditions += " and event_type = any(%(types)s)"
    if where.start:
        conditions += " and bucket_day >= %(first_day)s"
    earlier = _EARLIER if rules.is_first_only and where.start else "false"
    statement: LiteralString = _SHARES.format(
        members=MEMBERS[entity.entity_type], conditions=conditions, earlier=earlier
    )
    rows = session.all(lambda users, counted, *share: (users, counted, UserShare(*share)), statement, values)
    if not rows:
        return [], 0, 0
    return [share for _, _, share in rows], rows[0][0], rows[0][1]


def _page(shares: Sequence[UserShare], total: int, offset: int) -> Page[UserShare]:
    end = offset + len(shares)
    return Page(tuple(shares), encode_cursor(end) if end < total else None, total)


def _parts(session: Session, metric: Metric, entity: Entity, grain: Grain, period: Period) -> tuple[Part, ...]:
    rules = catalogue.rules(metric)
    named = (("numerator", rules.numerator), ("denominator", rules.denominator))
    return tuple(
        Part(role, name, _point(session, catalogue.metric(session, name), entity, grain, period).amount)
        for role, name in named
        if name
    )


_NAMED: LiteralString = f"""
    select {EVENT_COLUMNS}
    from events
    inner join artifacts on artifacts.artifact_id = events.to_artifact_id
    left join users on users.user_id = events.from_artifact_id
    where events.event_id = any(%(ids)s)
    order by events.time desc, events.event_id desc
"""  # noqa: S608 - built from our own constants

_SHARES: LiteralString = """
    with members as ({members}),
    shares as (
        select from_artifact_id as user_id, sum(event_count)::bigint as event_count, sum(amount) as amount,
            count(distinct bucket_day) as active_days
        from members
        inner join events_daily on events_daily.to_artifact_id = members.artifact_id
        where from_artifact_id is not null and {conditions}
        group by from_artifact_id
    ),
    earlier as (select from_artifact_id as user_id from events_daily where {earlier}),
    counted as (
        select shares.*, user_source, user_name, display_name, user_class, url,
            user_class = any(%(classes)s)
            and active_days >= %(low)s and (%(high)s::bigint is null or active_days <= %(high)s)
            and shares.user_id not in (select user_id from earlier) as is_counted
        from shares inner join users using (user_id)
    )
    select count(*) over (), count(*) filter (where is_counted) over (), user_id, user_source, user_name,
        display_name, user_class, url, event_count, amount, active_days, is_counted
    from counted
    order by event_count desc, user_id
    limit %(limit)s offset %(offset)s
"""

_EARLIER: LiteralString = (
    "from_artifact_id is not null and bucket_day < %(first_day)s and event_type = any(%(types)s) "
    "and to_artifact_id in (select artifact_id from members)"
)
