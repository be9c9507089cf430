"""Cron expressions in UTC: whether one can be read, and whether its time has come since a sync."""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import croniter  # type: ignore[import-untyped]  # it comes without types


def require_schedule(text: str) -> str:
    """The expression, if it has five fields that cron understands; raises ValueError with a sentence if not."""
    if len(text.split()) != 5 or not croniter.is_valid(text):
        raise ValueError(f"'{text}' is not a cron expression of five fields, such as '0 3 * * *'")
    return text


def last_time(schedule: str, now: datetime) -> datetime:
    """The last moment at or before `now` that a schedule names, in UTC."""
    # croniter looks for moments before its start, so that one that is `now` itself would be passed over.
    start = now.astimezone(UTC).replace(second=0, microsecond=0)
    if croniter.match(schedule, start):
        return start
    found: datetime = croniter(schedule, start).get_prev(datetime)
    return found


def next_time(schedule: str, now: datetime) -> datetime:
    """The first moment after `now` that a schedule names, in UTC."""
    found: datetime = croniter(schedule, now.astimezone(UTC)).get_next(datetime)
    return found


def is_due(schedule: str, last_sync: datetime | None, now: datetime) -> bool:
    """Whether a schedule's time has come since the last successful sync; always, before the first one."""
    return last_sync is None or last_sync < last_time(schedule, now)
