"""The command `observer dagster`: the same pipeline under Dagster's web server and daemon."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import click

from observer.cli.console import err
from observer.cli.observatory import Observatory, current
from observer.errors import ConfigError

SETTINGS = """# Written anew by `observer dagster`; a file of your own goes into another folder, named by DAGSTER_HOME.
telemetry:
  enabled: false
# No request for an e-mail address in front of the pages.
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 1
run_retries:
  enabled: true
  max_retries: 0
run_monitoring:
  enabled: true
"""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port to listen on.")
@click.pass_context
def dagster(ctx: click.Context, host: str, port: int) -> None:
    """Run the pipeline under Dagster: schedules of the connectors, backfills, checks, lineage in the browser.

    Its runs and schedules are kept in the data folder, or where DAGSTER_HOME says.
    """
    if importlib.util.find_spec("dagster_webserver") is None:
        raise ConfigError(
            "Dagster is not installed",
            hint="run `make dagster` in a checkout, or `pip install dagster dagster-webserver`",
        )
    observatory = current(ctx)
    home = os.environ.get("DAGSTER_HOME") or str(_home(observatory))
    err.print(f"[bold]Dagster[/] on http://{host}:{port}  (Ctrl-C stops)")
    sys.stderr.flush()
    os.chdir(observatory.settings.root)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "observer.pipeline.definitions",
        "-h",
        host,
        "-p",
        str(port),
    ]
    os.execve(sys.executable, command, {**os.environ, "DAGSTER_HOME": home})  # noqa: S606 - the same interpreter


def _home(observatory: Observatory) -> Path:
    home = observatory.data / "dagster" / "home"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    return home
