"""The price list: the `spec` of an item of kind bounty. Money is exact."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from observer.insights.item import Item
from observer.insights.spec import Spec, read_spec


class Work(StrEnum):
    """What is paid for: one entry of a project file, or the file itself."""

    NEW_PROJECT = "new_project"
    GITHUB_OWNER = "github_owner"
    GITHUB_REPOSITORY = "github_repository"
    NPM_PACKAGE = "npm_package"
    WALLET = "wallet"
    DEPLOYER = "deployer"
    CONTRACT = "contract"
    EXTRA_NETWORK = "extra_network"


def _whole_cents(amount: Decimal) -> Decimal:
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError("money has two digits after the point")
    return amount.quantize(Decimal("0.01"))


Money = Annotated[Decimal, Field(ge=0, le=1_000_000), AfterValidator(_whole_cents)]
"""An amount in the list's currency, two digits after the point."""


class Price(Spec):
    """What one entry of a kind of work earns, and the most that one project can earn by it (None: no limit)."""

    work: Work
    reward: Money
    cap_per_project: Money | None = None

    @model_validator(mode="after")
    def _cap_pays_one(self) -> Price:
        if self.cap_per_project is not None and self.cap_per_project < self.reward:
            raise ValueError("'cap_per_project' is less than one reward")
        return self

    def earned(self, count: int, before: Decimal = Decimal("0.00")) -> Decimal:
        """What `count` entries of one project earn where it has earned `before` by the same work already."""
        whole = self.reward * count
        return (
            whole if self.cap_per_project is None else min(whole, max(self.cap_per_project - before, Decimal("0.00")))
        )


class PriceList(Spec):
    """All prices. Work that is not on the list earns nothing."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{2,6}$")]
    prices: Annotated[tuple[Price, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once_each(self) -> PriceList:
        works = [price.work for price in self.prices]
        twice = [work.value for work in Work if works.count(work) > 1]
        if twice:
            raise ValueError(f"{twice[0]} has two prices")
        return self

    def price(self, work: Work) -> Price:
        """The price of a kind of work; 0.00 where the list has none."""
        return next((price for price in self.prices if price.work is work), Price(work=work, reward=Decimal("0.00")))


def price_list_of(item: Item) -> PriceList:
    """The price list of an item; ContentError with everything that is wrong with its spec."""
    return read_spec(item, PriceList)
