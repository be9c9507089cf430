"""Search, and tables of entities."""

from __future__ import annotations

from starlette.requests import Request

from observer.errors import QueryError
from observer.model.metric import KEY_GRAINS, Grain
from observer.model.published import EntityType
from observer.query.read_model import ReadModel
from observer.query.request import Listing
from observer.web.page import Page
from observer.web.pages.common import (
    TABLE_METRICS,
    by_name,
)
from observer.web.parameters import choice


def explore(read_model: ReadModel, request: Request) -> Page:
    """Search, and a table of entities that can be sorted by any metric."""
    query = request.query_params
    text = (query.get("q") or "").strip()[:200]
    entity_type = choice(query.get("type"), EntityType, EntityType.PROJECT)
    grain = choice(query.get("grain"), Grain, Grain.ROLLING_90_DAYS)
    if grain not in KEY_GRAINS:
        raise QueryError(f"'{grain.value}' is not a current grain", hint=f"one of {', '.join(KEY_GRAINS)}")
    sort = query.get("sort") or "commits"
    descending = {"true": True, "false": False}.get(query.get("descending") or "")
    with read_model.pinned() as reader:
        metrics = by_name(reader.metrics())
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
