"""Suggestions for the search field: entities and metrics whose names are like a text."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from observer.query.answers import SearchHit
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.web import format as fmt
from observer.web.docs import Library
from observer.web.page import Page
from observer.web.parameters import release_number

_MOST, _MOST_FURTHER = 12, 4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion: `text` completes the field, `label` says what it is, `address` is its page."""

    text: str
    label: str
    address: str


def search(read_model: ReadModel, request: Request, *, library: Library) -> Page:
    """What the text may mean; for people it is the page of results."""
    text = (request.query_params.get("q") or "").strip()[:200]
    with read_model.pinned(release_number(request)) as reader:
        hits = [_of_entity(hit) for hit in reader.search(text, limit=_MOST)] if text else []
        hits += further(reader, library, text)
        address = f"/explore?{request.url.query}" if request.url.query else "/explore"
        return Page(reader.release, "", "Search", data={"hits": hits}, rows=hits, redirect=address)


def further(reader: ReleaseReader, library: Library, text: str) -> list[Suggestion]:
    """Metrics and documents that the text may mean."""
    words = text.lower()
    if not words:
        return []
    named = [m for m in reader.metrics() if words in m.display_name.lower() or words in m.name]
    documents = library.search(text, _MOST_FURTHER)
    return [
        *(Suggestion(metric.display_name, "metric", f"/metric/{metric.name}") for metric in named[:_MOST_FURTHER]),
        *(Suggestion(document.title, "documentation", f"/docs/{document.name}") for document in documents),
    ]


def _of_entity(hit: SearchHit) -> Suggestion:
    entity = hit.entity
    kind = f"{entity.source.lower()} {(entity.artifact_type or '').lower()}" if entity.artifact_type else ""
    text = fmt.title(entity) if not entity.artifact_type else f"{entity.namespace}/{entity.name}".strip("/")
    return Suggestion(text, kind or entity.entity_type.value, fmt.path(entity))
