"""Archive files of the demo world: one for each day, in the archive's own format and with its own defects."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from observer.testing.demo.archive.events import FIRST_FULL, Scene, is_slim, line
from observer.testing.demo.archive.noise import ROWS_A_DAY, noise, squatter
from observer.testing.demo.archive.objects import Place
from observer.testing.demo.archive.timeline import timeline_line
from observer.testing.demo.cast.plan import RepositoryPlan
from observer.testing.demo.chance import Draws
from observer.testing.demo.intents import HOUR
from observer.testing.demo.model import DAY, Commit, Happening, Life
from observer.testing.demo.window import PACIFIC_SHIFT, Window, day_text

FIRST_OWNER_ID = 6_900_000_000
_DUPLICATES, _LATE, _VERY_LATE = 0.0005, 0.03, 0.003
_OLD_ROWS = 500
# The longest line seen in 147,000 rows of 2013.
_LONGEST = 214_000
_LEVEL = 6
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class FileFacts:
    """What a reader must find in one file. `hours` is the number of hours that its name promises.

    `events` are the different events, `duplicates` further copies of them in the same file.
    """

    hours: int
    status: str = "loaded"
    lines: int = 0
    events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    blank: int = 0


@dataclass(slots=True)
class ArchiveFacts:
    """What the archive holds; `observed` are the happenings of the demo's repositories that a reader can know."""

    files: dict[str, FileFacts] = field(default_factory=dict)
    observed: list[tuple[Life, Happening]] = field(default_factory=list)
    lost: int = 0
    restated: int = 0
    star_counts: list[tuple[Life, int, int]] = field(default_factory=list)


# The hour since 1970 and the second in which it reached the archive (before 2015 in Pacific time), and the line.
Row = tuple[int, int, bytes]


class ArchiveWriter:
    """Writes the files of a window into a folder and keeps the account of what is in them."""

    def __init__(self, folder: Path, seed: int, window: Window, scale: float, days_a_file: int) -> None:
        self._folder, self._seed, self._window, self._scale = folder, seed, window, scale
        self._days_a_file = days_a_file
        self._owners: dict[str, int] = {}
        self.facts = ArchiveFacts()

    def write(self, lives: Iterable[Life], ids: Mapping[int, str]) -> ArchiveFacts:
        """Writes all files. `ids` gives the object id of every commit by its uid."""
        self._folder.mkdir(parents=True)
        lives = list(lives)
        commits = {commit.uid: commit for life in lives for commit in life.commits}
        by_day: dict[int, list[tuple[Life, Scene, Happening]]] = {}
        for life in lives:
            for happening, scene in self._scenes(life, ids, commits):
                by_day.setdefault(self._file_day(happening.time), []).append((life, scene, happening))
        late: list[Row] = []
        for days in self._blocks():
            rows = [*late, *(row for day in days for row in self._rows(day, by_day.get(day, [])))]
            end = 24 * days.stop
            late = [row for row in rows if row[0] >= end]
            self._write_days(days, sorted(row for row in rows if row[0] < end))
        return self.facts

    def _blocks(self) -> list[range]:
        """The days that share a file: `days_a_file` of the window, each old day by itself."""
        start, end = self._window.start_day, self._window.end_day + 1
        old = [range(day, day + 1) for day in self._window.old_days]
        return old + [range(day, min(day + self._days_a_file, end)) for day in range(start, end, self._days_a_file)]

    def _file_day(self, time: int) -> int:
        old = self._window.old_day_of(time)
        return time // DAY if old is None else old

    def _scenes(
        self, life: Life, ids: Mapping[int, str], commits: Mapping[int, Commit]
    ) -> Iterator[tuple[Happening, Scene]]:
        """Every happening with the repository as it was named and counted at that moment."""
        stars = int(life.plan.stars * life.plan.age / 4)
        forks = stars // 9
        for happening in life.happenings:
            stars += happening.kind == "WatchEvent"
            forks += happening.kind == "ForkEvent"
            name = life.plan.name_on(self._window.end_day + 1 - happening.time / DAY, self._window.days)
            place = Place(life.repository_id, name, self._owner_id(name), _is_organization(life.plan), life.plan.branch,
                          stars, forks)  # fmt: skip
            yield happening, Scene(place, ids, commits)

    def _owner_id(self, name: str) -> int:
        owner = name.partition("/")[0].lower()
        return self._owners.setdefault(owner, FIRST_OWNER_ID + 11 * len(self._owners))

    # Rows

    def _rows(self, day: int, own: list[tuple[Life, Scene, Happening]]) -> Iterator[Row]:
        """All rows of a day, and the account of the demo's own."""
        draws, serial = Draws(self._seed, "rows", day), day * 100_000
        for life, scene, happening in own:
            serial += 1 + draws.below(7)
            arrival = self._arrival(draws, happening.time)
            yield self._row(day, arrival, _line(happening, scene, serial))
            self._account(life, happening, arrival, scene.place)
        for place, happening in self._background(day):
            if self._file_day(happening.time) == day:
                serial += 1 + draws.below(7)
                line = _line(happening, Scene(place, {}, {}), serial)
                yield self._row(day, self._arrival(draws, happening.time), line)

    def _background(self, day: int) -> Iterator[tuple[Place, Happening]]:
        """The rest of the world; once it says something very long, and now and then it uses a name of ours."""
        window = self._window
        if day < window.start_day:
            yield from noise(self._seed, day, year=int(day_text(day)[:4]), rows=_OLD_ROWS * self._scale)
            return
        long_from = HOUR * 12 + DAY * day if day == window.two_members_day else None
        for place, happening in noise(self._seed, day, year=2022, rows=ROWS_A_DAY * self._scale):
            if long_from and happening.kind == "IssueCommentEvent" and happening.time > long_from:
                yield place, replace(happening, size=_LONGEST)
                long_from = None
            else:
                yield place, happening
        if (window.end_day - day) % 30 == 3 and window.end_day - day < window.days // 2 - 1:
            yield squatter(self._seed, day)

    def _row(self, day: int, arrival: int, text: bytes) -> Row:
        if day in self._window.old_days:
            local = arrival - (PACIFIC_SHIFT if arrival < FIRST_FULL else 0)
            return min(24 * day + 23, local // HOUR), arrival, text
        return arrival // HOUR, arrival, text

    def _arrival(self, draws: Draws, time: int) -> int:
        """When a row reached the archive; most at once, some later, so that files are not in order."""
        fate = draws.unit()
        if fate >= _LATE:
            return time
        return time + 1 + draws.below(600 if fate < _VERY_LATE else 20)

    def _account(self, life: Life, happening: Happening, arrival: int, place: Place) -> None:
        is_old = self._window.old_day_of(happening.time) is not None
        if not is_old and not self._window.is_readable(arrival):
            self.facts.lost += 1
            return
        self.facts.observed.append((life, happening))
        shows_stars = happening.time < FIRST_FULL or happening.kind.startswith("PullRequest")
        if shows_stars and not is_slim(happening.time):
            self.facts.star_counts.append((life, happening.time, place.stars))

    # Files

    def _write_days(self, days: range, rows: list[Row]) -> None:
        for hours in _segments(self._window, days):
            facts = FileFacts(len(hours))
            part = [row for row in rows if row[0] in hours]
            lines = self._with_defects(hours, part, facts)
            self._write_file(hours, b"".join(text + b"\n" for text in lines), facts)
        restated = _absolute(self._window.restated_hour)
        if restated is not None and restated // 24 in days:
            inside = [text for hour, _, text in rows if hour == restated]
            self.facts.restated = len(inside)
            found = FileFacts(1, lines=len(inside), events=len(inside))
            self._write_file(range(restated, restated + 1), b"".join(text + b"\n" for text in inside), found)

    def _write_file(self, hours: range, data: bytes, facts: FileFacts) -> None:
        name = file_name(hours)
        self.facts.files[name] = facts
        packed = _pack(data)
        if hours.start == _absolute(self._window.cut_hour):
            facts.status, facts.events = "corrupt", 0
            packed = packed[: len(packed) * 6 // 10]
        elif self._window.two_members_day is not None and 24 * self._window.two_members_day in hours:
            middle = data.find(b"\n", len(data) // 2) + 1
            packed = _pack(data[:middle]) + _pack(data[middle:])
        (self._folder / name).write_bytes(packed)

    def _with_defects(self, hours: range, rows: list[Row], facts: FileFacts) -> list[bytes]:
        """The lines of a file: rows, a few of them twice, and in one file some that are damaged."""
        lines: list[bytes] = []
        draws, restated = Draws(self._seed, "defects", hours.start), _absolute(self._window.restated_hour)
        for number, (hour, _, text) in enumerate(rows):
            # The first edition of the hour that is restated lacks every third row.
            if hour == restated and number % 3 == 0:
                continue
            lines.append(text)
            facts.events += 1
            if draws.chance(_DUPLICATES):
                lines.append(text)
                facts.duplicates += 1
        bad = self._window.bad_lines_day
        if bad is not None and 24 * bad in hours and len(lines) > 4:
            lines[2:2] = [lines[3][: len(lines[3]) // 2], b"", b"[]"]
            lines[0] = _BOM + lines[0]
            lines[-1] += b"\r"
            facts.quarantined += 2
            facts.blank += 1
        facts.lines = len(lines)
        return lines


def file_name(hours: range) -> str:
    """The name of a file that covers hours since 1970: `2026-03-01-0..23.json.gz`, or `2026-03-01-7.json.gz`.

    Both hours count from the midnight that begins the named day, so that 0..167 is a week.
    """
    midnight = hours.start // 24 * 24
    last = f"..{hours.stop - 1 - midnight}" if len(hours) > 1 else ""
    return f"{day_text(hours.start // 24)}-{hours.start - midnight}{last}.json.gz"


def _absolute(hour: tuple[int, int] | None) -> int | None:
    """An hour of a day as hours since 1970."""
    return None if hour is None else 24 * hour[0] + hour[1]


def _segments(window: Window, days: range) -> list[range]:
    """The runs of hours that have a file of their own: gaps part them, and the cut hour stands alone."""
    edges = {24 * days.start, 24 * days.stop}
    gaps: set[int] = set()
    cut = _absolute(window.cut_hour)
    if window.missing_day is not None:
        gaps.update(range(24 * window.missing_day, 24 * window.missing_day + 24))
    if window.missing_hour is not None:
        gaps.add(24 * window.missing_hour[0] + window.missing_hour[1])
    for hour in {*gaps, *(() if cut is None else (cut,))}:
        edges.update((hour, hour + 1))
    inside = sorted(edge for edge in edges if 24 * days.start <= edge <= 24 * days.stop)
    return [range(start, stop) for start, stop in pairwise(inside) if start not in gaps]


def _pack(data: bytes) -> bytes:
    return gzip.compress(data, _LEVEL, mtime=0)


def _line(happening: Happening, scene: Scene, event_id: int) -> bytes:
    return timeline_line(happening, scene) if happening.time < FIRST_FULL else line(happening, scene, event_id)


def _is_organization(plan: RepositoryPlan) -> bool:
    return plan.owner != "sundial-keeper-demo"
