"""The terms of a challenge: the `spec` of an item of kind challenge. Money is exact, moments are in UTC."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from observer.insights.bounties.prices import Money
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.spec import Spec, read_spec

LEAST_SCORE, MOST_SCORE = 1, 5
"""What a reviewer gives for one criterion."""

_Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_TEXT = Annotated[str, Field(min_length=8, max_length=500)]


class Pool(Spec):
    """All that the challenge pays."""

    amount: Money
    currency: Annotated[str, Field(pattern=r"^[A-Z]{2,6}$")]


class Reward(Spec):
    """What one accepted submission of a kind earns: `least` with the lowest scores, `most` with the highest.

    `takes` are the kinds of items that are submitted for it, `per_person` how many one person may submit.
    """

    name: _Slug
    least: Money
    most: Money
    takes: Annotated[tuple[ItemKind, ...], Field(min_length=1)]
    per_person: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _grows(self) -> Reward:
        if self.most < self.least:
            raise ValueError("'most' is less than 'least'")
        return self


class Criterion(Spec):
    """What reviewers judge by; weights of all criteria sum to 1."""

    name: _Slug
    weight: Annotated[Decimal, Field(gt=0, le=1)]
    asks: _TEXT


class Terms(Spec):
    """Rules, dates, money, criteria. Submissions come from the beginning of `opens` to the end of `closes`."""

    opens: dt.date
    closes: dt.date
    results_by: dt.date
    pool: Pool
    rewards: Annotated[tuple[Reward, ...], Field(min_length=1)]
    rules: Annotated[tuple[_TEXT, ...], Field(min_length=1)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    reviews_needed: Annotated[int, Field(ge=1, le=9)] = 2

    @model_validator(mode="after")
    def _is_whole(self) -> Terms:
        if not self.opens < self.closes < self.results_by:
            raise ValueError("'opens', 'closes' and 'results_by' follow each other")
        if sum(criterion.weight for criterion in self.criteria) != 1:
            raise ValueError("the weights of the criteria sum to 1")
        for noun, names in (("reward", [r.name for r in self.rewards]), ("criterion", [c.name for c in self.criteria])):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice:
                raise ValueError(f"there are two of the {noun} '{twice}'")
        dear = next((reward for reward in self.rewards if reward.most > self.pool.amount), None)
        if dear:
            raise ValueError(f"one submission of '{dear.name}' can earn more than the pool")
        return self

    def reward(self, name: str) -> Reward | None:
        """The reward of a name."""
        return next((reward for reward in self.rewards if reward.name == name), None)


def terms_of(item: Item) -> Terms:
    """The terms of a challenge; ContentError with everything that is wrong with its spec."""
    return read_spec(item, Terms)
