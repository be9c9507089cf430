"""Who made the library: items, challenges and bounties by person, as far as people are told by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from observer.errors import ContentError
from observer.insights.bounties.ledger import FILE as LEDGER
from observer.insights.bounties.ledger import Status, read_ledger
from observer.insights.bounties.prices import price_list_of
from observer.insights.challenges.submissions import Verdict, read_submissions, results
from observer.insights.challenges.terms import terms_of
from observer.insights.item import Item
from observer.insights.kind import ItemKind


@dataclass(slots=True)
class Contributor:
    """A person by name. `kinds` counts their items, `used_by` the items of others that build on theirs.

    `accepted` counts submissions to challenges that were accepted; `earned` is money by currency.
    """

    name: str
    url: str | None = None
    keys: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    used_by: int = 0
    accepted: int = 0
    earned: dict[str, Decimal] = field(default_factory=dict)

    def earn(self, amount: Decimal, currency: str) -> None:
        self.earned[currency] = self.earned.get(currency, Decimal(0)) + amount

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "url": self.url,
            "items": self.keys,
            "kinds": dict(sorted(self.kinds.items())),
            "used_by": self.used_by,
            "accepted": self.accepted,
            "earned": {currency: str(amount) for currency, amount in sorted(self.earned.items())},
        }


def contributors(items: Sequence[Item], uses: dict[str, tuple[str, ...]]) -> list[Contributor]:
    """All contributors, those with the most items first; `uses` has the items that each item builds on by key."""
    found: dict[str, Contributor] = {}
    authors = {item.key: {author.name for author in item.front.authors} for item in items}
    for item in items:
        for author in item.front.authors:
            person = found.setdefault(author.name, Contributor(author.name))
            person.url = person.url or author.url
            person.keys.append(item.key)
            person.kinds[item.kind.value] += 1
            person.used_by += sum(item.key in named and author.name not in authors[key] for key, named in uses.items())
    for item in items:
        try:
            _earned(item, found)
        except ContentError:
            continue  # The check tells what is wrong with it.
    return sorted(found.values(), key=lambda each: (-len(each.keys), -each.accepted, each.name))


def _earned(item: Item, found: dict[str, Contributor]) -> None:
    if item.kind is ItemKind.CHALLENGE and item.front.spec and (read := read_submissions(item)) is not None:
        terms = terms_of(item)
        for result in results(terms, read[0].submissions):
            if result.submission.status is Verdict.ACCEPTED:
                person = found.setdefault(result.submission.by, Contributor(result.submission.by))
                person.accepted += 1
                person.earn(result.earned, terms.pool.currency)
    path = item.folder / LEDGER if item.folder and item.kind is ItemKind.BOUNTY else None
    if path is not None and path.is_file():
        ledger, _ = read_ledger(path, path.relative_to(item.root).as_posix())
        for entry in ledger.entries:
            if entry.status is Status.PAID:
                person = found.setdefault(entry.contributor, Contributor(entry.contributor))
                person.earn(entry.total, price_list_of(item).currency)
