"""Archive files of the demo world: one for each day, in the archive's own format and with its own defects."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from observer.testing.demo.archive.events import FIRST_FULL, Scene, is_slim, line
from observer.testing.demo.archive.noise import ROWS_A_DAY, noise
from observer.testing.demo.archive.objects import Place
from observer.testing.demo.archive.timeline import timeline_line
from observer.testing.demo.cast.plan import RepositoryPlan
from observer.testing.demo.chance import Draws
from observer.testing.demo.model import DAY, Commit, Happening, Life
from observer.testing.demo.window import Window, day_text

FIRST_OWNER_ID = 6_900_000_000
_DUPLICATES, _LATE, _VERY_LATE = 0.0005, 0.03, 0.003
_OLD_ROWS = 500
_LEVEL = 6
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class FileFacts:
    """What a reader must find in one file. `hours` are the first and last hour that its name gives.

    `events` are the different events, `duplicates` further copies of them in the same file.
    """

    hours: tuple[int, int]
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


Row = tuple[int, bytes]


class ArchiveWriter:
    """Writes the files of a window into a folder and keeps the account of what is in them."""

    def __init__(self, folder: Path, seed: int, window: Window, scale: float) -> None:
        self._folder, self._seed, self._window, self._scale = folder, seed, window, scale
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
        for day in (*self._window.old_days, *range(self._window.start_day, self._window.end_day + 1)):
            rows = [*late, *self._rows(day, by_day.get(day, []))]
            limit = (day + 2) * DAY if day in self._window.old_days else (day + 1) * DAY
            late = [row for row in rows if row[0] >= limit]
            self._write_day(day, [row for row in rows if row[0] < limit])
        return self.facts

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
            name = life.plan.name_on(self._window.end_day + 1 - happening.time / DAY)
            place = Place(life.repository_id, name, self._owner_id(name), _is_organization(life.plan), life.plan.branch,
                          stars, forks)  # fmt: skip
            yield happening, Scene(place, ids, commits)

    def _owner_id(self, name: str) -> int:
        owner = name.partition("/")[0].lower()
        return self._owners.setdefault(owner, FIRST_OWNER_ID + 11 * len(self._owners))

    # Rows

    def _rows(self, day: int, own: list[tuple[Life, Scene, Happening]]) -> Iterator[Row]:
        """All rows of a day as (arrival, line), and the account of the demo's own."""
        draws, serial = Draws(self._seed, "rows", day), day * 100_000
        for life, scene, happening in own:
            serial += 1 + draws.below(7)
            arrival = self._arrival(draws, happening.time)
            yield arrival, _line(happening, scene, serial)
            self._account(life, happening, arrival, scene.place)
        year = 2022 if day >= self._window.start_day else int(day_text(day)[:4])
        rows = _OLD_ROWS if day < self._window.start_day else ROWS_A_DAY
        for place, happening in noise(self._seed, day, year=year, rows=rows * self._scale):
            if self._file_day(happening.time) == day:
                serial += 1 + draws.below(7)
                yield self._arrival(draws, happening.time), _line(happening, Scene(place, {}, {}), serial)

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
        shows_stars = happening.time < FIRST_FULL or happening.kind == "PullRequestEvent"
        if shows_stars and not is_slim(happening.time):
            self.facts.star_counts.append((life, happening.time, place.stars))

    # Files

    def _write_day(self, day: int, rows: list[Row]) -> None:
        window = self._window
        rows.sort()
        for first, last in _pieces(window, day):
            part = [row for row in rows if first <= self._hour(day, row[0]) <= last]
            name = f"{day_text(day)}-{first}{f'..{last}' if last > first else ''}.json.gz"
            facts = FileFacts((first, last))
            self.facts.files[name] = facts
            lines = self._with_defects(day, part, facts)
            data = b"".join(text + b"\n" for text in lines)
            if (day, first) == window.cut_hour:
                facts.status, facts.events = "corrupt", 0
                packed = _pack(data or b"{}\n")
                data_on_disk = packed[: max(20, len(packed) * 6 // 10)]
            elif day == window.two_members_day:
                middle = data.find(b"\n", len(data) // 2) + 1
                data_on_disk = _pack(data[:middle]) + _pack(data[middle:])
            else:
                data_on_disk = _pack(data)
            (self._folder / name).write_bytes(data_on_disk)
        if window.restated_hour and window.restated_hour[0] == day:
            self._restate(day, window.restated_hour[1], rows)

    def _hour(self, day: int, arrival: int) -> int:
        if day in self._window.old_days:
            shift = 7 * 3_600 if arrival < FIRST_FULL else 0
            return min(23, (arrival - shift - day * DAY) // 3_600)
        return arrival % DAY // 3_600

    def _with_defects(self, day: int, rows: list[Row], facts: FileFacts) -> list[bytes]:
        """The lines of a file: rows, a few of them twice, and on one day some that are damaged."""
        lines: list[bytes] = []
        draws = Draws(self._seed, "defects", day, facts.hours[0])
        for number, (arrival, text) in enumerate(rows):
            # The first edition of the hour that is restated lacks every third row.
            if number % 3 == 0 and (day, self._hour(day, arrival)) == self._window.restated_hour:
                continue
            lines.append(text)
            facts.events += 1
            if draws.chance(_DUPLICATES):
                lines.append(text)
                facts.duplicates += 1
        if day == self._window.bad_lines_day and len(lines) > 4:
            lines[2:2] = [lines[3][: len(lines[3]) // 2], b"", b"[]"]
            lines[0] = _BOM + lines[0]
            lines[-1] += b"\r"
            facts.quarantined += 2
            facts.blank += 1
        facts.lines = len(lines)
        return lines

    def _restate(self, day: int, hour: int, rows: list[Row]) -> None:
        inside = [text for arrival, text in rows if self._hour(day, arrival) == hour]
        name = f"{day_text(day)}-{hour}.json.gz"
        (self._folder / name).write_bytes(_pack(b"".join(text + b"\n" for text in inside)))
        self.facts.files[name] = FileFacts((hour, hour), lines=len(inside), events=len(inside))
        self.facts.restated = len(inside)


def _pieces(window: Window, day: int) -> list[tuple[int, int]]:
    """The ranges of hours that have a file of their own on a day."""
    if day == window.missing_day:
        return []
    for gap in (window.missing_hour, window.cut_hour):
        if gap and gap[0] == day:
            pieces = [(0, gap[1] - 1), (gap[1] + 1, 23)]
            return pieces if gap == window.missing_hour else [pieces[0], (gap[1], gap[1]), pieces[1]]
    return [(0, 23)]


def _pack(data: bytes) -> bytes:
    return gzip.compress(data, _LEVEL, mtime=0)


def _line(happening: Happening, scene: Scene, event_id: int) -> bytes:
    return timeline_line(happening, scene) if happening.time < FIRST_FULL else line(happening, scene, event_id)


def _is_organization(plan: RepositoryPlan) -> bool:
    return plan.owner != "sundial-keeper-demo"
