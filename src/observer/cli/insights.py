"""Commands about the insights library: new, check, run, render, index."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import err, print_json, print_table
from observer.cli.insights_money import bounty, challenge
from observer.cli.insights_report import report
from observer.cli.observatory import Observatory, current
from observer.errors import ConfigError, ObserverError, ServingError

if TYPE_CHECKING:
    from observer.insights.checking.report import ItemReport, Known, Report
    from observer.insights.item import Item
    from observer.insights.run import Run, RunStore
    from observer.insights.verify import Verifier

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_KINDS = (
    *("notebook", "template", "visualization", "dataset", "report", "post"),
    *("bounty", "challenge", "metric_proposal", "vector", "script", "experiment"),
)


@click.group()
def insights() -> None:
    """The library of notebooks, visualizations, data sets, reports: start, check, run, show."""


@insights.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("slug")
@click.option("--author", help="Your name; by default that of git.")
@click.option("--template", default="starter", show_default=True, help="The template that a notebook starts from.")
@click.pass_context
def new(ctx: click.Context, kind: str, slug: str, author: str | None, template: str) -> None:
    """Start an item of KIND named SLUG, in the folder where it belongs."""
    from observer.insights.item import find_item, read_items
    from observer.insights.kind import ItemKind
    from observer.insights.scaffold import create_item

    observatory = current(ctx)
    root = observatory.settings.root / "insights"
    chosen, start = ItemKind(kind), None
    if chosen is ItemKind.NOTEBOOK:
        start = find_item(read_items(observatory.content.insights)[0], f"template/{template}")
    now = observatory.settings.now().date()
    path = create_item(root, chosen, slug, author=author or _git_name(), today=now, template=start)
    click.echo(f"{path}\nfill in the front matter, then: observer insights check {path}")


@insights.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--run", "is_run", is_flag=True, help="Run each item twice in the sandbox and compare the numbers.")
@click.option("--strip", is_flag=True, help="Remove the outputs from notebooks first.")
@_json_option
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], is_run: bool, strip: bool, as_json: bool) -> None:
    """Check the items at PATHS, or all of the library: what a reviewer asks, with what to mend."""
    from observer.insights.checking.report import check_library

    observatory = current(ctx)
    root = root_of(observatory, paths)
    if strip:
        _strip(root, paths)
    if not is_run:
        report = check_library(root, known_content(observatory), paths)
    else:
        with _verifier(observatory, None) as verifier:
            report = check_library(root, known_content(observatory), paths, lambda item: _twice(verifier, item))
    if as_json:
        print_json(report.as_json())
    else:
        print_report(report)
    sys.exit(0 if report.is_accepted else 1)


@insights.command()
@click.argument("names", nargs=-1)
@click.option("--release", type=click.IntRange(min=1), help="The release to run on; by default the newest one.")
@click.option("--pinned", is_flag=True, help="Run each item on the release that it is pinned to.")
@_json_option
@click.pass_context
def run(ctx: click.Context, names: tuple[str, ...], release: int | None, pinned: bool, as_json: bool) -> None:
    """Run the items NAMES (kind/slug), or all, in the sandbox; keep numbers and outputs, and render the gallery."""
    if pinned and release:
        raise click.UsageError("--pinned and --release exclude each other")
    observatory = current(ctx)
    items, store = _items(observatory), _store(observatory)
    chosen = _chosen(items, names)
    done: list[Run] = []
    for number, group in _by_release(chosen, store, release, pinned).items():
        with _verifier(observatory, number) as verifier:
            for item in group:
                if (made := verifier.run(item)) is not None:
                    done.append(made)
                    _print_run(made)
    _write(observatory, items)
    if as_json:
        print_json([asdict(made) for made in done])
    sys.exit(1 if any(made.error or made.reproduces is False for made in done) else 0)


@insights.command()
@click.pass_context
def render(ctx: click.Context) -> None:
    """Render the gallery's pages from the last verified runs; runs nothing."""
    observatory = current(ctx)
    items = _items(observatory)
    _write(observatory, items)
    click.echo(f"{len(items)} pages in {observatory.insights_dir / 'site'}")


@insights.command()
@_json_option
@click.pass_context
def index(ctx: click.Context, as_json: bool) -> None:
    """The index: what each item uses, what uses it, on which release it ran, and whether it still reproduces."""
    from observer.insights.index import build_index

    observatory = current(ctx)
    made = build_index(_items(observatory), _store(observatory), _newest(observatory), observatory.settings.now())
    if as_json:
        print_json(made)
        return
    entries = made["items"]
    assert isinstance(entries, list)  # noqa: S101 - the documented form
    rows = [(entry["key"], _standing_of(entry), ", ".join(entry["uses"]), len(entry["used_by"])) for entry in entries]
    print_table(("item", "standing", "uses", "used by"), rows)


for command in (report, bounty, challenge):
    insights.add_command(command)


def refresh_in_background(observatory: Observatory) -> None:
    """Renders the gallery where the library has changed since it was, without keeping a server from starting."""
    import logging
    import threading

    def refresh() -> None:
        from observer.insights.gallery import is_fresh
        from observer.insights.item import read_items

        root, site = observatory.content.insights, observatory.insights_dir / "site"
        try:
            if not is_fresh(root, site):
                _write(observatory, read_items(root)[0])
        except (ObserverError, OSError) as error:
            logging.getLogger(__name__).warning("the gallery of insights is not rendered: %s", error)

    threading.Thread(target=refresh, name="insights gallery", daemon=True).start()


def _write(observatory: Observatory, items: Sequence[Item]) -> None:
    from observer.insights.gallery import mark_fresh
    from observer.insights.index import write_site

    site = observatory.insights_dir / "site"
    write_site(items, _store(observatory), site, _newest(observatory), observatory.settings.now())
    mark_fresh(observatory.content.insights, site)


@contextmanager
def _verifier(observatory: Observatory, number: int | None) -> Iterator[Verifier]:
    """What runs items on a release, or on the newest one."""
    from observer.cli.insights_api import LocalApi
    from observer.cli.observatory import code_version
    from observer.cli.vectors import vector_runs
    from observer.insights.sandbox.process import Sandbox
    from observer.insights.verify import OnRelease, Verifier
    from observer.server import create_app
    from observer.web.app import WebSettings

    with observatory.read_model() as model:
        found = model.current_release() if number is None else model.release(number)
    settings = observatory.settings
    web = WebSettings(title=settings.observatory.title, now=settings.now, code_version=code_version())
    app = create_app(observatory.read_model(found.number), web)
    with LocalApi(app) as api, Sandbox(api) as sandbox:
        release = OnRelease(found.number, found.as_of.isoformat())
        store = _store(observatory)
        yield Verifier(sandbox, release, store, settings.now, vector=vector_runs(observatory, found.number))


def _twice(verifier: Verifier, item: Item) -> Iterator[Run]:
    for _ in range(2):
        made = verifier.run(item)
        if made is None:
            return
        yield made
        if made.error is not None:
            return


def _by_release(
    items: Sequence[Item], store: RunStore, release: int | None, pinned: bool
) -> dict[int | None, list[Item]]:
    from observer.insights.index import standing

    groups: dict[int | None, list[Item]] = {}
    for item in items:
        pin = standing(item, store, None).pinned if pinned else None
        groups.setdefault(pin.release if pin else release, []).append(item)
    return groups


def known_content(observatory: Observatory) -> Known:
    from observer.insights.checking.report import Known
    from observer.model.published import PUBLISHED
    from observer.visualizations.contract import faults_of_visualization

    tables = frozenset(table.name for table in PUBLISHED)
    metrics = {metric.name: metric.grains for metric in observatory.catalogue()}
    return Known(tables, metrics, faults_of_visualization)


def _items(observatory: Observatory) -> tuple[Item, ...]:
    from observer.insights.item import load_items

    return load_items(observatory.content.insights)


def _chosen(items: tuple[Item, ...], names: Sequence[str]) -> list[Item]:
    from observer.insights.item import find_item

    return [find_item(items, name) for name in names] if names else list(items)


def _store(observatory: Observatory) -> RunStore:
    from observer.insights.run import RunStore

    return RunStore(observatory.insights_dir / "runs")


def _newest(observatory: Observatory) -> int | None:
    if not observatory.releases_dir.exists():
        return None
    with observatory.read_model() as model:
        try:
            return model.current_release().number
        except ServingError:
            return None


def root_of(observatory: Observatory, paths: Sequence[Path]) -> Path:
    """The library that the paths are in: the nearest folder `insights`, else the observatory's."""
    roots = {
        parent for path in paths for parent in [path.resolve(), *path.resolve().parents] if parent.name == "insights"
    }
    outer = {root for root in roots if not any(other in root.parents for other in roots)}
    if len(outer) > 1:
        raise ConfigError("the paths are in more than one library", hint="check them one after the other")
    return outer.pop() if outer else observatory.content.insights


def _strip(root: Path, paths: Sequence[Path]) -> None:
    from observer.insights.checking.text import strip_outputs

    for place in paths or (root,):
        for path in sorted(place.rglob("*.ipynb")) if place.is_dir() else [place]:
            if path.suffix == ".ipynb" and strip_outputs(path):
                err.print(f"removed the outputs of {path}")


def print_report(report: Report) -> None:
    for problem in report.problems:
        click.echo("".join(ch if ch.isprintable() else "�" for ch in str(problem)))
    for item in report.items:
        _print_item(item)
    refused = sum(not item.is_accepted for item in report.items)
    err.print(f"{len(report.items)} items, {refused} refused, {len(report.problems)} problems")


def _print_item(report: ItemReport) -> None:
    mark = "[green]✓[/]" if report.is_accepted else "[red]✗[/]"
    near = ", ".join(f"{other.key} {other.similarity:.0%}" for other in report.similar[:3])
    run = report.run
    ran = f"; {run.count:,} numbers, release {run.release}, {run.seconds:.1f} s" if run and not run.error else ""
    err.print(f"{mark} {report.item.key}{ran}" + (f"; resembles {near}" if near else ""))


def _print_run(run: Run) -> None:
    if run.error is not None:
        err.print(f"[red]✗[/] {run.key}: {f'cell {run.cell}: ' if run.cell else ''}{run.error}")
        return
    told = {None: "first run", True: "same numbers", False: f"{run.differing} numbers differ"}[run.reproduces]
    mark = "[red]✗[/]" if run.reproduces is False else "[green]✓[/]"
    err.print(f"{mark} {run.key}: release {run.release}, {run.count:,} numbers, {told}, {run.seconds:.1f} s")


def _standing_of(entry: dict[str, object]) -> str:
    pinned = entry["pinned"]
    if not entry["is_run"]:
        return "text"
    if not isinstance(pinned, dict):
        return "not yet run here"
    if pinned["error"]:
        return "fails"
    told = {None: "ran once", True: "reproduces", False: "does not reproduce"}[pinned["reproduces"]]
    newest = {
        None: "",
        True: f"; {entry['changed_numbers']} numbers change on the newest",
        False: "; same on the newest",
    }
    return f"release {pinned['release']}: {told}{newest[entry['changes']]}"  # type: ignore[index]


def _git_name() -> str:
    import subprocess

    try:
        found = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        found = ""
    return found or "Your name"
