"""The command line. Commands are imported when they are called, so that help answers at once."""

from __future__ import annotations

import importlib
import signal
import sys
from pathlib import Path

import click

from observer import __version__
from observer.errors import ConfigError, ObserverError

COMMANDS = {
    "init": ("lifecycle", "Make a new observatory in a folder."),
    "demo": ("lifecycle", "Generate the demo world and run the whole pipeline on it."),
    "up": ("lifecycle", "Start the website; build the demo first where there is no release."),
    "watch": ("watch", "Watch repositories, organisations, packages by their URLs."),
    "status": ("watch", "Tell what is published and how far the run behind it is."),
    "run": ("lifecycle", "Sync, build and publish."),
    "sync": ("lifecycle", "Collect from connectors."),
    "build": ("lifecycle", "Materialise models and metrics."),
    "publish": ("lifecycle", "Publish what was built as a new release."),
    "dagster": ("orchestration", "Run the same pipeline in Dagster: schedules, backfills, lineage."),
    "serve": ("lifecycle", "Serve the newest release: website and API."),
    "check": ("content", "Check all content: directory, metrics, connectors, models."),
    "explain": ("explaining", "Tell why a number is what it is: definition, rows, people, records, models."),
    "sql": ("reading", "Run one SELECT on the current release."),
    "directory": ("content", "Validate, migrate or lint a directory."),
    "metrics": ("content", "List metrics, show one, or check a proposed one."),
    "connectors": ("connectors", "List, inspect and run connectors."),
    "releases": ("reading", "List releases, show one, roll back."),
    "export": ("export", "Write the read side of a release as files for any file server."),
    "insights": ("insights", "The library: notebooks, visualizations, data sets, reports."),
    "vectors": ("vectors", "Impact vectors: check, compute on a release, show."),
    "accounts": ("accounts", "Accounts, API keys, applications to the Data Collective."),
    "reports": ("reports", "What readers report about numbers: list, show, answer."),
    "mcp": ("mcp", "Serve tools for language models: search, describe, series, explain, SQL."),
    "doctor": ("doctor", "Tell what works on this machine and what does not."),
    "docs": ("content", "Write the generated reference documentation."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the module of a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"observer.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(_unknown(args[0]))
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return f"No such command '{name}'." + (f" Did you mean '{near[0]}'?" if near else "")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="observer")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The observer.toml to use; by default the nearest one at or above the working folder.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show what happens inside.")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, verbose: bool) -> None:
    """Open Source Observer measures the impact of open source software; every number can be checked."""
    import logging

    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    ctx.obj = config


def main() -> None:
    """Runs the command line. Exit codes: 0 ok, 1 a check or step failed, 2 wrong usage or configuration.

    130 and 143 where it was interrupted or told to end (SIGTERM), which leaves nothing running that it started.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        cli(standalone_mode=False, prog_name="observer")
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ObserverError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2 if isinstance(error, ConfigError) else 1)


if __name__ == "__main__":
    main()
