"""The command `observer insights report`, and the reports that are made after a release."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from observer.cli.console import err, print_json
from observer.cli.observatory import Observatory, current
from observer.errors import NotFoundError, ObserverError

if TYPE_CHECKING:
    from observer.insights.reports.edition import Edition, EditionStore
    from observer.insights.reports.spec import ReportPlan

_log = logging.getLogger(__name__)


@click.command()
@click.argument("names", nargs=-1, metavar="[COLLECTION]...")
@click.option("--due", "only_due", is_flag=True, help="Make only the reports that the newest release needs anew.")
@click.option("--release", type=click.IntRange(min=1), help="The release to report on; by default the newest one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def report(ctx: click.Context, names: tuple[str, ...], only_due: bool, release: int | None, as_json: bool) -> None:
    """Make the ecosystem reports of the COLLECTIONs, or all of the library's and of the settings, for the website.

    Each comes as a page and a PDF with its charts and numbers, at /blog. A name may also be that of a report of the
    library.
    """
    observatory = current(ctx)
    made, missing = [], []
    for plan, done in make_reports(observatory, names, only_due=only_due, release=release):
        if done is None:
            missing.append(plan)
            err.print(f"[dim]- {plan.slug}: the release has no collection '{plan.collection}'[/]")
            continue
        made.append(done)
        place = _store(observatory).folder / done.slug / str(done.release)
        err.print(f"[green]✓[/] {done.slug}: release {done.release}, {done.seconds:.1f} s, {place / 'report.pdf'}")
    if as_json:
        print_json([edition.as_json() for edition in made])
    elif not made:
        click.echo("no report was made" + (": none is due" if only_due and not missing else ""))
    sys.exit(1 if missing and names else 0)


def make_reports(
    observatory: Observatory, names: Sequence[str] = (), *, only_due: bool = False, release: int | None = None
) -> Iterator[tuple[ReportPlan, Edition | None]]:
    """Makes the reports; None stands for one whose collection the release does not have."""
    from observer.cli.report_figures import ReleaseFigures
    from observer.insights.reports.make import is_due, make_edition

    store, root = _store(observatory), observatory.content.insights
    plans = _plans(observatory, names)
    with observatory.read_model(release) as model:
        figures = ReleaseFigures(model)
        for plan in plans:
            if only_due and not is_due(plan, store, figures.release, figures.as_of):
                continue
            try:
                yield plan, make_edition(plan, figures, root, store, observatory.settings.now)
            except NotFoundError:
                yield plan, None


def after_release(observatory: Observatory) -> None:
    """Makes the reports that are due where the settings ask for it; a failure keeps nothing from going on."""
    if not observatory.settings.reports.after_release:
        return
    try:
        for plan, edition in make_reports(observatory, only_due=True):
            if edition is not None:
                err.print(f"[green]✓[/] report {plan.slug}: {edition.seconds:.1f} s")
    except (ObserverError, OSError) as error:
        _log.warning("reports are not made: %s", error)


def _plans(observatory: Observatory, names: Sequence[str]) -> list[ReportPlan]:
    """The reports of the names, or all; a collection that the library has a text for is reported on in its words."""
    from observer.insights.item import read_items
    from observer.insights.reports.spec import is_ecosystem_report, plain_plan, plan_of

    items, _ = read_items(observatory.content.insights)
    known = [plan_of(item) for item in items if is_ecosystem_report(item)]
    by_name = {name: plan for plan in reversed(known) for name in (plan.collection, plan.slug, f"report/{plan.slug}")}
    if names:
        return [by_name.get(name) or plain_plan(name) for name in names]
    others = [name for name in observatory.settings.reports.collection_names if name not in by_name]
    return [*known, *map(plain_plan, others)]


def _store(observatory: Observatory) -> EditionStore:
    from observer.insights.reports.edition import EditionStore

    return EditionStore(observatory.insights_dir / "reports")
