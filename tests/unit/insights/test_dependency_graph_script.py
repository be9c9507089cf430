"""The graph of a collection: direct needs, reach and weight against networkx and plain sums."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import networkx as nx
import pandas as pd
import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "insights" / "analysis" / "dependencies" / "collection_graph.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collection_graph", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(5))
def test_foundations_are_those_of_the_graph(script: ModuleType, seed: int) -> None:
    dice = random.Random(seed)
    pairs = {(f"p{dice.randrange(12)}", f"p{dice.randrange(18)}") for _ in range(40)}
    edges = sorted((a, b) for a, b in pairs if a != b)
    graph = nx.DiGraph(edges)
    projects = {a for a, _ in edges}

    frame = pd.DataFrame([(a, b, b in projects) for a, b in edges], columns=["dependent", "foundation", "is_project"])
    found = script.foundations(frame).set_index("foundation")

    assert found["weight"].sum() == pytest.approx(len(projects), abs=1e-4)
    for name, row in found.iterrows():
        assert row["direct"] == graph.in_degree(name)
        assert row["reach"] == sum(name in nx.descendants(graph, project) for project in projects - {name})
        assert row["is_project"] == (name in projects)
    assert list(found["direct"]) == sorted(found["direct"], reverse=True)


def test_without_edges_there_are_no_foundations(script: ModuleType) -> None:
    assert script.foundations(pd.DataFrame(columns=["dependent", "foundation", "is_project"])).empty
