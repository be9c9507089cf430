"""The pages of projects, collections and artifacts: an overview and a page for each topic of metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request

from observer.errors import NotFoundError
from observer.model.metric import KEY_GRAINS, Grain
from observer.model.published import EntityType
from observer.query.answers import Entity, Listed, Metric, Series
from observer.query.context import Funding
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import EventFilter, Listing
from observer.web import charts
from observer.web import format as fmt
from observer.web.cards import cards
from observer.web.charts import Mark
from observer.web.page import Page
from observer.web.pages import collection as of_collection
from observer.web.pages.common import CARD_METRICS, CHART_METRICS, TABLE_METRICS, by_name
from observer.web.parameters import release_number
from observer.web.view import AUDIENCE_LABELS, CHART_GRAINS, OVERVIEW, RANGE_LABELS, View, read_view

_MOST_MARKS = 40


@dataclass(frozen=True, slots=True)
class Facts:
    """What one kind of entity shows beside its metrics: `context` is data, `inside` its list, `drawings` are charts."""

    context: Mapping[str, object] = field(default_factory=dict)
    inside: tuple[Listed, ...] | None = None
    drawings: Mapping[str, object] = field(default_factory=dict)


def project(read_model: ReadModel, request: Request) -> Page:
    """One project: identity, current values, charts, artifacts, organizations, funding, packages, dependencies."""
    with read_model.pinned(release_number(request)) as reader:
        entity = reader.project(request.path_params["name"])
        facts = Facts(
            {
                "collections": reader.collections_of(entity),
                "inside_title": "Artifacts",
                "funding": reader.funding(entity),
                "packages": reader.packages(entity),
                "organizations": reader.organizations(entity),
                "dependencies": reader.dependencies(entity),
                "dependents": reader.dependents(entity),
                "contracts": reader.contracts(entity),
            },
            _inside(reader, entity, EntityType.ARTIFACT),
        )
        return _page(reader, request, entity, facts)


def collection(read_model: ReadModel, request: Request) -> Page:
    """One collection: distinct totals over the union of its projects, charts, ranking, overlaps."""
    with read_model.pinned(release_number(request)) as reader:
        entity = reader.collection(request.path_params["name"])
        projects = _inside(reader, entity, EntityType.PROJECT)
        found = of_collection.facts(reader, entity, projects)
        facts = Facts(found, projects, of_collection.drawings(entity, found))
        return _page(reader, request, entity, facts)


def artifact(read_model: ReadModel, request: Request) -> Page:
    """One artifact: names over time, owners, current values, charts."""
    parameters = request.path_params
    with read_model.pinned(release_number(request)) as reader:
        entity = reader.artifact(parameters["source"], parameters["namespace"], parameters["name"])
        if entity.former_name:
            return Page(reader.release, "", "", redirect=fmt.path(entity), data=entity)
        facts = Facts(
            {
                "collections": reader.collections_of(entity),
                "projects": reader.projects_of(entity),
                "repository": reader.repository(entity),
                "names": reader.names(entity),
            }
        )
        return _page(reader, request, entity, facts)


def _page(reader: ReleaseReader, request: Request, entity: Entity, facts: Facts) -> Page:
    view = read_view(request.query_params, release_number(request))
    catalogue = by_name(reader.metrics())
    topics = tuple(sorted({metric.topic for metric in catalogue.values()}))
    if view.topic not in (OVERVIEW, *topics):
        raise NotFoundError(f"there is no topic '{view.topic}'", hint=f"topics: {', '.join((OVERVIEW, *topics))}")
    shown = _names(catalogue, view.topic, CHART_METRICS)
    start = view.start(reader.release.as_of)
    series = reader.series_of_metrics(shown, entity, view.grain, start, None, view.classes)
    marks = _marks(reader, entity, facts)
    numbers = reader.key_metrics(entity)
    values = cards(reader, entity, numbers, _names(catalogue, view.topic, CARD_METRICS), view)
    title = fmt.title(entity)
    return Page(
        reader.release,
        "entity.html",
        title if view.topic == OVERVIEW else f"{title}: {view.topic}",
        entity.description or f"{entity.entity_type.value.capitalize()} {title}",
        {
            **_NOTHING,
            "entity": entity,
            "view": view,
            "topics": (OVERVIEW, *topics),
            "cards": values,
            "charts": [(item, charts.series_chart(_drawn(item, view), marks=marks)) for item in series],
            "metrics": catalogue,
            "chart_grains": CHART_GRAINS,
            "key_grains": KEY_GRAINS,
            "ranges": RANGE_LABELS,
            "audiences": AUDIENCE_LABELS,
            "inside": facts.inside,
            **facts.context,
            **facts.drawings,
        },
        {
            "entity": entity,
            "key_metrics": numbers,
            "series": series,
            "inside": facts.inside,
            **{name: value for name, value in facts.context.items() if value is not None},
        },
        facts.inside if facts.inside is not None else numbers,
        entity_path=fmt.path(entity),
    )


_NOTHING: Mapping[str, object] = {
    "projects": (),
    "collections": (),
    "repository": None,
    "names": (),
    "inside_title": "",
    "funding": None,
    "packages": (),
    "organizations": None,
    "dependencies": (),
    "dependents": (),
    "contracts": (),
    "table_metrics": TABLE_METRICS,
}


def _names(catalogue: Mapping[str, Metric], topic: str, overview: Sequence[str]) -> list[str]:
    if topic == OVERVIEW:
        return [name for name in overview if name in catalogue]
    return [name for name, metric in catalogue.items() if metric.topic == topic]


def _drawn(series: Series, view: View) -> Series:
    """Rolling windows at month ends and at the end of the data, evenly spaced; other grains as they are."""
    return charts.at_month_ends(series) if view.grain.is_rolling else series


def _marks(reader: ReleaseReader, entity: Entity, facts: Facts) -> tuple[Mark, ...]:
    """What happened when: grants of a project, releases of a project or repository."""
    marks = []
    funding = facts.context.get("funding")
    if entity.entity_type is EntityType.PROJECT and isinstance(funding, Funding):
        marks += [
            Mark(grant.time.date(), "grant", f"Grant from {grant.grant_pool or grant.funder or 'an unknown funder'}")
            for grant in funding.grants
        ]
    if entity.entity_type is not EntityType.COLLECTION:
        released = reader.events(entity, EventFilter(("RELEASE_PUBLISHED",)), limit=_MOST_MARKS)
        marks += [
            Mark(row.time.date(), "release", f"Release of {row.to_artifact_namespace}/{row.to_artifact_name}")
            for row in released.items
        ]
    return tuple(sorted(marks, key=lambda mark: mark.day)[-_MOST_MARKS:])


def _inside(reader: ReleaseReader, entity: Entity, entity_type: EntityType) -> tuple[Listed, ...]:
    listing = Listing(sort="commits", metrics=TABLE_METRICS, within=entity, limit=100, grain=Grain.ROLLING_90_DAYS)
    return reader.entities(entity_type, listing).items
