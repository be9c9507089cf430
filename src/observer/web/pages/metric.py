"""The metric catalogue and each metric."""

from __future__ import annotations

from starlette.requests import Request

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.query.read_model import ReadModel
from observer.query.request import Listing
from observer.web.page import Page
from observer.web.parameters import release_number


def metrics(read_model: ReadModel, request: Request) -> Page:
    """The metric catalogue."""
    with read_model.pinned(release_number(request)) as reader:
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
    with read_model.pinned(release_number(request)) as reader:
        found = reader.metric(request.path_params["name"])
        listing = Listing(sort=found.name, grain=Grain.ROLLING_180_DAYS, metrics=(found.name,), limit=15)
        spread = reader.spread(found.name, EntityType.PROJECT, Grain.ROLLING_180_DAYS)
        rules = reader.rules()
        top = reader.entities(EntityType.PROJECT, listing)
        return Page(
            reader.release,
            "metric.html",
            found.display_name,
            found.description,
            {"metric": found, "top": top.items, "spread": spread, "rules": rules},
            {"metric": found, "top": top.items, "spread": spread},
            top.items,
        )
