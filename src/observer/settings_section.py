"""What the sections of observer.toml are made of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _empty_as_none(value: object) -> object:
    return None if value == "" else value


OptionalText = Annotated[str | None, BeforeValidator(_empty_as_none)]
OptionalDate = Annotated[date | None, BeforeValidator(_empty_as_none)]
OptionalTime = Annotated[datetime | None, BeforeValidator(_empty_as_none)]


class Section(BaseModel):
    """A section of observer.toml: every key with its default, no other key."""

    model_config = ConfigDict(extra="forbid", frozen=True)
