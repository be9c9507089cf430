"""Search, and tables of entities with columns, thresholds and cohorts of the reader's choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from observer.errors import NotFoundError, QueryError
from observer.model.metric import KEY_GRAINS, Grain
from observer.model.published import EntityType
from observer.query.answers import Entity, Metric
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import Listing
from observer.web.docs import Library
from observer.web.page import Page
from observer.web.pages.common import TABLE_METRICS, by_name
from observer.web.pages.search import further
from observer.web.parameters import choice, release_number

MOST_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """What a table shows: which entities, in which columns, in which order. An address holds all of it."""

    text: str
    entity_type: EntityType
    grain: Grain
    sort: str
    descending: bool | None
    columns: tuple[str, ...]
    at_least: Mapping[str, float]
    within: Entity | None
    cursor: str | None

    def address(self, **changes: str) -> str:
        """The address of the same table with some things changed; the first page of it."""
        pairs: list[tuple[str, str]] = [
            ("q", self.text),
            ("type", self.entity_type.value),
            ("grain", self.grain.value),
            ("sort", self.sort),
            ("descending", "" if self.descending is None else str(self.descending).lower()),
            ("within", self.within.name if self.within else ""),
            *(("column", name) for name in self.columns),
            *((f"least.{name}", f"{least:g}") for name, least in self.at_least.items()),
        ]
        kept = [(name, text) for name, text in pairs if text and name not in changes]
        return "/explore?" + urlencode([*kept, *((name, text) for name, text in changes.items() if text)])

    def order(self, name: str) -> str:
        """The address that sorts by a column, the other way round where it is sorted by it already."""
        falls = name != "name"
        if self.sort == name:
            falls = not (self.descending if self.descending is not None else falls)
        return self.address(sort=name, descending=str(falls).lower())


def explore(read_model: ReadModel, request: Request, *, library: Library) -> Page:
    """Search, and a table of entities that can be filtered and sorted by any metric."""
    with read_model.pinned(release_number(request)) as reader:
        metrics = by_name(reader.metrics())
        asked = _filters(reader, request.query_params, metrics)
        hits = reader.search(asked.text, limit=20) if asked.text else ()
        page = reader.entities(
            asked.entity_type,
            Listing(
                sort=asked.sort,
                descending=asked.descending,
                grain=asked.grain,
                metrics=asked.columns,
                text=asked.text or None,
                within=asked.within,
                at_least=asked.at_least,
                limit=50,
                cursor=asked.cursor,
            ),
        )
        collections = reader.entities(EntityType.COLLECTION, Listing(limit=200)).items
        return Page(
            reader.release,
            "explore.html",
            f"Results for {asked.text}" if asked.text else "Explore",
            "Projects, collections and artifacts, filtered and sorted by any metric.",
            {
                "asked": asked,
                "hits": hits,
                "further": further(reader, library, asked.text),
                "listed": page,
                "entity_types": tuple(EntityType),
                "key_grains": KEY_GRAINS,
                "metrics": metrics,
                "collections": [listed.entity for listed in collections],
            },
            {"hits": hits, "items": page.items, "next_cursor": page.next_cursor, "total": page.total},
            page.items,
        )


def _filters(reader: ReleaseReader, query: QueryParams, metrics: Mapping[str, Metric]) -> Filters:
    grain = choice(query.get("grain"), Grain, Grain.ROLLING_90_DAYS)
    if grain not in KEY_GRAINS:
        raise QueryError(f"'{grain.value}' is not a current grain", hint=f"one of {', '.join(KEY_GRAINS)}")
    sort = query.get("sort") or "commits"
    at_least = {key.removeprefix("least."): text for key, text in query.items() if key.startswith("least.") and text}
    columns = tuple(dict.fromkeys(filter(None, query.getlist("column")))) or TABLE_METRICS
    columns = tuple(name for name in columns if name in metrics or name not in TABLE_METRICS)
    columns = tuple(dict.fromkeys((*columns, *([sort] if sort != "name" else ()), *at_least)))
    unknown = next((name for name in columns if name not in metrics), None)
    if unknown:
        raise QueryError(f"'{unknown[:50]}' is neither a metric nor 'name'", hint="see /metrics")
    if len(columns) > MOST_COLUMNS:
        raise QueryError(f"at most {MOST_COLUMNS} columns at a time", hint="leave some out")
    within = query.get("within")
    return Filters(
        (query.get("q") or "").strip()[:200],
        choice(query.get("type"), EntityType, EntityType.PROJECT),
        grain,
        sort,
        {"true": True, "false": False}.get(query.get("descending") or ""),
        columns,
        {name: _number(name, text) for name, text in at_least.items()},
        _collection(reader, within) if within else None,
        query.get("cursor") or None,
    )


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise QueryError(f"'{text[:30]}' is no number", hint=f"the least value of {name}") from error


def _collection(reader: ReleaseReader, name: str) -> Entity:
    try:
        return reader.collection(name)
    except NotFoundError as error:
        raise QueryError(f"there is no collection '{name[:100]}'") from error
