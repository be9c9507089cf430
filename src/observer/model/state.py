"""The three states of a number."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Whether a number is known. Unknown is never shown or summed as zero."""

    VALUE = "value"
    ZERO = "zero"
    UNKNOWN = "unknown"
