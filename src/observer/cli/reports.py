"""Commands about readers' reports that a number looks wrong: list, show, answer."""

from __future__ import annotations

from dataclasses import asdict

import click

from observer.cli.accounts import ACTOR, opened_accounts
from observer.cli.console import print_json, print_table
from observer.cli.observatory import current

_number = click.argument("report_id", type=click.IntRange(min=1))
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(name="reports")
def reports() -> None:
    """What readers report about numbers."""


@reports.command("list")
@click.option("--all", "is_all", is_flag=True, help="Answered ones too.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="The most reports.")
@_json_option
@click.pass_context
def list_reports(ctx: click.Context, is_all: bool, limit: int, as_json: bool) -> None:
    """Reports that wait for an answer, newest first."""
    with opened_accounts(ctx) as service:
        found = service.reports.reports(only_open=not is_all, limit=limit)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    rows = [
        (r.report_id, r.submitted_at, "open" if r.is_open else "answered", r.title, r.grain, r.bucket,
         "unknown" if r.amount is None else r.amount, r.release_number, r.message[:80])
        for r in found
    ]  # fmt: skip
    print_table(("report", "filed", "state", "number", "grain", "bucket", "shown", "release", "message"), rows)


@reports.command("show")
@_number
@click.pass_context
def show_report(ctx: click.Context, report_id: int) -> None:
    """One report with the number and its evidence, as JSON."""
    with opened_accounts(ctx) as service:
        print_json(asdict(service.reports.report(report_id)))


@reports.command("answer")
@_number
@click.argument("answer")
@click.pass_context
def answer_report(ctx: click.Context, report_id: int, answer: str) -> None:
    """Answer a report; its page shows the ANSWER."""
    from observer.cli.serving import address

    settings = current(ctx).settings
    base = settings.observatory.public_url or address(settings.server.host, settings.server.port)
    with opened_accounts(ctx) as service:
        service.reports.answer(report_id, answer, actor=ACTOR)
    click.echo(f"answered: {base.rstrip('/')}/reports/{report_id}")
