"""The command that lays two definitions of a metric side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import err, print_json, print_table
from observer.cli.observatory import Observatory, current
from observer.model.metric import Grain

if TYPE_CHECKING:
    from observer.metrics import Catalogue
    from observer.model.metric import MetricDefinition
    from observer.warehouse.side_by_side import Comparison


@click.command("compare")
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@click.option("--project", help="Only this project, by its name.")
@click.option("--collection", help="Only this collection; people count once over its projects.")
@click.option("--collections", "all_collections", is_flag=True, help="All collections instead of all projects.")
@click.option("--grain", type=click.Choice([each.value for each in Grain]), default="month", show_default=True)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many differences to show."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def compare_metrics(
    ctx: click.Context,
    left: str,
    right: str,
    project: str | None,
    collection: str | None,
    all_collections: bool,
    grain: str,
    limit: int,
    as_json: bool,
) -> None:
    """Recompute two definitions from the warehouse, read-only, and tell where they differ.

    A and B are names of metrics, or files of definitions that need not be in the catalogue: an older version, or what
    somebody else counts.
    """
    if project and (collection or all_collections):
        raise click.UsageError("--project and --collection exclude each other; give one of them")
    observatory = current(ctx)
    catalogue = observatory.catalogue()
    sides = [_definition(text, catalogue) for text in (left, right)]
    entity_type = "collection" if collection or all_collections else "project"
    comparison = _compare(observatory, catalogue, sides, Grain(grain), entity_type, project or collection, limit)
    names = [f"{side.name} {side.version}" for side in sides]
    if as_json:
        found = asdict(comparison)
        found["differences"] = [{**asdict(each), "by": each.by} for each in comparison.differences]
        print_json({"left": names[0], "right": names[1], "entity_type": entity_type, "grain": grain, **found})
    else:
        _print(comparison, names, entity_type)


def _compare(
    observatory: Observatory,
    catalogue: Catalogue,
    sides: Sequence[MetricDefinition],
    grain: Grain,
    entity_type: str,
    name: str | None,
    limit: int,
) -> Comparison:
    from observer.metrics.recount import recount_sql
    from observer.warehouse.side_by_side import compare_on_lake

    left, right = (recount_sql(side, grain, catalogue) for side in sides)
    memory_limit = observatory.settings.warehouse.memory_limit
    return compare_on_lake(observatory.lake(), left, right, entity_type, name, limit=limit, memory_limit=memory_limit)


def _definition(text: str, catalogue: Catalogue) -> MetricDefinition:
    """The metric of that name, or the definition in that file."""
    from observer.metrics.catalogue import load_definition

    path = Path(text)
    return load_definition(path, catalogue) if path.suffix == ".yaml" else catalogue.metric(text)


def _print(comparison: Comparison, names: list[str], entity_type: str) -> None:
    if comparison.differences:
        rows = [(each.entity, each.bucket, each.left, each.right, each.by) for each in comparison.differences]
        print_table((entity_type, "period", f"A: {names[0]}", f"B: {names[1]}", "B - A"), rows)
    err.print(
        f"{comparison.compared:,} values: {comparison.equal:,} equal, {comparison.differing:,} differ, "
        f"{comparison.only_left:,} only in A, {comparison.only_right:,} only in B"
    )
