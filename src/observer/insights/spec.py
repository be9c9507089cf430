"""The `spec` of an item: what only one kind has. Read into a model of that kind, with the line of every problem."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from observer.errors import ContentError, Problem
from observer.insights.front_matter import told_once
from observer.insights.item import Item


class Spec(BaseModel):
    """The base of all: unknown keys are refused, nothing can be changed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


S = TypeVar("S", bound=Spec)


def read_spec(item: Item, model: type[S]) -> S:
    """The item's `spec`; ContentError with everything that is wrong with it."""
    try:
        return model.model_validate(item.front.spec)
    except ValidationError as error:
        raise ContentError(_problem(item, each) for each in told_once(error)) from None


def spec_problem(item: Item, place: tuple[str | int, ...], what: str, hint: str | None = None) -> Problem:
    """A problem in one place of the spec."""
    return Problem(item.place, item.line("spec", *place), what, hint, "spec")


def _problem(item: Item, told: dict[str, object]) -> Problem:
    place = told["loc"]
    assert isinstance(place, tuple)  # noqa: S101 - the documented form
    where, kind = ".".join(["spec", *map(str, place)]), told["type"]
    if kind == "missing":
        return spec_problem(item, place, f"'{where}' is missing", f"add '{place[-1]}:'")
    if kind == "extra_forbidden":
        return spec_problem(item, place, f"unknown key '{where}'", "see docs/guides/vectors-and-bounties.md")
    return spec_problem(item, place, f"{where}: {str(told['msg']).removeprefix('Value error, ')}")
