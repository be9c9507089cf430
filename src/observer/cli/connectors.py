"""Commands about connectors: list, spec, check, discover, read, new."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from observer.cli.configuration import LISTED_NAMES
from observer.cli.console import print_json, print_table
from observer.cli.observatory import Expectation, Observatory, current
from observer.errors import ConfigError
from observer.model.sync import SyncRecord, age_of
from observer.ports import Json, Source
from observer.settings import FILE_NAME

_config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with the connector's config; observer.toml's by default.",
)


@click.group()
def connectors() -> None:
    """List, inspect and run connectors."""


@connectors.command("list")
@click.option("--syncs", "with_syncs", is_flag=True, help="Also tell when each last synced and whether it is fresh.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_connectors(ctx: click.Context, with_syncs: bool, as_json: bool) -> None:
    """The connectors that this observatory knows, with their schedules and how old their data may be."""
    observatory = current(ctx)
    registry = observatory.registry()
    last = observatory.syncs().last() if with_syncs else {}
    rows: list[dict[str, object]] = []
    for name in registry.names():
        expected = observatory.expectation(registry, name)
        row: dict[str, object] = {
            "connector": name,
            "use": registry.kind(name) if registry.kind(name) != name else None,
            "form": registry.form(name),
            "enabled": observatory.is_enabled(name),
            "schedule": expected.schedule,
            "warn_after_hours": expected.warn_after_hours,
            "error_after_hours": expected.error_after_hours,
        }
        rows.append(row | (_sync_of(last.get(name), observatory, expected) if with_syncs else {}))
    if as_json:
        print_json(rows)
    else:
        print_table(tuple(rows[0]), [tuple(_shown(value) for value in row.values()) for row in rows])


def _sync_of(sync: SyncRecord | None, observatory: Observatory, expected: Expectation) -> dict[str, object]:
    succeeded_at = sync.succeeded_at if sync else None
    age = age_of(succeeded_at, observatory.settings.now(), expected.warn_after_hours, expected.error_after_hours)
    return {"last_success": succeeded_at, "age": age.value, "error": sync.error if sync else None}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


@connectors.command()
@click.argument("name")
@click.pass_context
def spec(ctx: click.Context, name: str) -> None:
    """The specification of connector NAME, with the JSON schema of its config."""
    print_json(_source(ctx, name).spec())


@connectors.command()
@click.argument("name")
@_config_option
@click.pass_context
def check(ctx: click.Context, name: str, config_file: Path | None) -> None:
    """Check that connector NAME works with its config."""
    from observer.connectors import host

    with _configured(ctx, name, config_file) as (source, config):
        host.check(source, config)
    click.echo(f"{name} works")


@connectors.command()
@click.argument("name")
@_config_option
@click.pass_context
def discover(ctx: click.Context, name: str, config_file: Path | None) -> None:
    """The streams of connector NAME."""
    from observer.connectors import host

    with _configured(ctx, name, config_file) as (source, config):
        print_json(host.discover(source, config))


@connectors.command()
@click.argument("name")
@_config_option
@click.option("--stream", "streams", multiple=True, help="Read only this stream; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The most messages to print.")
@click.pass_context
def read(ctx: click.Context, name: str, config_file: Path | None, streams: tuple[str, ...], limit: int) -> None:
    """Messages of connector NAME as JSON lines; nothing is stored."""
    from observer.connectors import host

    with _configured(ctx, name, config_file) as (source, config):
        for number, message in enumerate(host.read(source, config, streams=streams or None)):
            if number >= limit:
                break
            click.echo(json.dumps(message, default=str, ensure_ascii=False))


@connectors.command()
@click.argument("name")
@click.option("--from", "kind", help="Make it an instance of postgres, bucket or http-file: no manifest, no code.")
@click.pass_context
def new(ctx: click.Context, name: str, kind: str | None) -> None:
    """Write the files of a new connector NAME: manifest, page, samples and staging model.

    With --from, add a section of that name to observer.toml, and staging models. Where the section is there already,
    the models are written for what it brings.
    """
    from observer.connectors import host
    from observer.connectors.declarative.scaffold import scaffold
    from observer.connectors.generic import has_section, scaffold_instance

    observatory = current(ctx)
    root = observatory.settings.root
    if observatory.content.transform != root / "transform":
        raise ConfigError(
            "this observatory has no content folders of its own",
            where=str(root),
            hint="work in a checkout, or copy `connectors` and `transform` of the package here",
        )
    registry = observatory.registry()
    if kind is None:
        if name in registry.names():
            raise ConfigError(f"there is a connector {name!r} already")
        written = scaffold(name, connectors=root / "connectors", transform=root / "transform")
    else:
        settings = ctx.obj or root / FILE_NAME
        if name in registry.names() and (not has_section(settings, name) or registry.kind(name) != kind):
            raise ConfigError(f"there is a connector {name!r} already")
        written = scaffold_instance(
            name,
            kind,
            settings=settings,
            transform=root / "transform",
            discover=lambda: host.discover(registry.source(name), observatory.connector_config(name)),
        )
    for path in written:
        click.echo(path.relative_to(root))


class _configured:  # noqa: N801 - reads as a verb where it is used
    """The source of a name with its config; opens the warehouse only where the config needs its rows."""

    def __init__(self, ctx: click.Context, name: str, file: Path | None) -> None:
        self._observatory = current(ctx)
        self._source = _source(ctx, name)
        self._name = name
        self._file = file

    def __enter__(self) -> tuple[Source, Json]:
        return self._source, _read_config(self._file) if self._file else self._own()

    def __exit__(self, *_: object) -> None:
        return None

    def _own(self) -> Json:
        observatory: Observatory = self._observatory
        config = observatory.connector_config(self._name)
        kind = observatory.registry().kind(self._name)
        wanted = {
            "git": "repositories",
            "gitlab": "projects",
            "sbom": "locations",
            **LISTED_NAMES,
        }.get(kind)
        if wanted is None or wanted in config:
            return config
        with observatory.warehouse() as warehouse:
            return observatory.connector_config(self._name, warehouse)


def _source(ctx: click.Context, name: str) -> Source:
    return current(ctx).registry().source(name)


def _read_config(file: Path) -> Json:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"this is not JSON: {error}", where=str(file)) from error
    if not isinstance(config, Mapping):
        raise ConfigError("this is not a JSON object", where=str(file))
    return config
