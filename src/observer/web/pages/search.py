"""Suggestions for the search field: entities and metrics whose names are like a text."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from observer.query.answers import Metric, SearchHit
from observer.query.read_model import ReadModel
from observer.web import format as fmt
from observer.web.page import Page

_MOST = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion: `text` completes the field, `label` says what it is, `address` is its page."""

    text: str
    label: str
    address: str


def search(read_model: ReadModel, request: Request) -> Page:
    """What the text may mean; for people it is the page of results."""
    text = (request.query_params.get("q") or "").strip()[:200]
    with read_model.pinned() as reader:
        hits = [_of_entity(hit) for hit in reader.search(text, limit=_MOST)] if text else []
        words = text.lower()
        named = (m for m in reader.metrics() if words and (words in m.display_name.lower() or words in m.name))
        hits += [_of_metric(metric) for metric in named][: _MOST // 3]
        address = f"/explore?{request.url.query}" if request.url.query else "/explore"
        return Page(reader.release, "", "Search", data={"hits": hits}, rows=hits, redirect=address)


def _of_entity(hit: SearchHit) -> Suggestion:
    entity = hit.entity
    kind = f"{entity.source.lower()} {(entity.artifact_type or '').lower()}" if entity.artifact_type else ""
    text = fmt.title(entity) if not entity.artifact_type else f"{entity.namespace}/{entity.name}".strip("/")
    return Suggestion(text, kind or entity.entity_type.value, fmt.path(entity))


def _of_metric(metric: Metric) -> Suggestion:
    return Suggestion(metric.display_name, "metric", f"/metric/{metric.name}")
