"""How to read the numbers."""

from __future__ import annotations

from starlette.requests import Request

from observer.query.read_model import ReadModel
from observer.web.page import Page


def about(read_model: ReadModel, request: Request) -> Page:
    """How numbers are made and how to read them."""
    return Page(read_model.current_release(), "about.html", "How to read these numbers", data={})
