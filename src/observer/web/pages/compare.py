"""Up to six entities side by side, by several metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from observer.errors import NotFoundError, QueryError
from observer.model.metric import KEY_GRAINS, Grain
from observer.query.answers import Entity, KeyMetric, Point, Series
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.web import charts
from observer.web import format as fmt
from observer.web.comparison import MOST, comparison_chart
from observer.web.page import Page
from observer.web.pages.common import by_name
from observer.web.parameters import named_entity, release_number
from observer.web.view import AUDIENCE_LABELS, CHART_GRAINS, RANGE_LABELS, read_view

DEFAULT_METRICS = ("commits", "active_developers", "new_contributors", "stars")
MOST_METRICS = 8


@dataclass(frozen=True, slots=True)
class ComparedPoint:
    """One value of the comparison, a row of its CSV."""

    metric: str
    entity: str
    bucket: date
    amount: float | None
    unit: str
    state: str
    coverage_ratio: float


def compare(read_model: ReadModel, request: Request) -> Page:
    """The series and current values of the entities and metrics that the address names."""
    query = request.query_params
    view = read_view(query, release_number(request))
    with read_model.pinned(view.release) as reader:
        catalogue = by_name(reader.metrics())
        names = [name for name in query.getlist("metric") if name] or [n for n in DEFAULT_METRICS if n in catalogue]
        unknown = [name for name in names if name not in catalogue]
        if unknown:
            raise QueryError(f"there is no metric '{unknown[0][:50]}'", hint="see /metrics")
        entities, missing = _entities(reader, [*query.getlist("entity"), query.get("add") or ""])
        if len(entities) > MOST or len(names) > MOST_METRICS:
            raise QueryError(f"at most {MOST} entities and {MOST_METRICS} metrics", hint="leave some out")
        start = view.start(reader.release.as_of)
        by_entity = [
            reader.series_of_metrics(names, entity, view.grain, start, None, view.classes) for entity in entities
        ]
        if view.grain.is_rolling:
            by_entity = [tuple(charts.at_month_ends(series) for series in found) for found in by_entity]
        groups = _groups(by_entity)
        current = {entity.id: _current(reader, entity, view.window) for entity in entities}
        shown = [catalogue[name] for name in names]
        title = "Compare" if len(entities) < 2 else " and ".join(fmt.title(entity) for entity in entities[:3])
        return Page(
            reader.release,
            "compare.html",
            title,
            "Projects, collections and artifacts side by side.",
            {
                "view": view,
                "entities": entities,
                "missing": missing,
                "shown": shown,
                "metrics": catalogue,
                "charts": [(found[0].metric, found, comparison_chart(found)) for found in groups],
                "current": current,
                "chart_grains": CHART_GRAINS,
                "key_grains": KEY_GRAINS,
                "ranges": RANGE_LABELS,
                "audiences": AUDIENCE_LABELS,
                "most": MOST,
            },
            {"entities": entities, "series": groups, "current": current, "missing": missing},
            [_point(series, point) for found in groups for series in found for point in series.points],
        )


def _groups(by_entity: list[tuple[Series, ...]]) -> list[list[Series]]:
    """The series by metric, in the order of the entities."""
    groups: dict[str, list[Series]] = {}
    for found in by_entity:
        for series in found:
            groups.setdefault(series.metric.name, []).append(series)
    return list(groups.values())


def _point(series: Series, point: Point) -> ComparedPoint:
    reference = fmt.reference(series.entity)
    return ComparedPoint(
        series.metric.name, reference, point.bucket, point.amount, series.unit, point.state.value, point.coverage_ratio
    )


def _entities(reader: ReleaseReader, asked: list[str]) -> tuple[list[Entity], list[str]]:
    """The entities by reference or, for other text, the best match of a search; texts that match nothing."""
    found: dict[str, Entity] = {}
    missing = []
    for text in filter(None, (text.strip()[:200] for text in asked)):
        entity = _one(reader, text)
        if entity is None:
            missing.append(text)
        else:
            found[entity.id] = entity
    return list(found.values()), missing


def _one(reader: ReleaseReader, text: str) -> Entity | None:
    try:
        return named_entity(reader, text)
    except NotFoundError:
        hits = reader.search(text, limit=1)
        return hits[0].entity if hits else None


def _current(reader: ReleaseReader, entity: Entity, window: Grain) -> dict[str, KeyMetric]:
    return {value.metric: value for value in reader.key_metrics(entity) if value.grain is window}
