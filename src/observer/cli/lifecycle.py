"""Commands that move data: init, demo, up, run, sync, build, publish, serve."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import err, print_json, progress
from observer.cli.engines import WAREHOUSE, build_elsewhere, publish_elsewhere, target_option
from observer.cli.observatory import Observatory, code_version, current, open_observatory, require_free_port
from observer.errors import ConfigError, ObserverError, ServingError
from observer.project import CHECKOUT, own_checkout, packaged
from observer.settings import FILE_NAME, ConnectorSettings, Settings

if TYPE_CHECKING:
    from observer.pipeline.plan import Plan
    from observer.pipeline.runner import RunReport, StepReport, Watch
    from observer.pipeline.steps import Parts
    from observer.testing.demo import DemoWorld

OWN_REPOSITORY = "https://github.com/open-source-observer/observer"
DEMO_END = date(2026, 11, 15)

_json_option = click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make a new observatory in FOLDER: settings, an example directory, a README."""
    if (folder / FILE_NAME).exists():
        raise ConfigError("there is an observatory already", where=str(folder / FILE_NAME))
    make_observatory(folder, {**_ABOUT, **_EXAMPLE})
    click.echo(
        f"made an observatory in {folder}\n\nnext:\n  cd {folder}\n  observer check\n  observer run\n  observer serve"
    )


def make_observatory(folder: Path, files: Mapping[str, str] | None = None) -> None:
    """Lays out an observatory: settings, and files that are not there yet; by default those without an example."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(packaged(FILE_NAME), folder / FILE_NAME)
    for path, text in (_ABOUT if files is None else files).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.write_text(text, encoding="utf-8")


@click.command()
@click.option("--scale", type=click.FloatRange(0.02, 20), help="Size of the demo world; 1 by default.")
@click.option("--seed", type=int, help="Seed of the demo world.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the demo world.")
@click.option("--serve/--no-serve", "is_served", default=True, help="Start the website afterwards.")
@_json_option
@click.pass_context
def demo(
    ctx: click.Context, scale: float | None, seed: int | None, end: datetime | None, is_served: bool, as_json: bool
) -> None:
    """Generate the fictitious demo world and run the whole pipeline on it.

    Outside of an observatory everything goes to ./observer-demo.
    """
    last_day = end.date() if end else demo_last_day()
    observatory = demo_observatory(ctx.obj, last_day)
    report = _build_demo(observatory, last_day, scale=scale, seed=seed)
    _finish(report, as_json, stop=not is_served)
    if is_served:
        serve_observatory(observatory, None, None)


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.pass_context
def up(ctx: click.Context, host: str | None, port: int | None) -> None:
    """Start the website; where there is no release yet, build the demo world first."""
    observatory = current(ctx)
    settings = observatory.settings.server
    require_free_port(host or settings.host, settings.port if port is None else port)
    if not _has_release(observatory):
        if not observatory.settings.demo.enabled:
            raise ConfigError("nothing is published yet and the demo is off", hint="run `observer run` first")
        report = _build_demo(observatory, demo_last_day())
        _finish(report, as_json=False, stop=False)
    serve_observatory(observatory, host, port)


@click.command()
@click.option("--due", "only_due", is_flag=True, help="Sync only connectors whose schedule's time has come.")
@_json_option
@click.pass_context
def run(ctx: click.Context, only_due: bool, as_json: bool) -> None:
    """Sync all connectors, build the models, publish a release."""
    observatory = current(ctx)
    if not only_due:
        _run(observatory, None, as_json)
    due = {f"sync:{name}" for name in observatory.due()}
    _run(observatory, lambda plan: plan.only(k for k in plan.keys if k in due or not k.startswith("sync:")), as_json)


@click.command()
@click.argument("connectors", nargs=-1)
@_json_option
@click.pass_context
def sync(ctx: click.Context, connectors: Sequence[str], as_json: bool) -> None:
    """Collect from the named CONNECTORS, or from all that are enabled."""

    def chosen(plan: Plan) -> Plan:
        keys = [f"sync:{name}" for name in connectors]
        return plan.only(keys or [key for key in plan.keys if key.startswith("sync:")])

    _run(current(ctx), chosen, as_json)


@click.command()
@target_option
@click.option("--dry-run", "is_dry", is_flag=True, help="Tell the bytes that a build elsewhere would read, by table.")
@click.option("--full", "is_full", is_flag=True, help="Build every model anew and tell which came out unlike before.")
@_json_option
@click.pass_context
def build(ctx: click.Context, target: str, is_dry: bool, is_full: bool, as_json: bool) -> None:
    """Materialise models and metrics from what was collected; models that nothing changed for stay as they are."""
    if target != WAREHOUSE:
        build_elsewhere(current(ctx), target, is_dry=is_dry, as_json=as_json)
        return
    if is_dry:
        raise click.UsageError("--dry-run is for --target bigquery and spark: the warehouse bills nobody")

    def plan_of(parts: Parts) -> Plan:
        from observer.pipeline.steps import build_plan

        return build_plan(replace(parts, is_full=is_full)).only(["build"])

    _finish(execute(current(ctx), plan_of=plan_of), as_json)


@click.command()
@target_option
@_json_option
@click.pass_context
def publish(ctx: click.Context, target: str, as_json: bool) -> None:
    """Publish what was built as a new release."""
    if target != WAREHOUSE:
        publish_elsewhere(current(ctx), target, as_json=as_json)
        return
    _run(current(ctx), lambda plan: plan.only(["publish"]), as_json)


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.pass_context
def serve(ctx: click.Context, host: str | None, port: int | None) -> None:
    """Serve the newest release: website and API."""
    serve_observatory(current(ctx), host, port)


def execute(
    observatory: Observatory,
    choose: Callable[[Plan], Plan] | None = None,
    *,
    plan_of: Callable[[Parts], Plan] | None = None,
    watch: Watch | None = None,
    is_maintained: bool = True,
) -> RunReport:
    """Runs the plan, the chosen part of it or another one, with progress on stderr; `watch` is told of each step.

    Old versions of the data are tidied up afterwards, unless somebody waits.
    """
    from observer.pipeline.runner import run_plan
    from observer.pipeline.steps import build_plan

    with progress() as display, observatory.warehouse() as warehouse, warehouse.writer():
        plan = (plan_of or build_plan)(observatory.parts(warehouse, display))

        def tell(key: str, report: StepReport | None) -> None:
            display.watch(key, report)
            if watch:
                watch(key, report)

        report = run_plan(choose(plan) if choose else plan, watch=tell)
        if report.is_changed and is_maintained:
            warehouse.maintain(observatory.settings.warehouse.keep_days)
    return report


def _run(observatory: Observatory, choose: Callable[[Plan], Plan] | None, as_json: bool) -> None:
    from observer.cli.insights_report import after_release
    from observer.pipeline.runner import Outcome

    report = execute(observatory, choose)
    if report.is_ok and any(step.key == "publish" and step.outcome is Outcome.DONE for step in report.steps):
        after_release(observatory)
    _finish(report, as_json)


def _finish(report: RunReport, as_json: bool, *, stop: bool = True) -> None:
    if as_json:
        print_json({"ok": report.is_ok, "steps": [step.as_dict() for step in report.steps]})
    if not report.is_ok:
        sys.exit(1)
    if stop:
        sys.exit(0)


def demo_observatory(config: Path | None, last_day: date) -> Observatory:
    """The observatory here, or one of the demo's own, whose settings say the last day: later builds keep to it."""
    from observer.settings import find_root

    if config is not None or find_root() is not None:
        return open_observatory(config)
    folder = Path("observer-demo")
    folder.mkdir(exist_ok=True)
    if not (folder / FILE_NAME).exists():
        shutil.copyfile(packaged(FILE_NAME), folder / FILE_NAME)
    text = (folder / FILE_NAME).read_text(encoding="utf-8")
    pinned = re.sub(r'(?m)^(\[build\]\nas_of = )"[^"\n]*"', rf'\g<1>"{last_day}"', text)
    (folder / FILE_NAME).write_text(pinned, encoding="utf-8")
    return open_observatory(folder / FILE_NAME)


def _build_demo(
    observatory: Observatory, last_day: date, *, scale: float | None = None, seed: int | None = None
) -> RunReport:
    from observer.testing.demo import demo_config, generate

    chosen = observatory.settings.demo
    err.print(f"[dim]generating the demo world up to {last_day}[/]")
    with progress() as display:
        world: DemoWorld = generate(
            observatory.demo_dir,
            seed=chosen.seed if seed is None else seed,
            end=last_day,
            days=chosen.days,
            scale=scale or chosen.scale,
            days_a_file=7,
            progress=display,
        )
    _add_own_project(world.paths.folder)
    return execute(
        Observatory(
            _demo_settings(observatory.settings, demo_config(world.paths.folder), last_day), observatory.content
        )
    )


def _demo_settings(settings: Settings, config: dict[str, dict[str, object]], last_day: date) -> Settings:
    git = dict(config["git"])
    rewrites = git.get("url_rewrites")
    checkout = own_checkout()
    if isinstance(rewrites, dict) and checkout:
        git["url_rewrites"] = {OWN_REPOSITORY: checkout.as_uri(), **rewrites}
    connectors = {
        "git": ConnectorSettings.model_validate(git),
        "github-archive": ConnectorSettings.model_validate(config["github-archive"]),
    }
    directory = settings.directory.model_copy(update={"location": str(config["oss-directory"]["location"])})
    build = settings.build.model_copy(update={"as_of": settings.build.as_of or last_day})
    return settings.model_copy(update={"connectors": connectors, "directory": directory, "build": build})


def demo_last_day() -> date:
    """Of the demo world: the day of this project's last commit, if it is over, since no day that is not counts."""
    return min(_own_last_day() or DEMO_END, datetime.now(UTC).date() - timedelta(days=1))


def _own_last_day() -> date | None:
    import subprocess

    checkout = own_checkout()
    if checkout is None:
        return None
    command = ["git", "-C", str(checkout), "log", "-1", "--format=%ct", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return datetime.fromtimestamp(int(found.stdout), UTC).date() if found.stdout.strip().isdecimal() else None


def _add_own_project(world: Path) -> None:
    """Puts this project beside the fictitious ones, with its own real history where it runs from a checkout."""
    if own_checkout() is None:
        return
    for kind in ("projects", "collections"):
        for file in sorted((CHECKOUT / "directory" / kind).rglob("*.yaml")):
            target = world / "directory" / file.relative_to(CHECKOUT / "directory")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _has_release(observatory: Observatory) -> bool:
    if not observatory.data.exists():
        return False
    model = observatory.read_model()
    try:
        model.current_release()
    except ServingError:
        return False
    finally:
        model.close()
    return True


def serve_observatory(observatory: Observatory, host: str | None, port: int | None) -> None:
    """Serves the newest release until it is interrupted. Raises ConfigError where the port is taken."""
    import uvicorn

    from observer.cli.access import access_policy, sign_in_means
    from observer.cli.insights import refresh_in_background
    from observer.cli.serving import announced
    from observer.postgres import kept_running
    from observer.query.sql.pool import PoolSettings
    from observer.server import create_app
    from observer.web.app import WebSettings

    settings = observatory.settings
    host, port = host or settings.server.host, settings.server.port if port is None else port
    require_free_port(host, port)
    if not _has_release(observatory):
        raise ObserverError("nothing is published yet", hint="run `observer run`, or `observer demo`")
    web = WebSettings(
        title=settings.observatory.title,
        now=settings.now,
        code_version=code_version(),
        public_url=settings.observatory.public_url,
        docs=packaged("docs"),
        insights=observatory.insights_dir / "site",
        reports=observatory.insights_dir / "reports",
    )
    policy, means = access_policy(settings), sign_in_means(settings)
    chosen = settings.sql
    pool = PoolSettings(
        workers=chosen.workers,
        memory=chosen.memory_limit,
        nice=chosen.nice,
        waiting_seconds=chosen.waiting_seconds,
    )
    app = create_app(
        observatory.read_model(), web, accounts=observatory.accounts(), policy=policy, sign_in=means, sql=pool
    )
    err.print(f"[bold]Open Source Observer[/] on http://{host}:{port}  (Ctrl-C stops)")
    with announced(observatory.data, host, port), kept_running(observatory.postgres_folder):
        refresh_in_background(observatory)
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )


_EXAMPLE = {
    "directory/projects/e/example.yaml": """version: 7
name: example
display_name: Example
description: Replace this by a project that you care about.
github:
  - url: https://github.com/octocat/hello-world
""",
    "directory/collections/examples.yaml": """version: 7
name: examples
display_name: Examples
projects:
  - example
""",
}
_ABOUT = {
    ".gitignore": ".observer/\n",
    "README.md": """# An observatory

`observer.toml` holds the settings, `directory/` the projects and collections to watch.

    observer watch URL # add a repository, an organisation, a package
    observer check     # is everything well-formed?
    observer run       # collect, compute, publish
    observer serve     # website and API on http://127.0.0.1:8080
""",
}
