"""The catalogue of connectors and each connector."""

from __future__ import annotations

from starlette.requests import Request

from observer.query.read_model import ReadModel
from observer.web.page import Page
from observer.web.parameters import release_number


def connectors(read_model: ReadModel, request: Request) -> Page:
    """The catalogue of connectors: what is collected from where, and how fresh it is."""
    with read_model.pinned(release_number(request)) as reader:
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
    with read_model.pinned(release_number(request)) as reader:
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
