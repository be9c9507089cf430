"""How the last sync of a connector went: what operation needs to know, and what a release cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Age(StrEnum):
    """How old a connector's last successful sync is, against what is expected of it."""

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"
    NEVER = "never synced"


@dataclass(frozen=True, slots=True)
class SyncRecord:
    """The last sync of one connector.

    `succeeded_at` is the end of the last one that went well, this one or an earlier one; `error` is what was wrong with
    this one, empty if nothing was. `streams` are those that the connector offered, each with `name`, `key`,
    `is_incremental` and `fields`.
    """

    connector: str
    ended_at: datetime
    succeeded_at: datetime | None
    rows: int
    quarantined: int
    error: str | None
    streams: Sequence[Mapping[str, object]] = ()

    @property
    def is_ok(self) -> bool:
        """Whether the last sync went well."""
        return self.error is None


def age_of(
    succeeded_at: datetime | None, now: datetime, warn_after_hours: float | None, error_after_hours: float | None
) -> Age:
    """The age of a last successful sync; without an expectation any is fresh."""
    if succeeded_at is None:
        return Age.NEVER
    hours = (now - succeeded_at).total_seconds() / 3600
    if error_after_hours is not None and hours > error_after_hours:
        return Age.STALE
    return Age.LATE if warn_after_hours is not None and hours > warn_after_hours else Age.FRESH


@dataclass(frozen=True, slots=True)
class Freshness:
    """How the syncs of one enabled connector stand: ages in hours, times in UTC."""

    connector: str
    age: Age
    last_success_at: datetime | None
    last_attempt_at: datetime | None
    is_last_ok: bool | None
    warn_after_hours: float | None
    error_after_hours: float | None
