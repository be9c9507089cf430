"""The ledger beside a price list: what changes claimed, what was approved, and what was paid, oldest first."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from observer.errors import ContentError, Problem
from observer.insights.bounties.prices import Money, PriceList, Work
from observer.insights.front_matter import told_once
from observer.insights.item import Item
from observer.insights.spec import Spec
from observer.yaml_text import Document, parse_document

FILE = "ledger.yaml"
"""The name of the ledger in the folder of its price list."""

_Url = Annotated[str, Field(pattern=r"^https://\S+$")]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Status(StrEnum):
    """How far a claim is. What is refused counts towards nothing."""

    CLAIMED = "claimed"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"


class Claim(Spec):
    """What one project earned by one kind of work in one change."""

    project: _Name
    work: Work
    count: Annotated[int, Field(ge=1)]
    reward: Money


class Entry(Spec):
    """One change: where it is, whose, its claims and their sum, who reviewed it, when it was paid."""

    number: Annotated[int, Field(ge=1)]
    date: dt.date
    change: _Url
    contributor: _Name
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]
    total: Money
    status: Status
    reviewer: _Name | None = None
    paid_on: dt.date | None = None


class Ledger(Spec):
    """All entries."""

    entries: tuple[Entry, ...]

    def earned(self) -> dict[tuple[str, Work], Decimal]:
        """What projects have earned by project and kind of work, refused claims left out."""
        found: dict[tuple[str, Work], Decimal] = defaultdict(lambda: Decimal("0.00"))
        for entry in self.entries:
            for claim in entry.claims if entry.status is not Status.REFUSED else ():
                found[claim.project, claim.work] += claim.reward
        return dict(found)


def read_ledger(path: Path, place: str) -> tuple[Ledger, Document]:
    """The ledger in a file; ContentError, told by `place`, with everything that is wrong with its form."""
    document = parse_document(path.read_text(encoding="utf-8"), place)
    try:
        return Ledger.model_validate(document.data), document
    except ValidationError as error:
        problems = [
            Problem(
                place, document.line(each["loc"]), f"{'.'.join(map(str, each['loc']))}: {each['msg']}", None, "ledger"
            )
            for each in told_once(error)
        ]
        raise ContentError(problems) from None


def earned_before(item: Item) -> dict[tuple[str, Work], Decimal]:
    """What projects have earned by the ledger of a price list; nothing where it has none."""
    path = item.folder / FILE if item.folder else None
    if path is None or not path.is_file():
        return {}
    return read_ledger(path, path.relative_to(item.root).as_posix())[0].earned()


def check_ledger(path: Path, place: str, prices: PriceList) -> Iterator[Problem]:
    """Numbers run on, no change is claimed twice, sums and caps hold, and nobody pays themselves."""
    ledger, document = read_ledger(path, place)
    earned: dict[tuple[str, Work], Decimal] = defaultdict(lambda: Decimal("0.00"))
    changes: dict[str, int] = {}
    for index, entry in enumerate(ledger.entries):
        where = ("entries", index)
        for field, what, hint in _entry_faults(entry, index, changes):
            yield Problem(place, document.line((*where, field)), what, hint, "ledger")
        changes.setdefault(entry.change, entry.number)
        for number, claim in enumerate(entry.claims if entry.status is not Status.REFUSED else ()):
            key = (claim.project, claim.work)
            due = prices.price(claim.work).earned(claim.count, earned[key])
            earned[key] += claim.reward
            if claim.reward != due:
                what = f"{claim.count} {claim.work.value} of {claim.project} earn {due}, not {claim.reward}"
                hint = "caps count what the project earned before"
                yield Problem(place, document.line((*where, "claims", number, "reward")), what, hint, "ledger")


def _entry_faults(entry: Entry, index: int, changes: dict[str, int]) -> Iterator[tuple[str, str, str | None]]:
    """The key, the fault and what to do."""
    if entry.number != index + 1:
        yield "number", f"the number is {entry.number}, not {index + 1}", "number entries from 1, and remove none"
    if entry.change in changes:
        yield "change", f"this change is claimed by entry {changes[entry.change]} already", None
    summed = sum((claim.reward for claim in entry.claims), Decimal("0.00"))
    if summed != entry.total:
        yield "total", f"the claims make {summed}, not {entry.total}", None
    if entry.status is not Status.CLAIMED and entry.reviewer is None:
        yield "status", f"nobody reviewed what is {entry.status.value}", "name the 'reviewer'"
    if entry.reviewer is not None and entry.reviewer == entry.contributor:
        yield "reviewer", "contributors do not review themselves", "let another maintainer review it"
    if (entry.status is Status.PAID) != (entry.paid_on is not None):
        yield "status", "'paid_on' is told exactly where the status is paid", None
    if entry.paid_on is not None and entry.paid_on < entry.date:
        yield "paid_on", f"it was paid on {entry.paid_on}, before the claim of {entry.date}", None
