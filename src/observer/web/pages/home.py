"""What this observatory watches."""

from __future__ import annotations

from starlette.requests import Request

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.query.read_model import ReadModel
from observer.query.request import Listing
from observer.web.page import Page
from observer.web.pages.common import (
    TABLE_METRICS,
    by_name,
    charts_of,
    row_count,
)
from observer.web.parameters import release_number


def home(read_model: ReadModel, request: Request) -> Page:
    """What this observatory watches, and the most active projects and collections."""
    with read_model.pinned(release_number(request)) as reader:
        top = Listing(sort="commits", grain=Grain.ROLLING_90_DAYS, metrics=TABLE_METRICS, limit=8)
        projects = reader.entities(EntityType.PROJECT, top)
        collections = reader.entities(EntityType.COLLECTION, top)
        counts = {
            "projects": projects.total or row_count(reader.release, "projects"),
            "collections": collections.total or row_count(reader.release, "collections"),
            "artifacts": row_count(reader.release, "artifacts"),
            "events": row_count(reader.release, "events"),
        }
        headline = [
            chart
            for listed in collections.items[:1]
            for chart in charts_of(reader, ("commits", "active_developers"), listed.entity, Grain.WEEK)
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
                "metrics": by_name(reader.metrics()),
                "table_metrics": TABLE_METRICS,
                "headline": headline,
            },
            {"counts": counts, "projects": projects.items, "collections": collections.items},
            projects.items,
        )
