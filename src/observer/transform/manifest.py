"""Reads dbt's manifest.json: the models with their SQL as rows, and what depends on what as a graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = ("model", "seed")


@dataclass(frozen=True, slots=True, order=True)
class LineageNode:
    """A model, seed or raw table. `layer` is its schema: raw, staging, intermediate or marts."""

    name: str
    layer: str
    kind: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Nodes by name and edges (upstream, downstream); raw tables are named `raw.<table>`."""

    nodes: Mapping[str, LineageNode]
    edges: tuple[tuple[str, str], ...]

    def upstream(self, name: str) -> tuple[LineageNode, ...]:
        """All nodes that a node is computed from, directly or not, in order of name. KeyError if unknown."""
        found: set[str] = set()
        waiting = [self.nodes[name].name]
        while waiting:
            current = waiting.pop()
            parents = {parent for parent, child in self.edges if child == current} - found
            found |= parents
            waiting.extend(parents)
        return tuple(self.nodes[parent] for parent in sorted(found))


def lineage(manifest: Path) -> Lineage:
    """The graph of the models, seeds and raw tables of a build."""
    content = _read(manifest)
    names = {unique_id: _name(node) for unique_id, node in _nodes(content)}
    nodes = {
        names[unique_id]: LineageNode(names[unique_id], str(node["schema"]), str(node["resource_type"]))
        for unique_id, node in _nodes(content)
    }
    edges = {
        (names[parent], names[unique_id])
        for unique_id, node in _nodes(content)
        for parent in node.get("depends_on", {}).get("nodes", [])
        if parent in names
    }
    return Lineage(nodes, tuple(sorted(edges)))


def models_table(manifest: Path) -> pa.Table:
    """One row per model and seed: the published table `models`, in order of name."""
    import pyarrow as pa

    content = _read(manifest)
    graph = lineage(manifest)
    rows = [_row(node, graph) for _, node in _nodes(content) if node["resource_type"] in _KINDS]
    names = (
        "model_name",
        "layer",
        "materialization",
        "description",
        "raw_sql",
        "compiled_sql",
        "depends_on",
        "columns",
    )
    schema = pa.schema([pa.field(name, pa.string(), nullable=False) for name in names])
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["model_name"]), schema=schema)


def _row(node: Mapping[str, Any], graph: Lineage) -> dict[str, str]:
    name = _name(node)
    columns = [
        {"name": column["name"], "description": _sentence(column)} for column in node.get("columns", {}).values()
    ]
    return {
        "model_name": name,
        "layer": str(node["schema"]),
        "materialization": str(node["config"]["materialized"]),
        "description": _sentence(node),
        "raw_sql": str(node.get("raw_code") or ""),
        "compiled_sql": str(node.get("compiled_code") or ""),
        "depends_on": json.dumps(sorted(parent for parent, child in graph.edges if child == name)),
        "columns": json.dumps(columns, ensure_ascii=False),
    }


def _nodes(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for unique_id, node in content["nodes"].items():
        if node["resource_type"] in _KINDS:
            yield unique_id, node
    yield from content["sources"].items()


def _name(node: Mapping[str, Any]) -> str:
    if node["resource_type"] == "source":
        return f"{node['schema']}.{node['identifier']}"
    return str(node["name"])


def _sentence(node: Mapping[str, Any]) -> str:
    return " ".join(str(node.get("description") or "").split())


def _read(manifest: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return content
