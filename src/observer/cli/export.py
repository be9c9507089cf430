"""The command export: the read side of the current release as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from observer.cli.console import err, print_json
from observer.cli.observatory import current
from observer.model.metric import Grain
from observer.model.published import EntityType


@click.command()
@click.option(
    "--static",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write: empty, new, or an export to replace.",
)
@click.option(
    "--grain",
    "grains",
    multiple=True,
    type=click.Choice([grain.value for grain in Grain]),
    help="A grain to write series at; may be given several times. Months by default.",
)
@click.option(
    "--entity-type",
    "entity_types",
    multiple=True,
    type=click.Choice([entity_type.value for entity_type in EntityType]),
    help="A type of entities to write; may be given several times. All by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_context
def export(ctx: click.Context, folder: Path, grains: Sequence[str], entity_types: Sequence[str], as_json: bool) -> None:
    """Write the whole read side of the current release as files that any file server can serve.

    Entities, series, key metrics, coverage, badges, catalogues and tables are at the addresses of the API.
    """
    from observer.api.export import ExportOptions, export_static

    observatory = current(ctx)
    options = ExportOptions(
        tuple(EntityType(each) for each in entity_types) or tuple(EntityType),
        tuple(Grain(each) for each in grains) or (Grain.MONTH,),
    )
    with observatory.read_model() as model:
        done = export_static(model, folder, options, clock=observatory.settings.now)
    if as_json:
        print_json({"files": dict(done.files), "bytes": done.bytes, "unwritable": done.unwritable})
        return
    for kind, count in sorted(done.files.items()):
        click.echo(f"{kind:12} {count:9,}")
    click.echo(f"{sum(done.files.values()):,} files, {done.bytes / 1e6:,.1f} MB in {folder}")
    if done.unwritable:
        err.print(f"{len(done.unwritable)} names cannot be names of files; export.json lists them")
