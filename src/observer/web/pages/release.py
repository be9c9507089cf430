"""The releases that can be read."""

from __future__ import annotations

from starlette.requests import Request

from observer.query.read_model import ReadModel
from observer.web.page import Page


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
