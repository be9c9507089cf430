"""The part of the recount that says how far a current value is known: run by run, artifact by artifact."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from tests.unit.metrics.brute_force import Definition

ROLLING = {"rolling_30_days": 30, "rolling_90_days": 90, "rolling_180_days": 180}
SHOWN = 20
REPOSITORY = "REPOSITORY"


@dataclass(slots=True)
class _Cell:
    """Of one artifact, event type, source and window: the days of each run, the first and the last of all."""

    days: list[float]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Seen:
    """By artifact, event type and grain: days seen, the first and the last of them; the first day known by artifact.

    `kinds` is the kind of each artifact, `expected` the kinds and event types of which any artifact has runs.
    """

    days: dict[tuple[str, str, str], tuple[float, date | None, date | None]]
    firsts: dict[str, date]
    kinds: dict[str, str]
    expected: set[tuple[str, str]]


def compare_key_metrics(
    con: duckdb.DuckDBPyConnection, definitions: Sequence[Definition], as_of: date
) -> Iterator[str]:
    """Differences of `marts.key_metrics`; needs the temporary tables of `brute_force.compare`."""
    seen = _count_coverage(con, as_of)
    rows = []
    values = dict(_current_values(con, as_of))
    members_of = _members(con)
    for definition in definitions:
        for (kind, entity), members in members_of.items():
            amounts = {grain: values.get((definition.name, kind, entity, grain)) for grain in (*ROLLING, "all")}
            covered = {grain: _coverage(seen, definition, members, grain, as_of) for grain in amounts}
            is_told = any(ratio > 0 for ratio, _, _ in covered.values()) or set(amounts.values()) != {None}
            if kind == "artifact" and not is_told:
                continue
            for grain, amount in amounts.items():
                ratio, start, end = covered[grain]
                state, amount = _state(definition, grain, amount, ratio)
                rows.append((definition.name, kind, entity, grain, amount, state, ratio, start, end))
    yield from _compare_key_rows(con, rows, as_of)


def _count_coverage(con: duckdb.DuckDBPyConnection, as_of: date) -> Seen:
    """What was seen of each artifact, run by run; of several sources the one that saw most of a window."""
    runs = con.execute(
        "select artifact_id, event_source, event_type, start_date, end_date, expected_count, seen_count, state "
        "from intermediate.int_coverage semi join bf_links using (artifact_id) where start_date <= $1",
        [as_of],
    ).fetchall()
    cells: dict[tuple[str, str, str], dict[str, _Cell]] = defaultdict(dict)
    firsts = dict(
        con.execute(
            "select to_artifact_id, min(bucket_day) from intermediate.int_events_daily "
            "semi join bf_links on artifact_id = to_artifact_id where bucket_day <= $1 group by all",
            [as_of],
        ).fetchall()
    )
    for artifact, source, event_type, start, end, expected, seen, state in runs:
        share = float(state != "unknown") if not expected else min(Fraction(seen or 0, expected), Fraction(1))
        if share:
            firsts[artifact] = min(start, firsts.get(artifact, start))
        for grain in (*ROLLING, "all"):
            since = as_of - timedelta(days=ROLLING[grain] - 1) if grain in ROLLING else start
            first, last = max(start, since), min(end, as_of)
            if share and first <= last:
                cell = cells[artifact, event_type, grain].setdefault(source, _Cell([], first, last))
                cell.days.append(float(share * ((last - first).days + 1)))
                cell.first, cell.last = min(cell.first, first), max(cell.last, last)
    days = {
        key: (
            max(math.fsum(cell.days) for cell in sources.values()),
            min(cell.first for cell in sources.values()),
            max(cell.last for cell in sources.values()),
        )
        for key, sources in cells.items()
    }
    kinds = dict(
        con.execute(
            "select artifact_id, case when artifact_type = $1 then $1 else artifact_source || ' ' || artifact_type end "
            "from marts.artifacts",
            [REPOSITORY],
        ).fetchall()
    )
    everywhere = con.execute(
        "select distinct artifact_id, event_type from intermediate.int_coverage where start_date <= $1", [as_of]
    ).fetchall()
    expected = {(kinds[artifact], event_type) for artifact, event_type in everywhere if kinds.get(artifact)}
    return Seen(days, firsts, kinds, expected)


def _members(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """The artifacts by entity."""
    rows = con.execute(
        "select entity_type, entity_id, list(artifact_id order by artifact_id) from bf_links group by all"
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
    sizes = []
    for event_type in definition.event_types:
        watched = [member for member in members if (seen.kinds.get(member), event_type) in seen.expected]
        if not watched:
            continue
        if grain in ROLLING:
            sizes.append(ROLLING[grain] * len(watched))
        else:
            oldest = min((seen.firsts[member] for member in watched if member in seen.firsts), default=as_of)
            sizes.append(sum((as_of - seen.firsts.get(member, oldest)).days + 1 for member in watched))
    expected = sum(sizes) * len(definition.event_types) / len(sizes) if sizes else 0
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
    counts = definition.kind not in ("ratio", "latest") and definition.absent == "zero"
    if amount is not None and (amount != 0 or not counts):
        return "value", amount
    if grain in definition.grains and counts and ratio >= 1:
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
