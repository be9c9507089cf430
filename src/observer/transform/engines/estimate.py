"""What a build on another engine would read, table by table, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from observer.transform.engines.build import adapters_released
from observer.transform.engines.port import Engine
from observer.transform.engines.tables import raw_tables
from observer.transform.manifest import lineage
from observer.transform.profile import write_output
from observer.transform.request import BuildRequest
from observer.transform.runner import environment, run_build

if TYPE_CHECKING:
    from observer.ports import Warehouse

LOADED, ANSWERED, SIZES = "loaded", "engine", "sizes"


@dataclass(frozen=True, slots=True)
class TableCost:
    """Bytes of one table: those of its Parquet file for a raw table, those that its query reads for a model.

    `basis` is `loaded` for a raw table, `engine` where the engine's own dry run told, `sizes` where the sizes of all
    raw tables that a model is computed from were added up, which is more than it reads.
    """

    name: str
    layer: str
    bytes: int
    basis: str


def estimate(engine: Engine, request: BuildRequest, warehouse: Warehouse) -> list[TableCost]:
    """The costs of a build: raw tables, then models, in order of name. Nothing is written to the engine.

    Raises BuildError if a model does not compile.
    """
    request = replace(request, work_dir=request.work_dir / f"{engine.name}-dry-run")
    sizes = {table.name: table.bytes for table in raw_tables(warehouse, request.work_dir / "exchange")}
    variables = {**request.variables, "dry_run": True}
    request = replace(request, variables=variables, select=("resource_type:model",), has_checks=False)
    profiles = write_output(request, engine.name, engine.profile())
    with environment(request), adapters_released():
        result = run_build(request, profiles, None)
    raw = [TableCost(f"raw.{name}", "raw", size, LOADED) for name, size in sorted(sizes.items())]
    return [*raw, *_models(engine, result.manifest, sizes)]


def _models(engine: Engine, manifest: Path, sizes: Mapping[str, int]) -> Iterator[TableCost]:
    graph = lineage(manifest)
    written = {file.stem: file for file in (manifest.parent / "run").rglob("models/**/*.sql")}
    for name, node in sorted(graph.nodes.items()):
        if node.kind != "model" or name not in written:
            continue
        told = engine.bytes_of(written[name].read_text(encoding="utf-8"))
        if told is not None:
            yield TableCost(name, node.layer, told, ANSWERED)
            continue
        above = [other.name.removeprefix("raw.") for other in graph.upstream(name) if other.layer == "raw"]
        yield TableCost(name, node.layer, sum(sizes.get(table, 0) for table in above), SIZES)
