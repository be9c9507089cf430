"""Plain recounts of the metrics about issues and pull requests: every bucket by itself, item by item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean, median
from typing import Any

from tests.unit.metrics.brute_force_chain import Key, Rows

_DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class _Item:
    kind: str
    opened: datetime
    responded: datetime | None
    merged: datetime | None
    closed: datetime | None
    is_merged_by_author: bool | None

    def days_until(self, what: str) -> float:
        return float((getattr(self, what) - self.opened).total_seconds()) / _DAY_SECONDS

    def is_open_on(self, day: date) -> bool:
        return self.opened.date() <= day and (self.closed is None or self.closed.date() > day)


@dataclass(frozen=True, slots=True)
class _Duration:
    """The time from opening to something, of the items to which that happened in a bucket."""

    kinds: tuple[str, ...]
    until: str
    mean: Callable[[Sequence[float]], float]

    def value(self, items: Sequence[_Item], first: date, last: date) -> float | None:
        found = [item for item in items if item.kind in self.kinds and getattr(item, self.until) is not None]
        days = [item.days_until(self.until) for item in found if first <= getattr(item, self.until).date() <= last]
        return self.mean(days) if days else None


@dataclass(frozen=True, slots=True)
class _Level:
    """What is open at the end of a bucket."""

    kind: str
    measure: Callable[[Sequence[int]], float]

    def value(self, items: Sequence[_Item], first: date, last: date) -> float | None:
        ages = [(last - i.opened.date()).days for i in items if i.kind == self.kind and i.is_open_on(last)]
        return self.measure(ages) if ages else None


@dataclass(frozen=True, slots=True)
class _SelfMerges:
    """The share of merges that the author made, of those of which it is known who made them."""

    def value(self, items: Sequence[_Item], first: date, last: date) -> float | None:
        merged = [item for item in items if item.kind == "pull_request" and item.merged is not None]
        told = [
            item.is_merged_by_author
            for item in merged
            if first <= item.merged.date() <= last and item.is_merged_by_author is not None
        ]
        return told.count(True) / len(told) if told else None


def recount(con: Any, name: str, rows: Rows) -> Iterator[tuple[Key, float]]:
    """The values of one metric by entity type, entity, grain and bucket; none where there is nothing to look at."""
    items: dict[tuple[str, str], list[_Item]] = defaultdict(list)
    for kind, entity, *item in con.execute(
        f"""
        select l.entity_type, l.entity_id, i.item_kind, i.opened_at, i.first_response_at, i.merged_at,
            i.closed_at, i.is_merged_by_author
        from intermediate.int_items i join bf_links l on l.artifact_id = i.to_artifact_id
        where i.author_class in ({rows.classes})
        """
    ).fetchall():
        items[kind, entity].append(_Item(*item))
    buckets = con.execute(
        f"select grain, bucket, first_day, last_day from bf_buckets where grain in ({rows.grains})"
    ).fetchall()
    for (kind, entity), found in items.items():
        for grain, bucket, first, last in buckets:
            value = _MEASURES[name].value(found, first, last)
            if value is not None:
                yield (kind, entity, grain, bucket), value


_BOTH = ("issue", "pull_request")
_MEASURES: dict[str, _Duration | _Level | _SelfMerges] = {
    "time_to_first_response": _Duration(_BOTH, "responded", fmean),
    "time_to_first_response_median": _Duration(_BOTH, "responded", median),
    "time_to_merge": _Duration(_BOTH[1:], "merged", fmean),
    "time_to_merge_median": _Duration(_BOTH[1:], "merged", median),
    "time_to_close_issue": _Duration(_BOTH[:1], "closed", fmean),
    "time_to_close_issue_median": _Duration(_BOTH[:1], "closed", median),
    "self_merge_rate": _SelfMerges(),
    "open_issues": _Level("issue", len),
    "open_pull_requests": _Level("pull_request", len),
    "issue_age_average": _Level("issue", fmean),
    "issue_age_median": _Level("issue", median),
    "issue_age_max": _Level("issue", max),
}
NAMES = set(_MEASURES)
