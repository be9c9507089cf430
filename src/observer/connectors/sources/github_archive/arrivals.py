"""What a sync finds: bodies of archive hours that are new or changed, and hours that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from observer.connectors.sources.github_archive import names
from observer.connectors.sources.github_archive.config import Config
from observer.connectors.sources.github_archive.inflate import file_sha256
from observer.errors import SourceError

Marks = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Body:
    """A file to read. `marks` are kept in the state and tell next time whether it is still the same."""

    name: str
    path: Path
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Same:
    """A file whose marks changed and whose content did not."""

    name: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Missing:
    """An hour that the archive does not have, now."""

    name: str


Arrival = Body | Same | Missing


class Location(Protocol):
    """Where archive files come from."""

    def check(self) -> None:
        """Returns if files can be read; raises SourceError if not."""
        ...

    def arrivals(self, known: Mapping[str, Marks]) -> Iterator[Arrival]:
        """What differs from the `known` marks by file name, in order of hours."""
        ...


class Folder:
    """A local folder of archive files. A file counts as unchanged if size and modification time are."""

    def __init__(self, config: Config) -> None:
        self._folder, self._config = Path(config.location), config

    def check(self) -> None:
        if not self._folder.is_dir():
            raise SourceError(f"there is no folder {self._folder}", where="github-archive", hint="set `location`")
        if not self._paths():
            raise SourceError(f"no archive file in {self._folder}", where="github-archive")

    def arrivals(self, known: Mapping[str, Marks]) -> Iterator[Arrival]:
        if not self._folder.is_dir():
            raise SourceError(f"there is no folder {self._folder}", where="github-archive", hint="set `location`")
        for path in self._paths():
            status = path.stat()
            marks = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
            before = known.get(path.name)
            if before and all(before.get(key) == value for key, value in marks.items()):
                continue
            if before and before.get("bytes") == status.st_size and before.get("sha256") == file_sha256(path):
                yield Same(path.name, marks)
            else:
                yield Body(path.name, path, marks)

    def _paths(self) -> list[Path]:
        found = [path for path in self._folder.iterdir() if names.is_archive_name(path.name) and path.is_file()]
        return sorted((path for path in found if self._is_wanted(path.name)), key=lambda path: _order(path.name))

    def _is_wanted(self, name: str) -> bool:
        hour, start, end = names.named_hour(name), self._config.start, self._config.end
        return hour is None or ((start is None or start <= hour) and (end is None or hour <= end))


def _order(name: str) -> tuple[str, str]:
    hour = names.named_hour(name)
    return (hour.isoformat() if hour else "", name)
