"""The metrics of the sample: definitions, and every value worked out from the events by plain loops."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from observer.model.identifier import entity_id
from observer.model.metric import KEY_GRAINS, ROLLING_DAILY_DAYS, Activity, Grain
from observer.testing.sample_world import AS_OF, FIRST_DAY, PEOPLE, UNSEEN, Row, SampleEvent, entities

_ANY = Activity()
ORIGINAL_PERIODS = {
    Grain.DAY: "daily",
    Grain.WEEK: "weekly",
    Grain.MONTH: "monthly",
    Grain.QUARTER: "quarterly",
    Grain.YEAR: "yearly",
    Grain.ROLLING_30_DAYS: "over_30_days",
    Grain.ROLLING_90_DAYS: "over_90_days",
    Grain.ROLLING_180_DAYS: "over_180_days",
    Grain.ALL: "over_all_time",
}


@dataclass(frozen=True, slots=True)
class SampleMetric:
    """A metric of the sample."""

    name: str
    title: str
    unit: str
    kind: str
    types: tuple[str, ...]
    activity: Activity = _ANY
    is_first_only: bool = False
    parts: tuple[str, str] | None = None
    classes: tuple[str, ...] = ("person",)

    @property
    def grains(self) -> tuple[Grain, ...]:
        if self.activity.min_days > 1:
            return tuple(g for g in Grain if g not in (Grain.DAY, Grain.WEEK, Grain.ALL))
        return tuple(Grain)

    @property
    def definition(self) -> str:
        lines = [f"name: {self.name}", "version: 1", f"title: {self.title}", f"unit: {self.unit}", f"kind: {self.kind}"]
        if self.parts:
            lines += [f"numerator: {self.parts[0]}", f"denominator: {self.parts[1]}"]
        else:
            lines.append(f"events: [{', '.join(self.types)}]")
        if self.activity.min_days > 1:
            lines += ["thresholds:", f"  min_active_days: {self.activity.min_days}"]
            lines.append(f"grains: [{', '.join(self.grains)}]")
        if self.is_first_only:
            lines.append("first_only: true")
        return "\n".join(lines) + "\n"


METRICS = (
    SampleMetric("bus_factor", "Bus factor", "people", "sql", ("COMMIT_CODE",)),
    SampleMetric("commits", "Commits", "commits", "sum", ("COMMIT_CODE",)),
    SampleMetric("contributors", "Contributors", "people", "distinct", ("COMMIT_CODE", "PULL_REQUEST_OPENED")),
    SampleMetric("full_time_developers", "Full-time developers", "people", "distinct", ("COMMIT_CODE",), Activity(10)),
    SampleMetric("new_contributors", "New contributors", "people", "distinct", ("COMMIT_CODE",), is_first_only=True),
    SampleMetric("pull_requests_merged", "Pull requests merged", "pull requests", "sum", ("PULL_REQUEST_MERGED",)),
    SampleMetric("pull_requests_opened", "Pull requests opened", "pull requests", "sum", ("PULL_REQUEST_OPENED",)),
    SampleMetric(
        "pull_request_merge_ratio",
        "Pull requests merged for each one opened",
        "ratio",
        "ratio",
        ("PULL_REQUEST_MERGED", "PULL_REQUEST_OPENED"),
        parts=("pull_requests_merged", "pull_requests_opened"),
    ),
    SampleMetric("star_count", "Star count", "stars", "latest", ("STAR_COUNT",)),
    SampleMetric("stars", "Stars", "stars", "sum", ("STARRED",)),
)


def period(grain: Grain, day: date) -> tuple[date, date, date]:
    """The bucket of a day, and the first and last day of its period; rolling windows end on the day."""
    if grain.is_rolling:
        return day, day - timedelta(days=(grain.nominal_days or 1) - 1), day
    match grain:
        case Grain.ALL:
            return AS_OF, date.min, AS_OF
        case Grain.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first, first + timedelta(days=6)
        case Grain.MONTH:
            first = day.replace(day=1)
            return first, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case Grain.QUARTER:
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            return first, first, (first + timedelta(days=93)).replace(day=1) - timedelta(days=1)
        case Grain.YEAR:
            return date(day.year, 1, 1), date(day.year, 1, 1), date(day.year, 12, 31)
    return day, day, day


def metric_row(metric: SampleMetric) -> Row:
    """A row of the catalogue."""
    return {
        "metric_id": entity_id("OSO", "oso", metric.name),
        "metric_source": "OSO",
        "metric_namespace": "oso",
        "metric_name": metric.name,
        "display_name": metric.title,
        "description": f"{metric.title}, made up for tests.",
        "unit": metric.unit,
        "kind": metric.kind,
        "version": 1,
        "owner": "maintainers",
        "caveats": "Fictitious.",
        "event_types": json.dumps(metric.types),
        "definition": metric.definition,
        "sql": "select count(*) from events",
        "headline_grain": Grain.ROLLING_90_DAYS.value,
        "topic": "code",
    }


def name_rows(metric: SampleMetric) -> Iterator[Row]:
    """Rows of the original's names of a metric, as if it had them from our own."""
    for grain in metric.grains:
        period_name = ORIGINAL_PERIODS[grain]
        name = f"GITHUB_{metric.name}_{period_name}"
        yield {
            "original_metric_id": entity_id("OSO", "oso", name),
            "original_name": name,
            "original_model": metric.name,
            "event_source": "GITHUB",
            "time_aggregation": period_name,
            "metric_name": metric.name,
            "grain": grain.value,
            "definition_path": f"metrics/sample/{metric.name}.yaml",
        }


def timeseries(events: Sequence[SampleEvent], metrics: Sequence[SampleMetric] = ()) -> Iterator[Row]:
    """Every value that is known and not zero."""
    days = [FIRST_DAY + timedelta(days=n) for n in range((AS_OF - FIRST_DAY).days + 1)]
    for entity_type, entity, repositories in entities():
        own = [e for e in events if e.repository in repositories]
        for grain in Grain:
            for bucket, first, last in sorted({period(grain, day) for day in days}):
                for metric in metrics or METRICS:
                    if grain not in metric.grains or not _is_computed(metric, grain, bucket):
                        continue
                    amount = _amount(metric, own, grain, first, min(last, AS_OF))
                    if amount is not None and (amount or metric.kind == "ratio"):
                        yield _metric_key(metric) | {
                            "entity_type": entity_type,
                            "entity_id": entity,
                            "grain": grain.value,
                            "bucket": bucket,
                            "amount": float(amount),
                        }


def class_series(events: Sequence[SampleEvent]) -> Iterator[Row]:
    """What bots contribute, and events of nobody known: the only classes beside persons in the sample."""
    adding = tuple(replace(metric, classes=("bot",)) for metric in METRICS if metric.kind in ("sum", "distinct"))
    for user_class, own in (
        ("bot", [e for e in events if e.person and PEOPLE[e.person] == "bot"]),
        ("unknown", [e for e in events if e.person is None]),
    ):
        for row in timeseries(own, adding):
            yield {**row, "user_class": user_class}


def _is_computed(metric: SampleMetric, grain: Grain, bucket: date) -> bool:
    is_month_end = (bucket + timedelta(days=1)).day == 1
    if not grain.is_rolling or is_month_end or bucket == AS_OF:
        return True
    return metric.kind != "sql" and (AS_OF - bucket).days < ROLLING_DAILY_DAYS


def _metric_key(metric: SampleMetric) -> dict[str, object]:
    return {"metric_id": entity_id("OSO", "oso", metric.name), "metric_name": metric.name, "unit": metric.unit}


def _amount(metric: SampleMetric, own: Sequence[SampleEvent], grain: Grain, first: date, last: date) -> float | None:
    if metric.parts:
        over, under = (next(m for m in METRICS if m.name == part) for part in metric.parts)
        below = _amount(under, own, grain, first, last)
        return (_amount(over, own, grain, first, last) or 0) / below if below else None
    matching = [e for e in own if e.type in metric.types]
    inside = [e for e in matching if first <= e.day <= last]
    if metric.kind == "latest":
        newest = {e.repository: e.amount or 0 for e in matching if e.day <= last}
        return sum(newest.values())
    if metric.kind == "sum":
        return sum(e.amount or 0 for e in inside)
    people = [e for e in inside if e.person and PEOPLE[e.person] in metric.classes]
    if metric.kind == "sql":
        return _bus_factor(people)
    low, high = metric.activity.bounds(grain)
    days: dict[str, set[date]] = {}
    for e in people:
        days.setdefault(str(e.person), set()).add(e.day)
    if metric.is_first_only:
        days = {p: d for p, d in days.items() if min(e.day for e in matching if e.person == p) >= first}
    return sum(1 for active in days.values() if low <= len(active) <= (high or len(active)))


def _bus_factor(commits: Sequence[SampleEvent]) -> int:
    counts: dict[str, float] = {}
    for e in commits:
        counts[str(e.person)] = counts.get(str(e.person), 0) + (e.amount or 0)
    total, reached = sum(counts.values()), 0.0
    for rank, count in enumerate(sorted(counts.values(), reverse=True), start=1):
        reached += count
        if total and reached * 2 >= total:
            return rank
    return 0


def key_metrics(series: Sequence[Row]) -> Iterator[Row]:
    """The current values, all of them."""
    known = {
        (r["metric_name"], r["entity_type"], r["entity_id"], r["grain"]): r["amount"]
        for r in series
        if r["bucket"] == AS_OF
    }
    for entity_type, entity, repositories in entities():
        for metric in METRICS:
            for grain in KEY_GRAINS:
                amount = known.get((metric.name, entity_type, entity, grain.value))
                ratio = _covered(metric, repositories, grain)
                if grain not in metric.grains or (metric.kind in ("ratio", "latest") and amount is None):
                    state, amount = "unknown", None
                elif amount:
                    state = "value"
                elif ratio == 1:
                    state, amount = "zero", 0.0
                else:
                    state, amount = ("value", amount) if amount == 0.0 else ("unknown", None)
                yield _metric_key(metric) | {
                    "entity_type": entity_type,
                    "entity_id": entity,
                    "grain": grain.value,
                    "sample_date": AS_OF,
                    "amount": amount,
                    "state": state,
                    "coverage_ratio": ratio,
                    "covered_from": FIRST_DAY if ratio else None,
                    "covered_to": AS_OF if ratio else None,
                }


def _covered(metric: SampleMetric, repositories: Sequence[str], grain: Grain) -> float:
    """Share of artifacts, types and days since the first day that were seen, within the grain's last period."""
    first = max(FIRST_DAY, period(grain, AS_OF)[1])
    days = (AS_OF - first).days + 1
    missing = 0
    for repository in repositories:
        for type_ in metric.types:
            if repository == "harbor-works/harbor":
                missing += days
            elif repository == "quill/quill" and type_ == "STARRED":
                missing += max(0, (UNSEEN[1] - max(UNSEEN[0], first)).days + 1)
    cells = len(repositories) * len(metric.types) * days
    return 1 - missing / cells if cells else 0.0
