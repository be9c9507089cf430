"""Commands about what pays: bounties for work on the directory, and data challenges."""

from __future__ import annotations

from decimal import Decimal

import click

from observer.cli.console import err, print_json, print_table
from observer.cli.observatory import current

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def bounty() -> None:
    """What work on the directory earns."""


@bounty.command()
@click.argument("base")
@click.argument("head")
@click.option("--list", "name", default="bounty/directory-additions", show_default=True, help="The price list.")
@_json_option
@click.pass_context
def estimate(ctx: click.Context, base: str, head: str, name: str, as_json: bool) -> None:
    """What the change of a directory from BASE to HEAD (folders, archives or git URLs) earns, caps counted."""
    from observer.directory.load import load_directory
    from observer.insights.bounties.estimate import estimate as of_change
    from observer.insights.bounties.ledger import earned_before
    from observer.insights.bounties.prices import price_list_of
    from observer.insights.item import find_item, load_items

    item = find_item(load_items(current(ctx).content.insights), name)
    made = of_change(load_directory(base), load_directory(head), price_list_of(item), earned_before(item))
    if as_json:
        print_json(made.as_json())
        return
    for finding in made.findings:
        work = finding.work.value if finding.work else "unpaid"
        note = f" ({finding.note})" if finding.note else ""
        err.print(f"{finding.path}:{finding.line}: {work}: {finding.entry}{note}", markup=False)
    rows = [
        (line.project, line.work.value, line.count, line.reward, "capped" if line.is_capped else "")
        for line in made.lines
    ]
    print_table(("project", "work", "entries", made.currency, ""), rows)
    click.echo(f"total {made.total} {made.currency}")


@click.group()
def challenge() -> None:
    """Data challenges: submissions, review, payouts."""


@challenge.command(name="results")
@click.argument("name")
@_json_option
@click.pass_context
def challenge_results(ctx: click.Context, name: str, as_json: bool) -> None:
    """The submissions to the challenge NAME, best first, with the score and what each earns."""
    from observer.insights.challenges.submissions import read_submissions, results
    from observer.insights.challenges.terms import terms_of
    from observer.insights.item import find_item, load_items

    item = find_item(load_items(current(ctx).content.insights), name)
    terms, found = terms_of(item), read_submissions(item)
    made = results(terms, found[0].submissions) if found else ()
    if as_json:
        print_json(
            [each.submission.model_dump(mode="json") | {"score": each.score, "earned": each.earned} for each in made]
        )
        return
    rows = [
        (each.number, each.item, each.by, each.status.value, _score(r.score), r.earned, each.payout or "")
        for r in made
        for each in (r.submission,)
    ]
    print_table(("number", "item", "by", "verdict", "score", f"earns {terms.pool.currency}", "payout"), rows)
    total = sum(r.earned for r in made)
    click.echo(f"{len(made)} submissions earn {total} of {terms.pool.amount} {terms.pool.currency}")


def _score(score: Decimal | None) -> str:
    return "" if score is None else f"{score:.2f}"
