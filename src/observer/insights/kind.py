"""The kinds of insights and where each lives below `insights/`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath


class ItemKind(StrEnum):
    """What an insight is."""

    NOTEBOOK = "notebook"
    TEMPLATE = "template"
    VISUALIZATION = "visualization"
    DATASET = "dataset"
    REPORT = "report"
    POST = "post"
    BOUNTY = "bounty"
    CHALLENGE = "challenge"
    METRIC_PROPOSAL = "metric_proposal"
    VECTOR = "vector"
    SCRIPT = "script"
    EXPERIMENT = "experiment"

    @property
    def home(self) -> PurePosixPath:
        """The folder, below `insights/`, in which a new item of this kind is made."""
        return SHELVES[self][0]

    @property
    def is_run(self) -> bool:
        """Whether an item of this kind may hold code that `observer insights run` executes."""
        return self not in (ItemKind.BOUNTY, ItemKind.CHALLENGE, ItemKind.DATASET)

    @property
    def needs_data(self) -> bool:
        """Whether an item of this kind must name the data that it stands on."""
        return self not in (ItemKind.BOUNTY, ItemKind.CHALLENGE, ItemKind.VISUALIZATION)


def _folders(*names: str) -> tuple[PurePosixPath, ...]:
    return tuple(map(PurePosixPath, names))


SHELVES: dict[ItemKind, tuple[PurePosixPath, ...]] = {
    ItemKind.NOTEBOOK: _folders("community/notebooks", "analysis"),
    ItemKind.TEMPLATE: _folders("community/notebook_templates"),
    ItemKind.VISUALIZATION: _folders("visualizations"),
    ItemKind.DATASET: _folders("community/datasets"),
    ItemKind.REPORT: _folders("analysis/ecosystem_reports", "analysis"),
    ItemKind.POST: _folders("analysis/posts", "analysis"),
    ItemKind.BOUNTY: _folders("community/bounties"),
    ItemKind.CHALLENGE: _folders("community/challenges"),
    ItemKind.METRIC_PROPOSAL: _folders("community/metric_proposals"),
    ItemKind.VECTOR: _folders("community/vectors"),
    ItemKind.SCRIPT: _folders("scripts", "analysis/dependencies"),
    ItemKind.EXPERIMENT: _folders("experiments"),
}
"""The folders in which items of a kind may stand, at any depth; the first is the home of new ones."""
