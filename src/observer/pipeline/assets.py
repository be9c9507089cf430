"""What the plan makes, as a graph of assets: raw tables by connector, models, the release. Pure; Dagster draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from observer.transform.nodes import RAW, DataCheck, Node, read_checks, read_nodes

Key = tuple[str, ...]

RELEASE: Key = ("release",)
DEFINITIONS: Key = (RAW, "metrics__definitions")
_MARTS = "marts"


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that the pipeline makes. `columns` are pairs of name and description."""

    key: Key
    kind: str
    group: str
    description: str
    depends_on: tuple[Key, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AssetGraph:
    """All assets: `raw` by connector, tables that no enabled connector writes, models and seeds, checks of the data.

    Models stand in an order in which each follows those that it is computed from.
    """

    raw: Mapping[str, tuple[Asset, ...]]
    unwritten: tuple[Asset, ...]
    definitions: Asset
    models: tuple[Asset, ...]
    release: Asset
    checks: tuple[DataCheck, ...]

    @property
    def all_keys(self) -> set[Key]:
        """The keys of everything."""
        raw = {asset.key for assets in self.raw.values() for asset in assets}
        rest = {asset.key for asset in (*self.unwritten, *self.models, self.definitions, self.release)}
        return raw | rest


def asset_graph(manifest: Path, needs: Mapping[str, Sequence[str]]) -> AssetGraph:
    """The assets of a dbt manifest and of the enabled connectors; `needs` names what each connector comes after.

    A raw table belongs to the connector whose name it starts with. A connector without a declared table is one asset.
    """
    nodes = read_nodes(manifest)
    tables = {node.key[1]: node for node in nodes if node.key[0] == RAW}
    owned = {name: _tables_of(name, tables) for name in needs}
    keys = {name: tuple((RAW, node.key[1]) for node in found) or ((RAW, name),) for name, found in owned.items()}
    raw = {name: _raw_assets(name, owned[name], [key for need in needs[name] for key in keys[need]]) for name in needs}
    written = {key for found in keys.values() for key in found} | {DEFINITIONS}
    models = _in_order([_model(node) for node in nodes if node.key[0] != RAW])
    return AssetGraph(
        raw=raw,
        unwritten=tuple(_unwritten(node) for node in tables.values() if (RAW, node.key[1]) not in written),
        definitions=Asset(
            DEFINITIONS, "metrics", "metrics", "Metric definitions of metrics/*.yaml, from which the models compute."
        ),
        models=models,
        release=Asset(
            RELEASE,
            "release",
            "release",
            "The published tables: a schema in PostgreSQL, a frozen catalogue and Parquet files; what readers see.",
            tuple(model.key for model in models if model.key[0] == _MARTS),
        ),
        checks=tuple(read_checks(manifest)),
    )


def _in_order(models: Sequence[Asset]) -> tuple[Asset, ...]:
    by_key = {model.key: model for model in models}
    order = TopologicalSorter({key: [need for need in by_key[key].depends_on if need in by_key] for key in by_key})
    return tuple(by_key[key] for key in order.static_order())


def _tables_of(connector: str, tables: Mapping[str, Node]) -> list[Node]:
    prefix = connector.replace("-", "_") + "__"
    return [node for name, node in tables.items() if name.startswith(prefix)]


def _raw_assets(connector: str, tables: Iterable[Node], needs: Sequence[Key]) -> tuple[Asset, ...]:
    group = f"connector_{_identifier(connector)}"
    after = tuple(needs)
    found = tuple(Asset((RAW, node.key[1]), "raw", group, node.description, after, node.columns) for node in tables)
    return found or (Asset((RAW, connector), "raw", group, f"All streams of {connector}.", after),)


def _unwritten(node: Node) -> Asset:
    return Asset((RAW, node.key[1]), "raw", "not_enabled", node.description, columns=node.columns)


def _model(node: Node) -> Asset:
    return Asset(node.key, node.kind, node.key[0], node.description, node.depends_on, node.columns)


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
