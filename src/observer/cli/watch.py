"""The commands `watch` and `status`: from URLs to pages, and how far the run behind them is."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from observer.cli.console import err, print_json, print_table
from observer.cli.observatory import Observatory, current, open_observatory
from observer.errors import ServingError
from observer.settings import FILE_NAME, find_root

if TYPE_CHECKING:
    from observer.cli.settings_file import Changes
    from observer.cli.watch_plan import WatchPlan
    from observer.pipeline.runner import RunReport

NEW_FOLDER = "observatory"
WATCHED = "watched"


@dataclass(frozen=True, slots=True)
class _Place:
    """The observatory of a watch: where its settings are, or will be, and settings to write first."""

    file: Path
    is_new: bool
    observatory: Observatory
    settings: Changes = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@click.command()
@click.argument("urls", nargs=-1, required=True)
@click.option("--project", help="Put everything into this one project, new or there already.")
@click.option("--collection", help="Put the projects into this collection, new or there already.")
@click.option(
    "--allow-private", is_flag=True, help="Allow the hosts of these URLs although they are in your own network."
)
@click.option("--dry-run", is_flag=True, help="Only print what would be written and collected.")
@click.option("--serve/--no-serve", "is_served", default=True, help="Start the website; without it, wait for the rest.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON; does not serve.")
@click.pass_context
def watch(
    ctx: click.Context,
    urls: Sequence[str],
    project: str | None,
    collection: str | None,
    allow_private: bool,
    dry_run: bool,
    is_served: bool,
    host: str | None,
    port: int | None,
    as_json: bool,
) -> None:
    """Watch repositories, organisations, packages, Open Collective pages and addresses (mainnet:0x…).

    Writes the directory entries, collects git first, publishes, and fills in the rest behind the pages. Where there is
    no observatory one is made: here if the folder is empty, else in ./observatory.
    """
    from observer.cli.watch_plan import plan_watch

    start = time.monotonic()
    place = _place(ctx.obj)
    plan = plan_watch(place.observatory, urls, project=project, collection=collection, allow_private=allow_private)
    if not as_json:
        _show(place, plan)
    if dry_run:
        if as_json:
            print_json(_as_dict(place, plan))
        return
    observatory = _write(place, plan)
    report = _collect_first(observatory, plan)
    seconds = time.monotonic() - start
    if not report.is_ok and not _has_release(observatory):
        _print_result(place, plan, report, as_json, {"seconds": seconds})
        sys.exit(1)
    _follow(observatory, place, plan, report, seconds, (host, port), is_served=is_served, as_json=as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Tell what is published, whether it is served, and how far the run behind the pages is."""
    from observer.cli import background
    from observer.cli.serving import served_at

    observatory = current(ctx)
    release = _release(observatory)
    behind = background.read(observatory.data)
    url = served_at(observatory.data)
    if as_json:
        print_json({"release": release, "served_at": url, "background": asdict(behind) if behind else None})
        return
    click.echo(f"release     {release['number']}, data up to {release['as_of']}" if release else "release     none yet")
    click.echo(f"website     {url or 'not served; run `observer serve`'}")
    if behind is None:
        click.echo("background  nothing")
        return
    at = f", {behind.step}" if behind.step else ""
    click.echo(f"background  {behind.state}{at} (process {behind.pid}, since {behind.started_at})")
    if behind.error:
        click.echo(f"            {behind.error}")
    if behind.steps:
        rows = [(s["step"], s["outcome"], s["seconds"], s["error"] or s["summary"]) for s in behind.steps]
        print_table(("step", "outcome", "seconds", ""), rows)


def _place(config: Path | None) -> _Place:
    """The observatory that is here, or the one that is to be made; never one that holds the demo world."""
    from observer.project import content_of, packaged
    from observer.settings import read_settings

    here = Path.cwd()
    found = config or ((root := find_root()) and root / FILE_NAME)
    if found is None and (here / NEW_FOLDER / FILE_NAME).is_file():
        found = here / NEW_FOLDER / FILE_NAME
    if found is None:
        is_empty = not any(not entry.name.startswith(".") for entry in here.iterdir())
        folder = here if is_empty else here / NEW_FOLDER
        settings = read_settings(packaged(FILE_NAME)).model_copy(update={"root": folder.resolve()})
        notes = (f"a new observatory in {folder}",)
        file = folder / FILE_NAME
        return _Place(file, True, Observatory(settings, content_of(folder)), {"demo": {"enabled": False}}, notes)
    observatory = open_observatory(found)
    if not observatory.demo_dir.is_dir():
        return _Place(found, False, observatory)
    data = observatory.settings.data.folder / WATCHED
    own = observatory.settings.model_copy(
        update={"data": observatory.settings.data.model_copy(update={"folder": data})}
    )
    note = (
        f"{observatory.settings.data.folder} holds the demo world, which is not mixed with real projects: what is "
        f"watched goes to {data} ([data] folder)"
    )
    changes: Changes = {"data": {"folder": str(data)}, "demo": {"enabled": False}}
    return _Place(found, False, Observatory(own, observatory.content), changes, (note,))


def _write(place: _Place, plan: WatchPlan) -> Observatory:
    """Writes settings and directory; returns the observatory as it is now."""
    from observer.cli.lifecycle import make_observatory
    from observer.cli.settings_file import change_file
    from observer.directory.additions import write_additions

    if place.is_new:
        make_observatory(place.file.parent)
    change_file(place.file, {**place.settings, **plan.settings})
    write_additions(plan.folder, plan.additions)
    return open_observatory(place.file)


def _collect_first(observatory: Observatory, plan: WatchPlan) -> RunReport:
    """The history of what is watched, models and release; a run behind older pages makes way and is begun again."""
    from observer.cli import background
    from observer.cli.lifecycle import execute
    from observer.pipeline.first import FirstLook, first_plan

    background.stop(observatory.data)
    base = observatory.connector_config("git")
    look = FirstLook(
        observatory.registry().source("git"),
        lambda repositories: {**base, "repositories": list(repositories), "line_counts": False},
        plan.repositories,
        others=() if plan.repositories else plan.connectors,
    )

    return execute(observatory, plan_of=lambda parts: first_plan(parts, look), is_maintained=False)


def _follow(
    observatory: Observatory,
    place: _Place,
    plan: WatchPlan,
    report: RunReport,
    seconds: float,
    listen: tuple[str | None, int | None],
    *,
    is_served: bool,
    as_json: bool,
) -> None:
    """Tells the pages and fills in the rest: behind the website, or here where nobody serves it."""
    from observer.cli import background
    from observer.cli.lifecycle import serve_observatory
    from observer.cli.serving import address, free_port, served_at

    server = observatory.settings.server
    host = listen[0] or server.host
    running = served_at(observatory.data)
    wanted = server.port if listen[1] is None else listen[1]
    port = wanted if running or not is_served or as_json else free_port(host, wanted)
    url = running or observatory.settings.observatory.public_url or address(host, port)
    pages = _pages(plan, url)
    if not as_json:
        _show_pages(pages, seconds, is_up=running is not None)
    facts: dict[str, object] = {"seconds": round(seconds, 1), "pages": pages, "served_at": running}
    if not is_served:
        is_whole = background.fill(place.file)
        behind = background.read(observatory.data)
        _print_result(place, plan, report, as_json, facts | {"rest": asdict(behind) if behind else None})
        sys.exit(0 if is_whole and report.is_ok else 1)
    pid = background.start(place.file, observatory.data)
    _print_result(place, plan, report, as_json, facts | {"background": pid})
    told = f"the rest is filled in behind them (process {pid}); `observer status` tells how far it is"
    err.print(f"[dim]{told}[/]", soft_wrap=True)
    if not as_json and running is None:
        serve_observatory(observatory, host, port)


def _pages(plan: WatchPlan, url: str) -> list[str]:
    collections = [
        f"{url}/collection/{Path(path).stem}" for path in plan.additions.files if path.startswith("collections/")
    ]
    return [*(f"{url}/project/{name}" for name in plan.additions.projects), *collections]


def _show(place: _Place, plan: WatchPlan) -> None:
    for note in (*place.notes, *plan.notes):
        err.print(f"[dim]{escape(note)}[/]", soft_wrap=True)
    rows = [
        (one.found.url, one.found.identity.type.lower(), one.project, "there already" if one.was_there else one.path)
        for one in plan.additions.placed
    ]
    print_table(("watched", "kind", "project", "file"), rows)
    click.echo("")
    columns = ("connector", "collects", "requests", "minutes")
    print_table(columns, [(n, f.summary, _number(f.requests), _minutes(f.seconds)) for n, f in plan.forecasts])


def _show_pages(pages: Sequence[str], seconds: float, *, is_up: bool) -> None:
    click.echo("")
    for page in pages:
        click.echo(page)
    err.print(
        f"[bold]published after {seconds:.0f} s[/]{'' if is_up else '; the website starts with `observer serve`'}"
    )


def _print_result(place: _Place, plan: WatchPlan, report: RunReport, as_json: bool, facts: dict[str, object]) -> None:
    if as_json:
        steps = [step.as_dict() for step in report.steps]
        print_json(_as_dict(place, plan) | {"ok": report.is_ok, "steps": steps} | facts)


def _as_dict(place: _Place, plan: WatchPlan) -> dict[str, object]:
    watched = [
        {
            "text": one.found.text,
            "url": one.found.url,
            "field": one.found.field,
            "artifact": "/".join(one.found.key),
            "project": one.project,
            "file": one.path,
            "was_there": one.was_there,
        }
        for one in plan.additions.placed
    ]
    forecasts = [{"connector": name, **asdict(forecast)} for name, forecast in plan.forecasts]
    return {
        "observatory": str(place.file.parent),
        "is_new_observatory": place.is_new,
        "directory": str(plan.folder),
        "files": sorted(plan.additions.files),
        "settings": {**place.settings, **plan.settings},
        "watched": watched,
        "forecast": forecasts,
        "notes": [*place.notes, *plan.notes],
    }


def _release(observatory: Observatory) -> dict[str, object] | None:
    if not observatory.data.exists():
        return None
    model = observatory.read_model()
    try:
        release = model.current_release()
    except ServingError:
        return None
    finally:
        model.close()
    return {"number": release.number, "as_of": release.as_of, "created_at": release.created_at}


def _has_release(observatory: Observatory) -> bool:
    return _release(observatory) is not None


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _minutes(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    return "< 1" if seconds < 60 else f"{seconds / 60:.0f}"
