"""The command that looks at this machine and tells what works."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import click

from observer.cli.console import err, print_json
from observer.cli.observatory import Observatory, current, require_free_port
from observer.errors import ObserverError, WarehouseError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: fine or not, what was seen, what to do."""

    name: str
    is_fine: bool
    seen: str
    hint: str | None = None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at this machine and tell what works and what does not."""
    observatory = current(ctx)
    findings = [_look(name, look, observatory) for name, look in _LOOKS.items()]
    if as_json:
        print_json([{"name": f.name, "ok": f.is_fine, "seen": f.seen, "hint": f.hint} for f in findings])
    else:
        for finding in findings:
            mark = "[green]✓[/]" if finding.is_fine else "[red]✗[/]"
            err.print(f"{mark} {finding.name:<12} {finding.seen}" + (f"; {finding.hint}" if finding.hint else ""))
    sys.exit(0 if all(finding.is_fine for finding in findings) else 1)


def _python(_: Observatory) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Python {version}"


def _git(_: Observatory) -> str:
    found = shutil.which("git")
    if found is None:
        raise WarehouseError("git is not on the PATH", hint="install git")
    return subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def _disk(observatory: Observatory) -> str:
    folder = observatory.data if observatory.data.exists() else observatory.settings.root
    free = shutil.disk_usage(folder).free
    if free < 1 << 30:
        raise WarehouseError(f"only {free >> 20} MB free in {folder}", hint="free some space")
    return f"{free >> 30} GB free in {folder}"


def _engine(observatory: Observatory) -> str:
    with observatory.warehouse() as warehouse:
        return f"DuckDB with DuckLake, snapshot {warehouse.snapshot_id()}"


def _release(observatory: Observatory) -> str:
    model = observatory.read_model()
    try:
        release = model.current_release()
    finally:
        model.close()
    return f"release {release.number}, data up to {release.as_of}"


def _port(observatory: Observatory) -> str:
    server = observatory.settings.server
    require_free_port(server.host, server.port)
    return f"{server.host}:{server.port} is free"


_LOOKS: dict[str, Callable[[Observatory], str]] = {
    "python": _python,
    "git": _git,
    "disk": _disk,
    "warehouse": _engine,
    "release": _release,
    "port": _port,
}


def _look(name: str, look: Callable[[Observatory], str], observatory: Observatory) -> Finding:
    try:
        return Finding(name, True, look(observatory))
    except ObserverError as error:
        return Finding(name, False, str(error))
