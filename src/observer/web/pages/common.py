"""What several pages share: the metrics they show, series as charts, lists inside of an entity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from observer.model.metric import Grain
from observer.model.release import Release
from observer.query.answers import Entity, Metric, Series
from observer.query.reader import ReleaseReader
from observer.web import charts

CARD_METRICS = (
    "commits",
    "active_developers",
    "contributors",
    "new_contributors",
    "full_time_developers",
    "part_time_developers",
    "bus_factor",
    "stars",
    "forks",
    "issues_opened",
    "issues_closed",
    "pull_requests_opened",
    "pull_requests_merged",
    "comments",
    "releases",
)
CHART_METRICS = ("commits", "active_developers", "pull_requests_merged", "issues_opened", "stars", "releases")
_CHART_DAYS = {Grain.WEEK: 7 * 78, Grain.MONTH: 365 * 4}
TABLE_METRICS = ("commits", "active_developers", "pull_requests_merged", "stars")


def charts_of(reader: ReleaseReader, metrics: Sequence[str], entity: Entity, grain: Grain) -> list[tuple[Series, str]]:
    """The charts of an entity's metrics, those of them that the release has."""
    days = _CHART_DAYS.get(grain)
    start = reader.release.as_of - timedelta(days=days) if days else None
    return [(series, charts.series_chart(series)) for series in reader.series_of_metrics(metrics, entity, grain, start)]


def row_count(release: Release, table: str) -> int:
    return next((entry.rows for entry in release.tables if entry.name == table), 0)


def by_name(catalogue: Sequence[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in catalogue}


def model_names(reader: ReleaseReader) -> frozenset[str]:
    return frozenset(found.name for found in reader.models())
