"""Plain recounts of the metrics of kind sql about people and code: every period by itself, person by person."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from tests.unit.metrics.brute_force_chain import HITS, Hit, Key, Rows

Days = dict[tuple[str, str, str], list[date]]


def recount(con: Any, name: str, rows: Rows) -> Iterator[tuple[Key, float]]:
    """The values of one metric by entity type, entity, grain and bucket; zeros only of means and shares."""
    if name in LIFECYCLE:
        counts: dict[Key, float] = defaultdict(float)
        for key, one in _lifecycle(con, name, rows):
            counts[key] += one
        yield from counts.items()
        return
    if name in APART:
        yield from APART[name](con, rows)
        return
    groups: dict[Key, list[Hit]] = defaultdict(list)
    for row in con.execute(HITS.format(hits=rows.hits)).fetchall():
        hit = Hit(*row)
        groups[hit.key].append(hit)
    for key, hits in groups.items():
        value = RECOUNTS[name](hits)
        if value is not None and (value or name in SHARES):
            yield key, value


def _person_days(hits: Sequence[Hit]) -> float:
    return len({(hit.person, hit.day) for hit in hits if hit.person is not None})


def _burstiness(hits: Sequence[Hit]) -> float | None:
    first, last = hits[0].first_day, hits[0].last_day
    daily: dict[date, float] = defaultdict(float)
    for hit in hits:
        daily[hit.day] += hit.amount or 0
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counts = [daily.get(day, 0.0) for day in days]
    mean = sum(counts) / len(counts)
    if mean <= 0:
        return None
    return sum((count - mean) ** 2 for count in counts) / len(counts) / mean


def _top_share(hits: Sequence[Hit]) -> float | None:
    sums: dict[str, float] = defaultdict(float)
    for hit in hits:
        if hit.person is not None:
            sums[hit.person] += hit.amount or 0
    total = sum(sums.values())
    return max(sums.values()) / total if total else None


def _fewest(hits: Sequence[Hit]) -> float:
    sums: dict[str, float] = defaultdict(float)
    for hit in hits:
        if hit.person is not None and hit.amount is not None and hit.amount > 0:
            sums[hit.person] += hit.amount
    return fewest_with_half(list(sums.values()))


def fewest_with_half(amounts: list[float]) -> int:
    """How many of the largest amounts it takes to reach half of their sum."""
    reached = 0.0
    for count, amount in enumerate(sorted(amounts, reverse=True), start=1):
        reached += amount
        if 2 * reached >= sum(amounts):
            return count
    return 0


def _bot_activity(con: Any, rows: Rows) -> Iterator[tuple[Key, float]]:
    for key, bots, _ in _by_bots(con, rows):
        if bots:
            yield key, bots


def _bot_share(con: Any, rows: Rows) -> Iterator[tuple[Key, float]]:
    for key, bots, total in _by_bots(con, rows):
        if total > 0:
            yield key, bots / total


def _by_bots(con: Any, rows: Rows) -> Iterator[tuple[Key, float, float]]:
    found = con.execute(
        f"select entity_type, entity_id, grain, bucket, user_class, amount from {rows.hits} where amount is not null"
    ).fetchall()
    sums: dict[Key, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for *key, user_class, amount in found:
        place = sums[key[0], key[1], key[2], key[3]]
        place[0] += amount if user_class in ("bot", "agent") else 0
        place[1] += amount
    for key, (bots, total) in sums.items():
        yield key, bots, total


def _full_time_average(con: Any, rows: Rows) -> Iterator[tuple[Key, float]]:
    """Day by day, whose last 30 days have ten active ones."""
    buckets = con.execute(
        f"select grain, bucket, first_day, last_day from bf_buckets where grain in ({rows.grains})"
    ).fetchall()
    full_time: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for (kind, entity, _), active in _active_days(con, rows).items():
        for day in {day + n * _DAY for day in active for n in range(30)}:
            if sum(1 for other in active if timedelta(0) <= day - other < 30 * _DAY) >= 10:
                full_time[kind, entity][day] += 1
    for (kind, entity), people in full_time.items():
        for grain, bucket, first, last in buckets:
            length = (last - first).days + 1
            total = sum(people.get(first + n * _DAY, 0) for n in range(length))
            if total:
                yield (kind, entity, grain, bucket), total / length


def _velocity(con: Any, rows: Rows) -> Iterator[tuple[Key, float]]:
    found = con.execute(
        f"""
        select entity_type, entity_id, grain, bucket, event_type, person, amount
        from {rows.hits} where person is not null and (amount is null or amount <> 0)
        """
    ).fetchall()
    points: dict[Key, float] = defaultdict(float)
    people: dict[Key, set[str]] = defaultdict(set)
    for *key, event_type, person, amount in found:
        place = (key[0], key[1], key[2], key[3])
        points[place] += (amount or 0) if event_type in WEIGHED else 0
        if event_type in CONTRIBUTIONS:
            people[place].add(person)
    for place, amount in points.items():
        value = amount + 2 * len(people[place])
        if value:
            yield place, value


def _lifecycle(con: Any, name: str, rows: Rows) -> Iterator[tuple[Key, float]]:
    buckets = con.execute(
        f"select grain, bucket, first_day, last_day from bf_buckets where grain in ({rows.grains})"
    ).fetchall()
    for (kind, entity, _), active in _active_days(con, rows).items():
        for grain, bucket, first, last in buckets:
            before = first - (last - first) - timedelta(days=1)
            now, then, ever = _any(active, first, last), _any(active, before, first - _DAY), active[0] < first
            state = {
                "returning_contributors": now and then,
                "resurrected_contributors": now and not then and ever,
                "churned_contributors": then and not now,
            }[name]
            if state:
                yield (kind, entity, grain, bucket), 1.0


def _active_days(con: Any, rows: Rows) -> Days:
    days: Days = defaultdict(list)
    active_days = con.execute(
        f"select distinct entity_type, entity_id, person, day from {rows.events} "
        "where person is not null and (amount is null or amount <> 0) order by day"
    ).fetchall()
    for kind, entity, person, day in active_days:
        days[(kind, entity, person)].append(day)
    return days


def recount_retention(con: Any, as_of: date) -> list[tuple[Any, ...]]:
    """The rows of `contributor_retention`, person by person from the inputs of the models."""
    rows = con.execute(
        f"""
        select distinct l.entity_type, l.entity_id, e.from_artifact_id, date_trunc('month', e.bucket_day)::date
        from intermediate.int_events_daily e
        join intermediate.int_artifacts_by_entity l on l.artifact_id = e.to_artifact_id
        left join intermediate.int_users u on u.user_id = e.from_artifact_id
        where l.entity_type <> 'artifact' and e.event_type in {tuple(sorted(CONTRIBUTIONS))}
            and e.from_artifact_id is not null and coalesce(u.user_class, 'person') = 'person'
            and coalesce(e.amount, 1) <> 0 and e.bucket_day <= $1
        """,
        [as_of],
    ).fetchall()
    months: dict[tuple[str, str, str], set[date]] = defaultdict(set)
    for kind, entity, person, month in rows:
        months[kind, entity, person].add(month)
    counts: dict[tuple[str, str, date, date], int] = defaultdict(int)
    for (kind, entity, _), active in months.items():
        for month in active:
            counts[kind, entity, min(active), month] += 1
    found = []
    for (kind, entity, first, month), count in counts.items():
        since = 12 * (month.year - first.year) + month.month - first.month
        size = counts[kind, entity, first, first]
        is_over = (month + timedelta(days=31)).replace(day=1) <= as_of + _DAY
        found.append((kind, entity, first, since, month, count, size, count / size, is_over))
    return sorted(found)


def retention(con: Any) -> list[tuple[Any, ...]]:
    """The rows that were published."""
    return sorted(con.execute("select * from marts.contributor_retention").fetchall())


def _any(days: Sequence[date], first: date, last: date) -> bool:
    return bisect_left(days, first) < bisect_right(days, last)


_DAY = timedelta(days=1)
WEIGHED = {"COMMIT_CODE", "ISSUE_CLOSED", "PULL_REQUEST_REVIEW_COMMENT"}
CONTRIBUTIONS = {"COMMIT_CODE", "ISSUE_OPENED", "PULL_REQUEST_OPENED", "PULL_REQUEST_MERGED"}
SHARES = {"burstiness", "top_contributor_share"}
LIFECYCLE = {"returning_contributors", "resurrected_contributors", "churned_contributors"}
RECOUNTS: dict[str, Callable[[Sequence[Hit]], float | None]] = {
    "developer_active_days": _person_days,
    "contributor_active_days": _person_days,
    "burstiness": _burstiness,
    "top_contributor_share": _top_share,
    "bus_factor": _fewest,
}
APART: dict[str, Callable[[Any, Rows], Iterator[tuple[Key, float]]]] = {
    "project_velocity": _velocity,
    "bot_activity": _bot_activity,
    "bot_activity_share": _bot_share,
    "bot_commit_share": _bot_share,
    "full_time_developers_average": _full_time_average,
}
NAMES = {*RECOUNTS, *LIFECYCLE, *APART}
