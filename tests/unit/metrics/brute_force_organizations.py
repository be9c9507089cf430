"""Plain recounts of the metrics about organizations: every bucket by itself, commit by commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from tests.unit.metrics.brute_force_chain import HITS, Hit, Key, Rows

UNKNOWN, INDEPENDENT = "?", "-"
Amounts = Mapping[str, float]


def recount(con: Any, name: str, rows: Rows) -> Iterator[tuple[Key, float]]:
    """The values of one metric by entity type, entity, grain and bucket; none where no organization is known."""
    spans = _spans(con)
    amounts: dict[Key, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in con.execute(HITS.format(hits=rows.hits)).fetchall():
        hit = Hit(*row)
        amounts[hit.key][_organization(spans, hit.person, hit.day)] += hit.amount or 0
    for key, of_bucket in amounts.items():
        known = {organization for organization, amount in of_bucket.items() if amount > 0} - {UNKNOWN}
        value = _MEASURES[name](of_bucket) if known else None
        if value is not None:
            yield key, value


def recount_contributions(con: Any, as_of: date) -> list[tuple[Any, ...]]:
    """The rows of `contributions_by_organization`, commit by commit from the inputs of the models."""
    rows = con.execute(
        """
        select l.entity_type, l.entity_id, e.from_artifact_id, e.bucket_day, sum(e.amount)
        from intermediate.int_events_daily e
        join (select distinct entity_type, entity_id, artifact_id from intermediate.int_artifacts_by_entity) l
            on l.artifact_id = e.to_artifact_id
        left join intermediate.int_users u on u.user_id = e.from_artifact_id
        where l.entity_type <> 'artifact' and e.event_type = 'COMMIT_CODE' and e.bucket_day <= $1
            and e.from_artifact_id is not null and coalesce(u.user_class, 'person') = 'person'
        group by all having sum(e.amount) > 0
        """,
        [as_of],
    ).fetchall()
    spans = _spans(con)
    amounts: dict[tuple[str, str, date], dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for kind, entity, person, day, amount in rows:
        amounts[kind, entity, day.replace(day=1)][_organization(spans, person, day)].append((person, amount))
    found = []
    for (kind, entity, month), organizations in amounts.items():
        total = sum(amount for commits in organizations.values() for _, amount in commits)
        is_over = (month + timedelta(days=31)).replace(day=1) <= as_of + timedelta(days=1)
        for name, commits in organizations.items():
            affiliation = {UNKNOWN: "unknown", INDEPENDENT: "independent"}.get(name, "organization")
            shown = affiliation if name in (UNKNOWN, INDEPENDENT) else name
            count = sum(amount for _, amount in commits)
            people = len({person for person, _ in commits})
            found.append((kind, entity, month, shown, affiliation, int(count), people, count / total, is_over))
    return sorted(found)


def contributions(con: Any) -> list[tuple[Any, ...]]:
    """The rows that were published."""
    return sorted(con.execute("select * from marts.contributions_by_organization").fetchall())


def _spans(con: Any) -> dict[str, list[tuple[str, date, date]]]:
    spans: dict[str, list[tuple[str, date, date]]] = defaultdict(list)
    for person, organization, is_independent, start, end in con.execute(
        "select user_id, organization_name, is_independent, start_date, coalesce(end_date, date '9999-12-31') "
        "from intermediate.int_affiliations"
    ).fetchall():
        spans[person].append((INDEPENDENT if is_independent else organization, start, end))
    return spans


def _organization(spans: Mapping[str, list[tuple[str, date, date]]], person: str | None, day: date) -> str:
    held = [name for name, start, end in spans.get(person or "", ()) if start <= day <= end]
    return held[0] if held else UNKNOWN


def _share(amounts: Amounts) -> float:
    return max(_organizations(amounts), default=0) / sum(amounts.values())


def _unknown(amounts: Amounts) -> float:
    return amounts.get(UNKNOWN, 0) / sum(amounts.values())


def _active(amounts: Amounts) -> float:
    return len(_organizations(amounts))


def _factor(amounts: Amounts) -> float | None:
    """The fewest organizations with half of all commits; none where all together have less."""
    largest = sorted(_organizations(amounts), reverse=True)
    counts = (n for n in range(1, len(largest) + 1) if 2 * sum(largest[:n]) >= sum(amounts.values()))
    return next(counts, None)


def _organizations(amounts: Amounts) -> list[float]:
    return [amount for name, amount in amounts.items() if name not in (UNKNOWN, INDEPENDENT) and amount > 0]


_MEASURES: dict[str, Callable[[Amounts], float | None]] = {
    "organization_share": _share,
    "unknown_organization_share": _unknown,
    "active_organizations": _active,
    "organization_absence_factor": _factor,
}
NAMES = set(_MEASURES)
