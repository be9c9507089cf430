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
