"""The pages of projects, collections and artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request

from observer.errors import QueryError
from observer.model.metric import KEY_GRAINS, Grain
from observer.model.published import EntityType
from observer.query.answers import Entity, KeyMetric, Listed
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import Listing
from observer.web import charts
from observer.web import format as fmt
from observer.web.page import Page
from observer.web.pages.common import (
    CARD_METRICS,
    CHART_GRAINS,
    CHART_METRICS,
    TABLE_METRICS,
    by_name,
    series_of,
)
from observer.web.parameters import choice, release_number


def project(read_model: ReadModel, request: Request) -> Page:
    """One project: identity, current values, charts, artifacts."""
    with read_model.pinned(release_number(request)) as reader:
        entity = reader.project(request.path_params["name"])
        artifacts = _inside(reader, entity, EntityType.ARTIFACT)
        extra = {"collections": reader.collections_of(entity), "inside": artifacts, "inside_title": "Artifacts"}
        return _entity_page(reader, request, entity, extra)


def collection(read_model: ReadModel, request: Request) -> Page:
    """One collection: distinct totals over the union of its projects, charts, ranking."""
    with read_model.pinned(release_number(request)) as reader:
        entity = reader.collection(request.path_params["name"])
        projects = _inside(reader, entity, EntityType.PROJECT)
        extra = {"collections": (), "inside": projects, "inside_title": "Projects"}
        return _entity_page(reader, request, entity, extra)


def artifact(read_model: ReadModel, request: Request) -> Page:
    """One artifact: names over time, owners, current values, charts."""
    parameters = request.path_params
    namespace = "" if parameters["namespace"] == "-" else parameters["namespace"]
    with read_model.pinned(release_number(request)) as reader:
        entity = reader.artifact(parameters["source"], namespace, parameters["name"])
        if entity.former_name:
            return Page(reader.release, "", "", redirect=fmt.path(entity), data=entity)
        extra = {
            "collections": reader.collections_of(entity),
            "projects": reader.projects_of(entity),
            "repository": reader.repository(entity),
            "names": reader.names(entity),
            "inside": None,
        }
        return _entity_page(reader, request, entity, extra)


def _entity_page(reader: ReleaseReader, request: Request, entity: Entity, extra: Mapping[str, object]) -> Page:
    query = request.query_params
    grain = choice(query.get("grain"), Grain, Grain.MONTH)
    window = choice(query.get("window"), Grain, Grain.ROLLING_90_DAYS)
    if grain not in CHART_GRAINS or window not in KEY_GRAINS:
        raise QueryError("there is no chart of this grain", hint=f"grain: {', '.join(CHART_GRAINS)}")
    catalogue = by_name(reader.metrics())
    values = reader.key_metrics(entity)
    series = [series_of(reader, name, entity, grain) for name in CHART_METRICS if name in catalogue]
    inside = extra.get("inside")
    title = fmt.title(entity)
    return Page(
        reader.release,
        "entity.html",
        title,
        entity.description or f"{entity.entity_type.value.capitalize()} {title}",
        {
            "entity": entity,
            "cards": _cards(values, window),
            "charts": [(item, charts.series_chart(item)) for item in series],
            "metrics": catalogue,
            "grain": grain,
            "chart_grains": CHART_GRAINS,
            "window": window,
            "key_grains": KEY_GRAINS,
            "table_metrics": TABLE_METRICS,
            "projects": (),
            "repository": None,
            "names": (),
            **extra,
        },
        {
            "entity": entity,
            "key_metrics": values,
            "series": series,
            **{k: v for k, v in extra.items() if v is not None},
        },
        inside if isinstance(inside, tuple) else values,
    )


def _cards(values: Sequence[KeyMetric], window: Grain) -> list[KeyMetric]:
    by_name = {value.metric: value for value in values if value.grain is window}
    return [by_name[name] for name in CARD_METRICS if name in by_name]


def _inside(reader: ReleaseReader, entity: Entity, entity_type: EntityType) -> tuple[Listed, ...]:
    listing = Listing(sort="commits", metrics=TABLE_METRICS, within=entity, limit=100)
    return reader.entities(entity_type, listing).items
