"""Keeps a state from running ahead of the clock, where one record of the future would hide all that come before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_TIME = re.compile(r"[\d-]{10}(?P<separator>.)[\d:]{8}(\.(?P<fraction>\d+))?(?P<zone>.*)")


def clamped(state: object, field: str, now: datetime) -> object:
    """A stream's state whose values of the cursor field lie no later than `now`, in the form that they had.

    States of partitions are looked into. Values that are no ISO dates or times stay as they are.
    """
    if isinstance(state, Mapping):
        return {
            name: _earlier(value, now) if name == field and isinstance(value, str) else clamped(value, field, now)
            for name, value in state.items()
        }
    if isinstance(state, list):
        return [clamped(item, field, now) for item in state]
    return state


def _earlier(text: str, now: datetime) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if moment <= now:
        return text
    if len(text) == len("2024-01-01"):
        return now.date().isoformat()
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    local = now.astimezone(moment.tzinfo)
    fraction = "." + "0" * len(match["fraction"]) if match["fraction"] else ""
    return f"{local:%Y-%m-%d}{match['separator']}{local:%H:%M:%S}{fraction}{match['zone']}"
