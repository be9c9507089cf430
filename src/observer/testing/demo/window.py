"""Which hours the archive of the demo world has, and where it is damaged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from observer.testing.demo.cast.plan import OLD_SAMPLE_DAYS
from observer.testing.demo.chance import Draws
from observer.testing.demo.model import DAY

_LEAST_DAYS_FOR_DAMAGE = 40
PACIFIC_SHIFT = 7 * 3_600


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def day_text(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Window:
    """The last `days` days up to `end_day`, and two days of the past, as numbers of days since 1970.

    Hours are (day, hour). Damage is left out of archives shorter than 40 days, where it would be most of the data.
    """

    end_day: int
    days: int

    @property
    def start_day(self) -> int:
        return self.end_day - self.days + 1

    @property
    def old_days(self) -> tuple[int, ...]:
        numbers = (day_number(date.fromisoformat(text)) for text in OLD_SAMPLE_DAYS)
        return tuple(day for day in numbers if day < self.start_day)

    def _at(self, share: float) -> int | None:
        """A day so far from the end, in parts of the archive; the last 30 days stay whole where there are 100."""
        if self.days < _LEAST_DAYS_FOR_DAMAGE:
            return None
        least = 30 + int(100 * share) if self.days >= 100 else 0
        return self.end_day - 1 - max(least, int(self.days * share))

    @property
    def missing_day(self) -> int | None:
        return self._at(0.31)

    @property
    def missing_hour(self) -> tuple[int, int] | None:
        day = self._at(0.17)
        return None if day is None else (day, 13)

    @property
    def cut_hour(self) -> tuple[int, int] | None:
        """The hour whose file is a gzip cut in the middle; nothing of it may be counted."""
        day = self._at(0.08)
        return None if day is None else (day, 15)

    @property
    def restated_hour(self) -> tuple[int, int] | None:
        """The hour that has a second file with the same events and some that the first file lacks."""
        day = self._at(0.12)
        return None if day is None else (day, 14)

    @property
    def bad_lines_day(self) -> int | None:
        return self._at(0.05)

    @property
    def two_members_day(self) -> int | None:
        """The day whose file consists of two gzip members."""
        return self._at(0.22)

    def holds(self, time: int) -> bool:
        """Whether a second falls into the days of the archive; old days are in the clock of California."""
        day = time // DAY
        return self.start_day <= day <= self.end_day or self.old_day_of(time) is not None

    def old_day_of(self, time: int) -> int | None:
        """The old sample day whose files would hold a second; before 2015 the files follow Pacific summer time."""
        for day in self.old_days:
            start = day * DAY + (PACIFIC_SHIFT if day < day_number(date(2015, 1, 1)) else 0)
            if start <= time < start + DAY:
                return day
        return None

    def is_readable(self, arrival: int) -> bool:
        """Whether a reader can know of an event that reached the archive at a second of the recent days."""
        day, hour = arrival // DAY, arrival % DAY // 3_600
        if not self.start_day <= day <= self.end_day or day == self.missing_day:
            return False
        return (day, hour) not in (self.missing_hour, self.cut_hour)

    def safe_day(self, draws: Draws, newest: int, oldest: int) -> int:
        """A day without damage, by its age in days, for what must be seen in any archive."""
        hours = (self.missing_hour, self.cut_hour)
        damaged = {self.missing_day, *(hour[0] for hour in hours if hour)}
        first = max(self.start_day, self.end_day - oldest)
        days = [day for day in range(first, self.end_day - newest + 1) if day not in damaged]
        return draws.pick(days or [self.end_day])
