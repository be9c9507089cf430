"""A model of the warehouse and where it comes from."""

from __future__ import annotations

from starlette.requests import Request

from observer.query.read_model import ReadModel
from observer.web.page import Page
from observer.web.pages.common import (
    model_names,
)
from observer.web.parameters import release_number


def model(read_model: ReadModel, request: Request) -> Page:
    """One model of the warehouse: what it reads, its SQL, its columns."""
    with read_model.pinned(release_number(request)) as reader:
        found = reader.model(request.path_params["name"])
        lineage = reader.lineage(found.name)
        return Page(
            reader.release,
            "model.html",
            found.name,
            found.description,
            {"model": found, "lineage": lineage, "models": model_names(reader)},
            {"model": found, "lineage": lineage},
        )
