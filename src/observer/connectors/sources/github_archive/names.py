"""Names of archive files and the hour that a name stands for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SUFFIXES = (".json.gz", ".json.zst", ".json")
_NAME = re.compile(r"(\d{4})-(\d{2})-(\d{2})-(\d{1,2})(?:\.\.(\d{1,4}))?(?=\D|$)")
_FIRST_UTC_NAME = datetime(2015, 1, 1, tzinfo=UTC)


def is_archive_name(name: str) -> bool:
    """Whether a file of this name is read; hidden and half-written files are not."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def hour_name(hour: datetime, suffix: str = ".json.gz") -> str:
    """The file name of an hour; the hour of the day is not padded: `2015-01-01-0.json.gz`."""
    return f"{hour:%Y-%m-%d}-{hour.hour}{suffix}"


def named_hour(name: str) -> datetime | None:
    """The hour as the name says it, or nothing if the name holds no hour."""
    match = _NAME.match(name)
    if match is None:
        return None
    year, month, day, hour = (int(part) for part in match.groups()[:4])
    try:
        return datetime(year, month, day, hour, tzinfo=UTC)
    except ValueError:
        return None


def last_utc_hour(name: str) -> datetime | None:
    """The last hour that a name stands for: `2026-03-01-0..23` is a day, `2026-03-01-0..167` a week of hours.

    Both numbers count from the midnight that begins the named day; a name with one number is one hour.
    """
    first, match = utc_hour(name), _NAME.match(name)
    if first is None or match is None or match.group(5) is None:
        return first
    return first + timedelta(hours=max(int(match.group(5)) - int(match.group(4)), 0))


def utc_hour(name: str) -> datetime | None:
    """The hour in UTC. Names up to 2014 are in Pacific time, as their records are; later ones are in UTC.

    Since 2025-05-24 a file holds the events that arrived in its hour, so an event may be of the hour before.
    """
    hour = named_hour(name)
    if hour is None or hour >= _FIRST_UTC_NAME:
        return hour
    return hour + timedelta(hours=7 if _is_pacific_summer(hour) else 8)


def _is_pacific_summer(local: datetime) -> bool:
    """Daylight saving in the United States since 2007: second Sunday of March to first Sunday of November, 02:00."""
    return _sunday(local.year, 3, 2) <= local < _sunday(local.year, 11, 1)


def _sunday(year: int, month: int, count: int) -> datetime:
    first = datetime(year, month, 1, 2, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (count - 1))
