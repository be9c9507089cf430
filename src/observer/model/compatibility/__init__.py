"""Public names of the original, as views over the published tables: one declaration for every store and interface."""

from __future__ import annotations

from observer.model.compatibility.code import CODE_VIEWS
from observer.model.compatibility.directory import DIRECTORY_VIEWS
from observer.model.compatibility.early import EARLY_VIEWS
from observer.model.compatibility.events import EVENT_VIEWS
from observer.model.compatibility.funding import FUNDING_VIEWS
from observer.model.compatibility.metrics import METRIC_VIEWS
from observer.model.compatibility.named_events import NAMED_EVENT_VIEWS
from observer.model.compatibility.onchain import ONCHAIN_VIEWS
from observer.model.compatibility.packages import PACKAGE_VIEWS
from observer.model.compatibility.view import Dialect, Era, View

__all__ = ["VIEWS", "Dialect", "Era", "View", "compatibility_view"]

VIEWS: tuple[View, ...] = (
    *DIRECTORY_VIEWS,
    *METRIC_VIEWS,
    *CODE_VIEWS,
    *ONCHAIN_VIEWS,
    *FUNDING_VIEWS,
    *PACKAGE_VIEWS,
    *EVENT_VIEWS,
    *NAMED_EVENT_VIEWS,
    *EARLY_VIEWS,
)
"""Every public name of the original. Two eras may have used one name for two shapes; `relation` tells them apart."""


def compatibility_view(relation: str) -> View:
    """The view of that name in the stores; KeyError if there is none."""
    for view in VIEWS:
        if view.relation == relation:
            return view
    raise KeyError(relation)
