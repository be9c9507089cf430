"""Commands that read releases: sql and releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import print_json, print_mapping, print_table
from observer.cli.observatory import Observatory, current
from observer.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("query")
@click.option("--release", type=click.IntRange(min=1), help="Number of the release; the current one by default.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="The most rows to print.")
@_json_option
@click.pass_context
def sql(ctx: click.Context, query: str, release: int | None, as_csv: bool, limit: int, as_json: bool) -> None:
    """Run one SELECT on a release's frozen catalogue, for instance: select * from projects."""
    from observer.query.catalog import run_sql

    table = run_sql(_catalog(current(ctx), release), query, limit=limit)
    if as_json:
        print_json(table.to_pylist())
    elif as_csv:
        from observer.http import csv_bytes

        click.echo(csv_bytes(table.to_pylist()).decode(), nl=False)
    else:
        _print(table)


@click.group()
def releases() -> None:
    """List releases, show one, roll back."""


@releases.command("list")
@_json_option
@click.pass_context
def list_releases(ctx: click.Context, as_json: bool) -> None:
    """The releases that can be read, newest first."""
    model = current(ctx).read_model()
    entries = model.releases()
    model.close()
    if as_json:
        print_json([entry.release.as_manifest() | {"is_current": entry.is_current} for entry in entries])
        return
    rows = [
        (
            entry.release.number,
            "current" if entry.is_current else "",
            entry.release.as_of,
            f"{entry.release.created_at:%Y-%m-%d %H:%M}",
            sum(table.rows for table in entry.release.tables),
        )
        for entry in entries
    ]
    print_table(("release", "", "data up to", "published (UTC)", "rows"), rows)


@releases.command("show")
@click.argument("number", type=click.IntRange(min=1), required=False)
@_json_option
@click.pass_context
def show_release(ctx: click.Context, number: int | None, as_json: bool) -> None:
    """The manifest of release NUMBER, by default the current one."""
    model = current(ctx).read_model()
    release = model.release(number) if number else model.current_release()
    model.close()
    if as_json:
        print_json(release.as_manifest())
        return
    facts = {key: value for key, value in release.as_manifest().items() if key != "tables"}
    print_mapping(facts)
    print_table(
        ("table", "rows", "bytes", "sha256"), [(t.name, t.rows, t.bytes, t.sha256[:16]) for t in release.tables]
    )


@releases.command("rollback")
@click.argument("number", type=click.IntRange(min=1))
@click.pass_context
def rollback_release(ctx: click.Context, number: int) -> None:
    """Make release NUMBER the current one."""
    from observer.publishing.publisher import rollback

    observatory = current(ctx)
    release = rollback(
        number,
        postgres_url=observatory.postgres().owner,
        releases_dir=observatory.releases_dir,
        clock=observatory.settings.now,
    )
    click.echo(f"release {release.number} is current, data up to {release.as_of}")


def _catalog(observatory: Observatory, number: int | None) -> Path:
    model = observatory.read_model()
    try:
        return model.catalog(number)
    finally:
        model.close()


def _print(table: pa.Table) -> None:
    if table.num_columns == 0:
        raise QueryError("the statement has no rows")
    print_table(table.column_names, [tuple(row.values()) for row in table.to_pylist()])
