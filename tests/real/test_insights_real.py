"""Every item of the library runs on a release of the real directory and the data that is provided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import environment_of, observer

from observer.insights.code import is_computed
from observer.insights.item import Item, load_items

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

LIBRARY = Path(__file__).resolve().parents[2] / "insights"
ITEMS = [item for item in load_items(LIBRARY) if is_computed(item)]


@pytest.fixture(scope="module")
def entries(real_observatory: Path) -> Mapping[str, Any]:
    """The index after all items have run."""
    observer(real_observatory, "insights", "run", "--json", environment=environment_of())
    index = json.loads((real_observatory / ".observer" / "insights" / "site" / "index.json").read_text())
    return {entry["key"]: entry for entry in index["items"]}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key)
def test_an_item_runs_on_the_release_of_the_real_directory(item: Item, entries: Mapping[str, Any]) -> None:
    newest = entries[item.key]["newest"]

    assert newest is not None and newest["error"] is None, newest


def test_what_the_provided_data_tells_of_comes_out_as_numbers(entries: Mapping[str, Any]) -> None:
    """Of most projects only some repositories are among it, so that sums over all of theirs are unknown."""
    much = ("collection-report", "data-quality", "dependency-analysis", "developer-lifecycle", "funding-analysis")
    for key in (*much, "project-deep-dive"):
        assert entries[f"template/{key}"]["newest"]["count"] > 100, key
    for key in ("template/starter", "template/impact-vector", "vector/contributor-breadth"):
        assert entries[key]["newest"]["count"] > 0, key
