"""Why a number is what it is: its definition, the events and people behind it, and the models that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import LiteralString

from observer.errors import QueryError
from observer.model.metric import Grain, Kind
from observer.query import catalogue, models
from observer.query.activity import EVENT_COLUMNS, event_conditions, event_values, events, midnight
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
PEOPLE_AT_ONCE = 50_000
"""Events behind a value up to which the people who made them are counted with it; more take seconds."""


def explain(
    session: Session,
    name: str,
    entity: Entity,
    grain: Grain,
    bucket: date | None,
    limit: int,
    cursor: str | None,
    with_people: bool | None,
) -> Explanation:
    """The explanation of one value, with a page of the events behind it."""
    metric = catalogue.metric(session, name)
    catalogue.check_grain(metric, grain)
    period = _period(session, grain, bucket)
    where = _where(session, metric, period)
    if metric.kind == Kind.LATEST:
        newest = _newest(session, entity, where)
        rows = _rows_of(session, newest, limit, cursor)
        count, amount, unknown = _sum_of(session, newest)
    else:
        rows = events(session, entity, where, limit, cursor)
        count, amount, unknown = _sum(session, entity, where)
    users: Page[UserShare] = Page((), None, None)
    counted = None
    if count <= PEOPLE_AT_ONCE if with_people is None else with_people:
        shares, total, counted = _shares(session, metric, entity, grain, where, limit, 0)
        users = _page(shares, total, 0)
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
        user_count=users.total,
        counted_users=counted,
        users=users,
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


def _rows_of(session: Session, ids: list[str], limit: int, cursor: str | None) -> Page[EventRow]:
    """A page of the events with these ids, which are in their order."""
    offset = int(str(decode_cursor(cursor, int)[0])) if cursor else 0
    rows = session.all(EventRow, _NAMED, {"ids": ids[offset : offset + checked_limit(limit)]})
    following = encode_cursor(offset + limit) if len(ids) > offset + limit else None
    return Page(tuple(rows), following, len(ids))


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


def _sum_of(session: Session, ids: list[str]) -> tuple[int, float | None, int]:
    """The number of these events, the sum of their amounts, and how many have none."""
    statement = "select count(*), sum(amount), count(*) - count(amount) from events where event_id = any(%s)"
    return session.all(lambda *row: row, statement, (ids,))[0]


def _sum(session: Session, entity: Entity, where: EventFilter) -> tuple[int, float | None, int]:
    """The number of events, the sum of their amounts, and how many have none.

    Whole months are added up from what is known of each; events are read for the days before and after them.
    """
    whole, edges = _months(where.start or BEGINNING, where.end or session.release.as_of)
    values = event_values(entity, where)
    of_types: LiteralString = "and event_type = any(%(types)s)" if where.event_types else ""
    parts: list[LiteralString] = []
    if whole:
        values |= {"first_month": whole[0], "month_after": whole[1]}
        parts.append(_OF_MONTHS + of_types)
    for name, days in zip(_EDGES, edges, strict=False):
        values |= {f"{name}_from": midnight(days[0]), f"{name}_to": midnight(days[1])}
        parts.append(_OF_EDGE.format(name=name) + of_types)
    statement: LiteralString = f"""
        with members as materialized ({MEMBERS[entity.entity_type]})
        select coalesce(sum(event_count), 0)::bigint, sum(amount), coalesce(sum(unknown_count), 0)::bigint
        from ({" union all ".join(parts)}) as parts
    """  # noqa: S608 - built from our own constants
    return session.all(lambda *row: row, statement, values)[0]


def _months(start: date, end: date) -> tuple[tuple[date, date] | None, list[tuple[date, date]]]:
    """The whole months from `start` to `end`, and the days before and behind them, each up to the day after."""
    after = end + timedelta(days=1)
    month_after = after.replace(day=1)
    first_month = start if start.day == 1 else (start.replace(day=1) + timedelta(days=31)).replace(day=1)
    if first_month >= month_after:
        return None, [(start, after)]
    edges = [(start, first_month), (month_after, after)]
    return (first_month, month_after), [(first, last) for first, last in edges if first < last]


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
    is_first = _FIRST if rules.is_first_only and where.start else "true"
    statement: LiteralString = _SHARES.format(
        members=MEMBERS[entity.entity_type], conditions=conditions, is_first=is_first
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


_EDGES: tuple[LiteralString, LiteralString] = ("before", "behind")
_OF_MONTHS: LiteralString = (
    "select event_count, amount, unknown_count from members "
    "inner join event_months on event_months.artifact_id = members.artifact_id "
    "where bucket_month >= %(first_month)s and bucket_month < %(month_after)s "
)
_OF_EDGE: LiteralString = (
    "select count(*) as event_count, sum(amount) as amount, count(*) - count(amount) as unknown_count from members "
    "inner join events on events.to_artifact_id = members.artifact_id "
    "where events.time >= %({name}_from)s and events.time < %({name}_to)s "
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
    counted as (
        select shares.*, user_source, user_name, display_name, user_class, url,
            user_class = any(%(classes)s)
            and active_days >= %(low)s and (%(high)s::bigint is null or active_days <= %(high)s)
            and {is_first} as is_counted
        from shares inner join users using (user_id)
    )
    select count(*) over (), count(*) filter (where is_counted) over (), user_id, user_source, user_name,
        display_name, user_class, url, event_count, amount, active_days, is_counted
    from counted
    order by event_count desc, user_id
    limit %(limit)s offset %(offset)s
"""

_FIRST: LiteralString = (
    "not exists (select from events_daily as earlier where earlier.from_artifact_id = shares.user_id "
    "and earlier.bucket_day < %(first_day)s and earlier.event_type = any(%(types)s) "
    "and earlier.to_artifact_id in (select artifact_id from members))"
)
