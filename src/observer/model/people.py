"""Who acts: the classes into which all users fall."""

from __future__ import annotations

from enum import StrEnum


class UserClass(StrEnum):
    """What somebody behind events is. Each user is in one class, so that numbers of classes add up.

    UNKNOWN stands for events behind which nobody is known; no user has it.
    """

    PERSON = "person"
    BOT = "bot"
    AGENT = "agent"
    ORGANIZATION = "organization"
    UNKNOWN = "unknown"


USER_CLASSES = (UserClass.PERSON, UserClass.BOT, UserClass.AGENT, UserClass.ORGANIZATION)
"""The classes that a user may have."""


def class_of_example(name: str) -> UserClass:
    """The class of somebody in an example, by the suffix of the name."""
    suffixes = {"[bot]": UserClass.BOT, "[agent]": UserClass.AGENT, "[org]": UserClass.ORGANIZATION}
    return next((found for suffix, found in suffixes.items() if name.endswith(suffix)), UserClass.PERSON)


def default_classes(*, counts_people: bool) -> tuple[UserClass, ...]:
    """Whom a metric counts where its definition does not say: persons, or, where things are counted, everybody."""
    return (UserClass.PERSON,) if counts_people else tuple(UserClass)
