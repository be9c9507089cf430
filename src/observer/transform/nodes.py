"""What dbt's manifest.json and run_results.json say of models and checks, for who orchestrates them: plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RAW = "raw"


@dataclass(frozen=True, slots=True)
class Node:
    """A raw table, seed or model. `key` is its layer and name, `depends_on` the keys of what it is computed from."""

    key: tuple[str, str]
    kind: str
    description: str
    depends_on: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DataCheck:
    """A check of the data and the node that it belongs to. A check that only warns is not `is_blocking`."""

    name: str
    node: tuple[str, str]
    description: str
    is_blocking: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node or check ended in the last build: seconds, rows written or found (None where not told)."""

    is_good: bool
    seconds: float
    rows: int | None
    message: str


def read_nodes(manifest: Path) -> list[Node]:
    """All raw tables, seeds and models, in order of their keys."""
    content = _read(manifest)
    found = _tables(content)
    nodes = [
        Node(
            key=_key(node),
            kind=str(node["resource_type"]),
            description=_sentence(node),
            depends_on=tuple(sorted({_key(found[parent]) for parent in _parents(node) if parent in found})),
            columns=tuple((column["name"], _sentence(column)) for column in node.get("columns", {}).values()),
        )
        for node in found.values()
    ]
    return sorted(nodes, key=lambda node: node.key)


def read_checks(manifest: Path) -> list[DataCheck]:
    """All checks of the data, in order of their names; rows-in/rows-out tests are not among them."""
    content = _read(manifest)
    found = _tables(content)
    checks = []
    for node in content["nodes"].values():
        if node["resource_type"] != "test":
            continue
        parents = [parent for parent in node["depends_on"]["nodes"] if parent in found]
        owner = node.get("attached_node") or (parents[0] if parents else None)
        if owner in found:
            is_blocking = str(node["config"].get("severity", "error")).lower() == "error"
            checks.append(DataCheck(str(node["name"]), _key(found[owner]), _rule(node), is_blocking))
    return sorted(checks, key=lambda check: check.name)


def read_outcomes(run_results: Path) -> dict[str, Outcome]:
    """How each model, seed and check of the last build ended, by name; empty where nothing was built yet."""
    if not run_results.is_file():
        return {}
    outcomes = {}
    for result in _read(run_results)["results"]:
        unique_id = str(result["unique_id"])
        kind, _, rest = unique_id.partition(".")
        name = rest.split(".")[1] if kind in ("model", "seed", "test") else rest
        rows = result.get("failures") if kind == "test" else (result.get("adapter_response") or {}).get("rows_affected")
        outcomes[name] = Outcome(
            is_good=result["status"] in ("success", "pass", "warn"),
            seconds=float(result.get("execution_time") or 0.0),
            rows=rows if isinstance(rows, int) and rows >= 0 else None,
            message=" ".join(str(result.get("message") or "").split()),
        )
    return outcomes


def _tables(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    nodes = {key: node for key, node in content["nodes"].items() if node["resource_type"] in ("model", "seed")}
    return {**nodes, **content["sources"]}


def _parents(node: Mapping[str, Any]) -> list[str]:
    parents: list[str] = node.get("depends_on", {}).get("nodes", [])
    return parents


def _key(node: Mapping[str, Any]) -> tuple[str, str]:
    if node["resource_type"] == "source":
        return (RAW, str(node["identifier"]))
    return (str(node["schema"]), str(node["name"]))


def _sentence(node: Mapping[str, Any]) -> str:
    return " ".join(str(node.get("description") or "").split())


def _rule(node: Mapping[str, Any]) -> str:
    """What a check asks for: in its own words, or by the kind of check and its columns."""
    given = node.get("test_metadata") or {}
    kind, facts = str(given.get("name") or ""), given.get("kwargs") or {}
    column, columns = facts.get("column_name"), facts.get("columns") or ()
    needed = [name for name in columns if name not in (facts.get("nullable") or ())]
    told = {
        "primary_key": f"No two rows have the same {', '.join(columns)}; every row has {', '.join(needed)}.",
        "unique": f"No two rows have the same {column}.",
        "not_null": f"Every row has {column}.",
        "accepted_values": f"{column} is one of {', '.join(map(str, facts.get('values') or ()))}.",
    }
    return _sentence(node) or told.get(kind, "")


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
