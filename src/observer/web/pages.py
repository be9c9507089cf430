"""What each page shows: asks the read model and names a template. No SQL, no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from starlette.requests import Request

from observer.errors import NotFoundError, QueryError
from observer.model.metric import KEY_GRAINS, Grain
from observer.model.published import EntityType
from observer.model.release import Release
from observer.query.answers import Entity, KeyMetric, Listed, Metric, Series
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import Listing
from observer.web import charts
from observer.web import format as fmt

CHART_GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
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

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: template and context for people, `data` as JSON for programs, `rows` as CSV where it is a list."""

    release: Release
    template: str
    title: str
    description: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    data: object = None
    rows: Sequence[object] | None = None
    redirect: str | None = None


def home(read_model: ReadModel, request: Request) -> Page:
    """What this observatory watches, and the most active projects and collections."""
    with read_model.pinned() as reader:
        top = Listing(sort="commits", grain=Grain.ROLLING_90_DAYS, metrics=TABLE_METRICS, limit=8)
        projects = reader.entities(EntityType.PROJECT, top)
        collections = reader.entities(EntityType.COLLECTION, top)
        counts = {
            "projects": projects.total or _rows(reader.release, "projects"),
            "collections": collections.total or _rows(reader.release, "collections"),
            "artifacts": _rows(reader.release, "artifacts"),
            "events": _rows(reader.release, "events"),
        }
        headline = [
            _chart(reader, metric, listed.entity, Grain.WEEK)
            for listed in collections.items[:1]
            for metric in ("commits", "active_developers")
        ]
        return Page(
            reader.release,
            "home.html",
            "Numbers about open source that can be checked",
            "The impact of open source software, measured from its own records.",
            {
                "projects": projects.items,
                "collections": collections.items,
                "counts": counts,
                "metrics": _by_name(reader.metrics()),
                "table_metrics": TABLE_METRICS,
                "headline": headline,
            },
            {"counts": counts, "projects": projects.items, "collections": collections.items},
            projects.items,
        )


def explore(read_model: ReadModel, request: Request) -> Page:
    """Search, and a table of entities that can be sorted by any metric."""
    query = request.query_params
    text = (query.get("q") or "").strip()[:200]
    entity_type = _choice(query.get("type"), EntityType, EntityType.PROJECT)
    grain = _choice(query.get("grain"), Grain, Grain.ROLLING_90_DAYS)
    if grain not in KEY_GRAINS:
        raise QueryError(f"'{grain.value}' is not a current grain", hint=f"one of {', '.join(KEY_GRAINS)}")
    sort = query.get("sort") or "commits"
    descending = {"true": True, "false": False}.get(query.get("descending") or "")
    with read_model.pinned() as reader:
        metrics = _by_name(reader.metrics())
        if sort != "name" and sort not in metrics:
            raise QueryError(f"'{sort[:50]}' is neither a metric nor 'name'", hint="see /metrics")
        columns = tuple(dict.fromkeys((*TABLE_METRICS, *((sort,) if sort != "name" else ()))))
        hits = reader.search(text, limit=20) if text else ()
        page = reader.entities(
            entity_type,
            Listing(
                sort=sort,
                descending=descending,
                grain=grain,
                metrics=columns,
                text=text or None,
                limit=50,
                cursor=query.get("cursor") or None,
            ),
        )
        return Page(
            reader.release,
            "explore.html",
            f"Results for {text}" if text else "Explore",
            "Projects, collections and artifacts, sorted by any metric.",
            {
                "text": text,
                "hits": hits,
                "listed": page,
                "entity_type": entity_type,
                "entity_types": tuple(EntityType),
                "grain": grain,
                "key_grains": KEY_GRAINS,
                "sort": sort,
                "descending": descending,
                "columns": columns,
                "metrics": metrics,
            },
            {"hits": hits, "items": page.items, "next_cursor": page.next_cursor, "total": page.total},
            page.items,
        )


def project(read_model: ReadModel, request: Request) -> Page:
    """One project: identity, current values, charts, artifacts."""
    with read_model.pinned(_release(request)) as reader:
        entity = reader.project(request.path_params["name"])
        artifacts = _inside(reader, entity, EntityType.ARTIFACT)
        extra = {"collections": reader.collections_of(entity), "inside": artifacts, "inside_title": "Artifacts"}
        return _entity_page(reader, request, entity, extra)


def collection(read_model: ReadModel, request: Request) -> Page:
    """One collection: distinct totals over the union of its projects, charts, ranking."""
    with read_model.pinned(_release(request)) as reader:
        entity = reader.collection(request.path_params["name"])
        projects = _inside(reader, entity, EntityType.PROJECT)
        extra = {"collections": (), "inside": projects, "inside_title": "Projects"}
        return _entity_page(reader, request, entity, extra)


def artifact(read_model: ReadModel, request: Request) -> Page:
    """One artifact: names over time, owners, current values, charts."""
    parameters = request.path_params
    namespace = "" if parameters["namespace"] == "-" else parameters["namespace"]
    with read_model.pinned(_release(request)) as reader:
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


def metrics(read_model: ReadModel, request: Request) -> Page:
    """The metric catalogue."""
    with read_model.pinned() as reader:
        catalogue = reader.metrics()
        return Page(
            reader.release,
            "metrics.html",
            "Metrics",
            "Every metric with its definition.",
            {"metrics": catalogue},
            catalogue,
            catalogue,
        )


def metric(read_model: ReadModel, request: Request) -> Page:
    """One metric: definition, caveats, SQL, and where it is largest."""
    with read_model.pinned() as reader:
        found = reader.metric(request.path_params["name"])
        listing = Listing(sort=found.name, grain=Grain.ROLLING_180_DAYS, metrics=(found.name,), limit=15)
        top = reader.entities(EntityType.PROJECT, listing)
        return Page(
            reader.release,
            "metric.html",
            found.display_name,
            found.description,
            {"metric": found, "top": top.items, "models": _model_names(reader)},
            {"metric": found, "top": top.items},
            top.items,
        )


def explain(read_model: ReadModel, request: Request) -> Page:
    """One number: definition, completeness, people and events behind it, how to recompute it."""
    query = request.query_params
    grain = _choice(query.get("grain"), Grain, Grain.ALL)
    with read_model.pinned(_release(request)) as reader:
        entity = _entity(reader, request.path_params["entity"])
        why = reader.explain(
            request.path_params["metric"],
            entity,
            grain,
            _date(query.get("bucket")),
            limit=50,
            cursor=query.get("cursor") or None,
        )
        words = f"{why.metric.display_name} of {fmt.title(entity)}"
        return Page(
            reader.release,
            "explain.html",
            words,
            f"{words}, {fmt.period(why.point.first_day, why.point.last_day, grain)}",
            {"why": why, "entity": entity, "grain": grain, "grains": tuple(Grain)},
            why,
            why.rows.items,
        )


def model(read_model: ReadModel, request: Request) -> Page:
    """One model of the warehouse: what it reads, its SQL, its columns."""
    with read_model.pinned() as reader:
        found = reader.model(request.path_params["name"])
        lineage = reader.lineage(found.name)
        return Page(
            reader.release,
            "model.html",
            found.name,
            found.description,
            {"model": found, "lineage": lineage, "models": _model_names(reader)},
            {"model": found, "lineage": lineage},
        )


def connectors(read_model: ReadModel, request: Request) -> Page:
    """The catalogue of connectors: what is collected from where, and how fresh it is."""
    with read_model.pinned() as reader:
        found = reader.connectors()
        return Page(
            reader.release,
            "connectors.html",
            "Connectors",
            "What is collected from where, what it costs, and how fresh it is.",
            {"connectors": found},
            found,
            found,
        )


def connector(read_model: ReadModel, request: Request) -> Page:
    """One connector: streams with their fields, cost, limits, personal data, freshness, config."""
    with read_model.pinned() as reader:
        found = reader.connector(request.path_params["name"])
        sources = [s for s in reader.status().sources if s.connector == found.connector.name]
        return Page(
            reader.release,
            "connector.html",
            found.connector.title,
            found.connector.summary or "",
            {"detail": found, "connector": found.connector, "sources": sources},
            {"connector": found, "sources": sources},
            found.connector.streams,
        )


def status(read_model: ReadModel, request: Request) -> Page:
    """How fresh and how complete everything is."""
    with read_model.pinned() as reader:
        now = reader.status()
        refused = reader.quarantine(limit=50, cursor=request.query_params.get("cursor") or None)
        return Page(
            reader.release,
            "status.html",
            "Status",
            "Freshness and completeness of every source.",
            {"status": now, "refused": refused},
            {"status": now, "quarantine": refused.items},
            now.sources,
        )


def releases(read_model: ReadModel, request: Request) -> Page:
    """The releases that can be read."""
    entries = read_model.releases()
    release = read_model.current_release()
    return Page(
        release,
        "releases.html",
        "Releases",
        "Published, immutable sets of tables.",
        {"entries": entries},
        entries,
        [entry.release for entry in entries],
    )


def about(read_model: ReadModel, request: Request) -> Page:
    """How numbers are made and how to read them."""
    return Page(read_model.current_release(), "about.html", "How to read these numbers", data={})


def _entity_page(reader: ReleaseReader, request: Request, entity: Entity, extra: Mapping[str, object]) -> Page:
    query = request.query_params
    grain = _choice(query.get("grain"), Grain, Grain.MONTH)
    window = _choice(query.get("window"), Grain, Grain.ROLLING_90_DAYS)
    if grain not in CHART_GRAINS or window not in KEY_GRAINS:
        raise QueryError("there is no chart of this grain", hint=f"grain: {', '.join(CHART_GRAINS)}")
    catalogue = _by_name(reader.metrics())
    values = reader.key_metrics(entity)
    series = [_series(reader, name, entity, grain) for name in CHART_METRICS if name in catalogue]
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


def _series(reader: ReleaseReader, metric: str, entity: Entity, grain: Grain) -> Series:
    days = _CHART_DAYS.get(grain)
    start = reader.release.as_of - timedelta(days=days) if days else None
    return reader.series(metric, entity, grain, start)


def _chart(reader: ReleaseReader, metric: str, entity: Entity, grain: Grain) -> tuple[Series, str]:
    series = _series(reader, metric, entity, grain)
    return series, charts.series_chart(series)


def _entity(reader: ReleaseReader, reference: str) -> Entity:
    kind, _, rest = reference.partition("/")
    if kind == EntityType.ARTIFACT and rest.count("/") >= 2:
        source, namespace, name = rest.split("/", 2)
        return reader.artifact(source, "" if namespace == "-" else namespace, name)
    if kind in (EntityType.PROJECT, EntityType.COLLECTION) and rest:
        return reader.entity(EntityType(kind), rest)
    raise NotFoundError(f"'{reference[:100]}' names no entity")


def _choice(text: str | None, kind: type[_T], default: _T) -> _T:
    if not text:
        return default
    try:
        return kind(text)  # type: ignore[call-arg]
    except ValueError as error:
        raise QueryError(f"'{text[:50]}' is not one of the choices here") from error


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise QueryError(f"'{text}' is not a date", hint="write it as 2026-01-31") from error


def _release(request: Request) -> int | None:
    text = request.query_params.get("release")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise QueryError(f"'{text[:50]}' is not the number of a release")
    return int(text)


def _rows(release: Release, table: str) -> int:
    return next((entry.rows for entry in release.tables if entry.name == table), 0)


def _by_name(catalogue: Sequence[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in catalogue}


def _model_names(reader: ReleaseReader) -> frozenset[str]:
    return frozenset(found.name for found in reader.models())
