"""Checks of what only one kind of item has: the `spec` of vectors, bounties, challenges and ecosystem reports."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from observer.errors import ContentError, Problem
from observer.insights.bounties.ledger import FILE, check_ledger
from observer.insights.bounties.prices import price_list_of
from observer.insights.challenges.submissions import check_submissions
from observer.insights.challenges.terms import terms_of
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.reports.spec import check_report, is_ecosystem_report
from observer.insights.vectors.definition import check_vector
from observer.model.metric import Grain


def check_spec(item: Item, items: Sequence[Item], grains: Mapping[str, Collection[Grain]]) -> Iterator[Problem]:
    """What is wrong with the item's spec; `items` are all of the library, `grains` those of each metric."""
    try:
        if item.kind is ItemKind.VECTOR:
            yield from check_vector(item, grains)
        elif item.kind is ItemKind.BOUNTY and item.front.spec:
            yield from _bounty(item)
        elif item.kind is ItemKind.CHALLENGE:
            yield from check_submissions(item, terms_of(item), {each.key: each for each in items})
        elif is_ecosystem_report(item):
            yield from check_report(item)
    except ContentError as error:
        yield from error.problems


def _bounty(item: Item) -> Iterator[Problem]:
    """The price list and, where the item is a folder with one, its ledger. Other bounties are text alone."""
    prices = price_list_of(item)
    ledger = item.folder / FILE if item.folder else None
    if ledger is not None and ledger.is_file():
        yield from check_ledger(ledger, ledger.relative_to(item.root).as_posix(), prices)
