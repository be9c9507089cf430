"""Archive hours by URL: asked for one by one under the transport's rules, landed under their digest before reading."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from observer.connectors.sources.files.download import Downloaded, Downloader, NotThereError, host_of
from observer.connectors.sources.github_archive import names
from observer.connectors.sources.github_archive.arrivals import Arrival, Body, Marks, Missing, Same
from observer.connectors.sources.github_archive.config import Config, last_written_hour

_VALIDATORS = ("etag", "last_modified")


class Url:
    """Archive hours behind a URL template. `exchange_options` replace resolver, clock and sleep in tests."""

    def __init__(self, config: Config, **exchange_options: Callable[..., object]) -> None:
        self._config, self._exchange_options = config, exchange_options
        self._suffix = next((s for s in names.SUFFIXES if config.location.endswith(s)), ".json.gz")
        self._landed = config.staging / "landed"

    def check(self) -> None:
        """Asks for the first hour; an hour that is not there is no error."""
        first = next(self._hours(), None)
        if first is None:
            return
        with self._downloader() as downloader:
            try:
                downloader.file(self._url(first), None)
            except NotThereError:
                return

    def arrivals(self, known: Mapping[str, Marks]) -> Iterator[Arrival]:
        """Raises TransientSourceError when the archive does not answer; what came before it stands."""
        settled = self._config.observed_at - timedelta(hours=self._config.recheck_hours)
        with self._downloader() as downloader:
            for hour in self._hours():
                name = names.hour_name(hour, self._suffix)
                before = known.get(name, {})
                is_loaded = before.get("loaded") is not None
                if is_loaded and hour < settled:
                    continue
                arrival = self._ask(downloader, hour, name, before)
                if arrival is not None and not (is_loaded and isinstance(arrival, Missing)):
                    yield arrival

    def _hours(self) -> Iterator[datetime]:
        hour, last = self._config.start, last_written_hour(self._config.observed_at)
        last = min(last, self._config.end) if self._config.end else last
        while hour is not None and hour <= last:
            yield hour
            hour += timedelta(hours=1)

    def _url(self, hour: datetime) -> str:
        return self._config.location.replace("{date}", f"{hour:%Y-%m-%d}").replace("{hour}", str(hour.hour))

    @contextmanager
    def _downloader(self) -> Iterator[Downloader]:
        hosts = frozenset({host_of(self._config.location)})
        downloader = Downloader(hosts, self._config.transport, **self._exchange_options)
        try:
            yield downloader
        finally:
            downloader.close()

    def _ask(self, downloader: Downloader, hour: datetime, name: str, before: Marks) -> Arrival | None:
        self._landed.mkdir(parents=True, exist_ok=True)
        partial = self._landed / f".{os.getpid()}.partial"
        asked = {mark: value for mark in _VALIDATORS if isinstance(value := before.get(mark), str)}
        try:
            done = downloader.file(self._url(hour), partial, limit=self._config.limits.max_file_bytes, known=asked)
            if done.path is None:
                return None
            path, marks = self._land(done, done.path)
        except NotThereError:
            return Missing(name)
        finally:
            partial.unlink(missing_ok=True)
        return Same(name, marks) if done.sha256 == before.get("sha256") else Body(name, path, marks)

    def _land(self, done: Downloaded, partial: Path) -> tuple[Path, Marks]:
        """Stores a body under its SHA-256, in the place of one of that digest which is there already."""
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        path = self._landed / done.sha256[:2] / f"{done.sha256}{self._suffix}"
        path.parent.mkdir(exist_ok=True)
        partial.replace(path)
        return path, {"bytes": path.stat().st_size, **done.validators}
