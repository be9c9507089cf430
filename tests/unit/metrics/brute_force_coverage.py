"""The part of the recount that says how far a current value is known: day by day, artifact by artifact."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from tests.unit.metrics.brute_force import Definition

ROLLING = {"rolling_30_days": 30, "rolling_90_days": 90, "rolling_180_days": 180}
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """By artifact, event type and grain: days seen, the first and the last of them; the first day known by artifact."""

    days: dict[tuple[str, str, str], tuple[float, date | None, date | None]]
    firsts: dict[str, date]


def compare_key_metrics(
    con: duckdb.DuckDBPyConnection, definitions: Sequence[Definition], as_of: date
) -> Iterator[str]:
    """Differences of `marts.key_metrics`; needs the temporary tables of `brute_force.compare`."""
    seen = _count_coverage(con, as_of)
    rows = []
    values = dict(_current_values(con, as_of))
    for definition in definitions:
        for (kind, entity), members in _members(con).items():
            for grain in (*ROLLING, "all"):
                ratio, start, end = _coverage(seen, definition, members, grain, as_of)
                amount = values.get((definition.name, kind, entity, grain))
                state, amount = _state(definition, grain, amount, ratio)
                rows.append((definition.name, kind, entity, grain, amount, state, ratio, start, end))
    yield from _compare_key_rows(con, rows, as_of)


def _count_coverage(con: duckdb.DuckDBPyConnection, as_of: date) -> Seen:
    """Day by day: what share of the day was seen of an artifact, by the source that saw most of the window."""
    con.execute(
        """
        create or replace temp table bf_covered as
        select artifact_id, event_source, event_type, cast(days.day as date) as day,
            case when coalesce(expected_count, 0) = 0 then if(state = 'unknown', 0.0, 1.0)
                else least(coalesce(seen_count, 0) / expected_count, 1.0) end as share
        from intermediate.int_coverage
        cross join unnest(generate_series(start_date, least(end_date, $1), interval 1 day)) as days(day)
        where artifact_id in (select artifact_id from bf_links) and start_date <= $1
        """,
        [as_of],
    )
    covered: dict[tuple[str, str, str], tuple[float, date | None, date | None]] = {}
    for grain in (*ROLLING, "all"):
        since = as_of - timedelta(days=ROLLING[grain] - 1) if grain in ROLLING else date.min
        rows = con.execute(
            """
            select artifact_id, event_type, max(seen), min(first_day), max(last_day) from (
                select artifact_id, event_type, event_source, sum(share) as seen,
                    min(day) filter (share > 0) as first_day, max(day) filter (share > 0) as last_day
                from bf_covered where day >= $1 group by all
            ) group by all
            """,
            [since],
        ).fetchall()
        for artifact, event_type, seen, first, last in rows:
            covered[artifact, event_type, grain] = (seen, first, last)
    firsts = con.execute(
        """
        select artifact_id, min(day) from (
            select artifact_id, day from bf_covered where share > 0
            union all select to_artifact_id, bucket_day from intermediate.int_events_daily where bucket_day <= $1
        ) group by all
        """,
        [as_of],
    ).fetchall()
    return Seen(covered, dict(firsts))


def _members(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """The artifacts of which events are expected, by entity."""
    rows = con.execute(
        """
        select entity_type, entity_id, list(artifact_id order by artifact_id) filter (
            artifact_id in (select artifact_id from marts.artifacts where artifact_type = 'REPOSITORY')
            or artifact_id in (
                select artifact_id from intermediate.int_coverage where artifact_id is not null
            )
        ) from bf_links group by all
        """
    ).fetchall()
    return {(kind, entity): members or [] for kind, entity, members in rows}


def _coverage(
    seen: Seen, definition: Definition, members: list[str], grain: str, as_of: date
) -> tuple[float, date | None, date | None]:
    cells = [
        seen.days[member, event_type, grain]
        for member in members
        for event_type in definition.event_types
        if (member, event_type, grain) in seen.days
    ]
    if grain in ROLLING:
        days = ROLLING[grain] * len(members)
    else:
        known = [seen.firsts[member] for member in members if member in seen.firsts]
        oldest = min(known, default=as_of)
        days = sum((as_of - seen.firsts.get(member, oldest)).days + 1 for member in members)
    expected = days * len(definition.event_types)
    total = math.fsum(cell[0] for cell in cells)
    starts = [cell[1] for cell in cells if cell[1]]
    ends = [cell[2] for cell in cells if cell[2]]
    return (total / expected if expected else 0.0), min(starts, default=None), max(ends, default=None)


def _current_values(con: duckdb.DuckDBPyConnection, as_of: date) -> Iterator[tuple[tuple[str, str, str, str], float]]:
    rows = con.execute(
        "select metric_name, entity_type, entity_id, grain, amount from bf_expected "
        "where bucket = $1 and (grain like 'rolling%' or grain = 'all')",
        [as_of],
    ).fetchall()
    for *key, amount in rows:
        yield (key[0], key[1], key[2], key[3]), amount


def _state(definition: Definition, grain: str, amount: float | None, ratio: float) -> tuple[str, float | None]:
    if amount is not None and (amount != 0 or definition.kind in ("ratio", "latest")):
        return "value", amount
    if grain in definition.grains and definition.kind not in ("ratio", "latest") and ratio >= 1:
        return "zero", 0.0
    return "unknown", None


def _compare_key_rows(con: duckdb.DuckDBPyConnection, rows: list[tuple[object, ...]], as_of: date) -> Iterator[str]:
    columns = "metric_name, entity_type, entity_id, grain, amount, state, coverage_ratio, covered_from, covered_to"
    given = con.execute(
        f"select {columns}, sample_date from marts.key_metrics semi join bf_links using (entity_type, entity_id)"
    ).fetchall()
    published = {row[:4]: row[4:] for row in given}
    found = []
    if len(published) != len(given):
        found.append(f"key_metrics: {len(given) - len(published)} rows have the key of another one")
    for row in rows:
        key, wanted = row[:4], row[4:]
        is_equal = key in published and _equal(published[key], (*wanted, as_of))
        if not is_equal:
            found.append(f"key_metrics: {' '.join(map(str, key))}: is {published.get(key)}, recounted {wanted}")
    surplus = set(published) - {row[:4] for row in rows}
    found += [f"key_metrics: {' '.join(map(str, key))}: not expected" for key in sorted(surplus)]
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"key_metrics: showing {SHOWN} of {len(found)}"


def _equal(given: tuple[object, ...], wanted: tuple[object, ...]) -> bool:
    for left, right in zip(given, wanted, strict=True):
        if isinstance(left, float) and isinstance(right, float):
            if not math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-12):
                return False
        elif left != right:
            return False
    return True
