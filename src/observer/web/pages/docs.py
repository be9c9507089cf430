"""The documentation: guides and reference, as they came with this version."""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup
from starlette.requests import Request

from observer.errors import NotFoundError
from observer.query.read_model import ReadModel
from observer.web.docs import Document, Library
from observer.web.markdown import markdown
from observer.web.page import Page


class DocsPages:
    """The pages over one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._bodies: dict[str, Markup] = {}

    def index(self, read_model: ReadModel, request: Request) -> Page:
        """All documents by section."""
        documents = self._library.documents
        listed = [_listed(document) for document in documents]
        sections = [(name, list(found)) for name, found in groupby(documents, key=lambda document: document.section)]
        return Page(
            read_model.current_release(),
            "docs.html",
            "Documentation",
            "Guides and reference of this observatory.",
            {"sections": sections},
            listed,
            listed,
        )

    def document(self, read_model: ReadModel, request: Request) -> Page:
        """One document."""
        name = request.path_params["name"]
        found = self._library.find(name)
        if found is None:
            raise NotFoundError(f"there is no document '{name[:100]}'", hint="see /docs")
        if name not in self._bodies:
            self._bodies[name] = markdown(found.text, lambda link: self._library.address(found, link))
        return Page(
            read_model.current_release(),
            "document.html",
            found.title,
            found.summary[:200],
            {"document": found, "body": self._bodies[name]},
            _listed(found) | {"text": found.text},
        )


def _listed(document: Document) -> dict[str, str]:
    return {"name": document.name, "section": document.section, "title": document.title, "summary": document.summary}
