"""Commands about connectors: list, spec, check, discover, read, new."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import print_json, print_table
from observer.cli.observatory import PACKAGE_REGISTRIES, Observatory, current
from observer.errors import ConfigError
from observer.ports import Json, Source

if TYPE_CHECKING:
    from observer.connectors.registry import Registry

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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_connectors(ctx: click.Context, as_json: bool) -> None:
    """The connectors that this observatory knows."""
    observatory = current(ctx)
    rows = []
    registry = observatory.registry()
    for name in registry.names():
        entry = observatory.settings.connectors.get(name)
        enabled = name == "oss-directory" or bool(entry and entry.enabled)
        rows.append((name, _form(registry, name, bool(entry and entry.command)), "yes" if enabled else "no"))
    if as_json:
        print_json([dict(zip(("connector", "form", "enabled"), row, strict=True)) for row in rows])
    else:
        print_table(("connector", "form", "enabled"), rows)


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
@click.pass_context
def new(ctx: click.Context, name: str) -> None:
    """Write the files of a new connector NAME: manifest, page, samples and staging model."""
    from observer.connectors.declarative.scaffold import scaffold

    observatory = current(ctx)
    root = observatory.settings.root
    if observatory.content.connectors != root / "connectors" or observatory.content.transform != root / "transform":
        raise ConfigError(
            "this observatory has no content folders of its own",
            where=str(root),
            hint="work in a checkout, or copy `connectors` and `transform` of the package here",
        )
    if name in observatory.registry().names():
        raise ConfigError(f"there is a connector {name!r} already")
    for path in scaffold(name, connectors=root / "connectors", transform=root / "transform"):
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
        wanted = {
            "git": "repositories",
            "gitlab": "projects",
            "sbom": "locations",
            **dict.fromkeys(PACKAGE_REGISTRIES, "packages"),
        }.get(self._name)
        if wanted is None or wanted in config:
            return config
        with observatory.warehouse() as warehouse:
            return observatory.connector_config(self._name, warehouse)


def _form(registry: Registry, name: str, is_executable: bool) -> str:
    if is_executable:
        return "executable"
    return "manifest" if name in registry.manifest_names() else "in process"


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
