"""The read model over a release: the one place where an answer is computed."""

from __future__ import annotations

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.query.answers import Entity, Page, as_json
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import EventFilter, Listing, RowQuery

__all__ = [
    "Entity",
    "EntityType",
    "EventFilter",
    "Grain",
    "Listing",
    "Page",
    "ReadModel",
    "ReleaseReader",
    "RowQuery",
    "as_json",
]
