"""What this observatory watches, what is new in it, and what people found in it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.query.answers import Listed
from observer.query.read_model import ReadModel
from observer.query.request import Listing
from observer.web.gallery import Gallery, badge
from observer.web.page import Page
from observer.web.pages.common import TABLE_METRICS, charts_of, row_count
from observer.web.pages.release import Changes, changes
from observer.web.parameters import release_number

_FEATURED = 3
_COUNTED = ("projects", "collections", "artifacts", "events")


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a table of the release, and how many more than in the one before; None where that has no such table."""

    name: str
    rows: int
    more: int | None


def home(read_model: ReadModel, request: Request, *, gallery: Gallery) -> Page:
    """The newest release with what it changed, headline series, most active projects and collections, insights."""
    with read_model.pinned(release_number(request)) as reader:
        top = Listing(sort="commits", grain=Grain.ROLLING_90_DAYS, metrics=TABLE_METRICS, limit=8)
        projects = reader.entities(EntityType.PROJECT, top).items
        collections = reader.entities(EntityType.COLLECTION, top).items
        release = reader.release
        drawn = [
            (series, chart)
            for listed in collections[:1]
            for series, chart in charts_of(reader, ("commits", "active_developers"), listed.entity, Grain.WEEK)
            if any(point.amount is not None for point in series.points)
        ]
    changed = changes(read_model, release.number)
    before = {change.table: change.rows_before for change in changed.tables} if changed else {}
    counts = [
        Count(name, rows, rows - old if (old := before.get(name)) is not None else None)
        for name in _COUNTED
        for rows in [row_count(release, name)]
    ]
    insights = gallery.entries()[:_FEATURED]
    return Page(
        release,
        "home.html",
        "Numbers about open source that can be checked",
        "The impact of open source software, measured from its own records.",
        {
            "projects": projects,
            "collections": collections,
            "counts": counts,
            "changes": changed,
            "is_same": _is_same(changed),
            "is_active": _is_known(projects),
            "headline": drawn,
            "insights": [(entry, badge(entry)) for entry in insights],
        },
        {"counts": counts, "changes": changed, "projects": projects, "collections": collections, "insights": insights},
        projects,
    )


def _is_known(listed: tuple[Listed, ...]) -> bool:
    """Whether the first one, which has most, has any at all."""
    return any(value.amount is not None for each in listed[:1] for value in each.values[:1])


def _is_same(changed: Changes | None) -> bool:
    return changed is not None and not changed.tables and not changed.metrics
