"""Commands about content: check, directory, metrics, docs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.comparing import compare_metrics
from observer.cli.console import err, print_json, print_table
from observer.cli.observatory import Observatory, current
from observer.errors import ContentError, ObserverError, Problem

if TYPE_CHECKING:
    from observer.directory.validate import Report
    from observer.metrics.impact import Proposal

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SHOWN = 200


@click.command()
@_json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Check all content of the observatory: directory, metrics, identities, organizations, connectors, models."""
    observatory = current(ctx)
    results = {name: _problems_of(run, observatory) for name, run in _CHECKS.items()}
    count = sum(len(problems) for problems in results.values())
    if as_json:
        print_json({name: [asdict(problem) for problem in problems] for name, problems in results.items()})
    else:
        for name, problems in results.items():
            _print_problems(problems)
            err.print(f"{'[green]✓[/]' if not problems else '[red]✗[/]'} {name}: {len(problems)} problems")
    sys.exit(1 if count else 0)


@click.group()
def directory() -> None:
    """Validate, migrate or lint a directory: a folder, an archive or a git URL."""


@directory.command()
@click.argument("path")
@_json_option
def validate(path: str, as_json: bool) -> None:
    """Check every file at PATH; all problems of all files are told together."""
    from observer.directory.validate import validate as run

    report = run(path)
    _print_report(report, report.problems, as_json, "problem")
    sys.exit(0 if report.is_valid else 1)


@directory.command()
@click.argument("path")
@_json_option
def lint(path: str, as_json: bool) -> None:
    """Tell what is valid at PATH but worth a look."""
    from observer.directory.validate import validate as run

    report = run(path)
    _print_report(report, report.lints, as_json, "remark")
    sys.exit(0 if report.is_valid else 1)


@directory.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def migrate(path: Path) -> None:
    """Rewrite the files at PATH to the current schema version."""
    from observer.directory.migrate import migrate_path

    changed = migrate_path(path)
    click.echo(f"{len(changed)} files rewritten")


@click.group()
def metrics() -> None:
    """List metrics, show one, check a proposed one, or compare two definitions."""


metrics.add_command(compare_metrics)


@metrics.command("list")
@_json_option
@click.pass_context
def list_metrics(ctx: click.Context, as_json: bool) -> None:
    """All metrics with kind and unit."""
    from observer.metrics.rows import definition_rows

    catalogue = current(ctx).catalogue()
    if as_json:
        print_json(definition_rows(catalogue).to_pylist())
        return
    rows = definition_rows(catalogue).to_pylist()
    print_table(
        ("metric", "kind", "unit", "title"), [(r["metric_name"], r["kind"], r["unit"], r["display_name"]) for r in rows]
    )


@metrics.command("show")
@click.argument("name")
@_json_option
@click.pass_context
def show_metric(ctx: click.Context, name: str, as_json: bool) -> None:
    """The definition of metric NAME: what it counts, caveats, SQL, examples."""
    from observer.metrics.documentation import describe
    from observer.metrics.rows import definition_rows

    catalogue = current(ctx).catalogue()
    metric = catalogue.metric(name)
    if as_json:
        print_json(next(row for row in definition_rows(catalogue).to_pylist() if row["metric_name"] == metric.name))
    else:
        click.echo(describe(metric))


@metrics.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--no-run", is_flag=True, help="Check the texts only; do not run the query.")
@_json_option
@click.pass_context
def check_proposal(ctx: click.Context, file: Path, no_run: bool, as_json: bool) -> None:
    """Check the impact metric proposed in FILE (YAML, with .sql beside it) and run it on the warehouse, read-only."""
    from observer.metrics.impact import read_proposal

    observatory = current(ctx)
    shape: dict[str, object] | None = None
    try:
        proposal = read_proposal(file, model_names(observatory.content.transform))
        problems: Iterable[Problem] = ()
        if not no_run:
            shape, problems = _try_proposal(observatory, proposal)
    except ContentError as error:
        problems = error.problems
    found = list(problems)
    if as_json:
        print_json({"conforms": not found, "problems": [asdict(problem) for problem in found], "result": shape})
    else:
        _print_problems(found)
        if shape:
            print_table(("result", "value"), [(key, str(value)) for key, value in shape.items()])
        err.print(f"{'[red]✗[/] does not conform' if found else '[green]✓[/] conforms'}: {len(found)} problems")
    sys.exit(1 if found else 0)


def model_names(transform: Path) -> frozenset[str]:
    """The models that an impact metric may read: intermediate ones and marts."""
    layers = ("intermediate", "marts")
    return frozenset(path.stem for layer in layers for path in (transform / "models" / layer).rglob("*.sql"))


def _try_proposal(observatory: Observatory, proposal: Proposal) -> tuple[dict[str, object], list[Problem]]:
    from observer.metrics.impact import check_result, shape_of
    from observer.warehouse.trial import try_on_lake

    limit = observatory.settings.warehouse.memory_limit
    trial = try_on_lake(observatory.lake(), proposal.sql, proposal.text.entity, memory_limit=limit)
    return shape_of(trial.rows, trial.as_of), check_result(proposal, trial.rows, trial.entity_ids)


@click.command()
@click.option("--check", "is_check", is_flag=True, help="Only tell which files are out of date.")
def docs(is_check: bool) -> None:
    """Write the generated reference under docs/reference of the checkout."""
    from observer.cli.reference import write_reference

    stale = write_reference(is_check=is_check)
    for path in stale:
        click.echo(f"{'out of date' if is_check else 'wrote'} {path}")
    sys.exit(1 if is_check and stale else 0)


def _check_directory(observatory: Observatory) -> Iterable[Problem]:
    from observer.directory.validate import read
    from observer.directory.validate import validate as run

    problems = run(observatory.settings.directory_location).problems
    extra = observatory.settings.directory_extra
    if extra is None or problems:
        return problems
    return (*problems, *read(extra, beside=read(observatory.settings.directory_location)).problems)


def _check_metrics(observatory: Observatory) -> Iterable[Problem]:
    observatory.catalogue()
    return ()


def _check_identities(observatory: Observatory) -> Iterable[Problem]:
    observatory.decisions()
    return ()


def _check_organizations(observatory: Observatory) -> Iterable[Problem]:
    observatory.organizations()
    return ()


def _check_connectors(observatory: Observatory) -> Iterable[Problem]:
    from observer.connectors.catalogue import validate_config

    registry = observatory.registry()
    problems = []
    for name, connector in observatory.settings.connectors.items():
        try:
            source = registry.source(name)
            if connector.enabled:
                validate_config(
                    source.name, source.spec(), {**_PLACEHOLDERS.get(name, {}), **observatory.connector_config(name)}
                )
        except ObserverError as error:
            problems.append(Problem("observer.toml", None, str(error), code="connector"))
    return problems


def _check_models(observatory: Observatory) -> Iterable[Problem]:
    from observer.transform.parse import parse_project

    parse_project(observatory.content.transform, observatory.data / "check")
    return ()


_PLACEHOLDERS: dict[str, dict[str, object]] = {"git": {"repositories": []}}
_CHECKS: dict[str, Callable[[Observatory], Iterable[Problem]]] = {
    "directory": _check_directory,
    "metrics": _check_metrics,
    "identities": _check_identities,
    "organizations": _check_organizations,
    "connectors": _check_connectors,
    "models": _check_models,
}


def _problems_of(run: Callable[[Observatory], Iterable[Problem]], observatory: Observatory) -> list[Problem]:
    try:
        return list(run(observatory))
    except ContentError as error:
        return list(error.problems)
    except ObserverError as error:
        return [Problem(error.where or "observatory", None, error.what, error.hint)]


def _print_report(report: Report, found: Iterable[Problem], as_json: bool, word: str) -> None:
    shown = list(found)
    if as_json:
        print_json({"counts": dict(report.counts), f"{word}s": [asdict(problem) for problem in shown]})
        return
    _print_problems(shown)
    if not report.is_valid and word != "problem":
        err.print(f"[red]{len(report.problems)} problems[/]: run `observer directory validate`")
    counts = report.counts
    err.print(
        f"{counts.get('projects', 0):,} projects, {counts.get('collections', 0):,} collections, {len(shown):,} {word}s"
    )


def _print_problems(problems: list[Problem]) -> None:
    for problem in problems[:_SHOWN]:
        click.echo("".join(ch if ch.isprintable() else "�" for ch in str(problem)))
    if len(problems) > _SHOWN:
        err.print(f"… and {len(problems) - _SHOWN:,} more; --json prints all")
