"""Archive hours by URL: asked for one by one, retried, landed under their digest before anything reads them."""

from __future__ import annotations

import email.utils
import hashlib
import os
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx

from observer.connectors.sources.github_archive import names
from observer.connectors.sources.github_archive.arrivals import Arrival, Body, Marks, Missing, Same
from observer.connectors.sources.github_archive.config import Config, last_written_hour
from observer.errors import SourceError, TransientSourceError

_ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0
_BLOCK = 1024 * 1024

Sleep = Callable[[float], None]
_T = TypeVar("_T")


class _UnavailableError(Exception):
    """One attempt failed in a way that may pass; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Url:
    """Archive hours behind a URL template. `sleep` takes seconds; tests give one that does not wait."""

    def __init__(self, config: Config, sleep: Sleep) -> None:
        self._config, self._sleep = config, sleep
        self._suffix = next((s for s in names.SUFFIXES if config.location.endswith(s)), ".json.gz")
        self._landed = config.staging / "landed"

    def check(self) -> None:
        """Asks for the first hour; an hour that is not there is no error."""
        first = next(self._hours(), None)
        if first is None:
            return
        with self._client() as client:
            self._retried(lambda: self._head(client, self._url(first)))

    def arrivals(self, known: Mapping[str, Marks]) -> Iterator[Arrival]:
        """Raises TransientSourceError when the archive does not answer; what came before it stands."""
        settled = self._config.observed_at - timedelta(hours=self._config.recheck_hours)
        with self._client() as client:
            for hour in self._hours():
                name = names.hour_name(hour, self._suffix)
                before = known.get(name, {})
                is_loaded = before.get("loaded") is not None
                if is_loaded and hour < settled:
                    continue
                arrival = self._ask(client, hour, name, before)
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

    def _client(self) -> httpx.Client:
        # No proxy and no redirect: the host that is named in the configuration answers itself.
        return httpx.Client(timeout=self._config.timeout_seconds, trust_env=False, follow_redirects=False)

    def _ask(self, client: httpx.Client, hour: datetime, name: str, before: Marks) -> Arrival | None:
        headers = {"accept-encoding": "identity"}
        for header, mark in (("if-none-match", "etag"), ("if-modified-since", "last_modified")):
            if isinstance(value := before.get(mark), str):
                headers[header] = value
        return self._retried(lambda: self._get(client, self._url(hour), name, headers, before))

    def _retried(self, attempt: Callable[[], _T]) -> _T:
        for number in range(_ATTEMPTS):
            try:
                return attempt()
            except _UnavailableError as failure:
                if number == _ATTEMPTS - 1:
                    raise TransientSourceError(
                        f"the archive does not answer: {failure}", where="github-archive", hint="sync again later"
                    ) from failure
                wait = _FIRST_WAIT_SECONDS * 2**number * random.uniform(0.5, 1.0)  # noqa: S311
                self._sleep(min(_LONGEST_WAIT_SECONDS, failure.wait if failure.wait is not None else wait))
        raise AssertionError("the last attempt returns or raises")

    def _head(self, client: httpx.Client, url: str) -> None:
        try:
            response = client.head(url)
        except httpx.TransportError as error:
            raise _UnavailableError(f"{url}: {error!r}") from error
        if response.status_code != httpx.codes.NOT_FOUND:
            _raise_for_status(response)

    def _get(
        self, client: httpx.Client, url: str, name: str, headers: Mapping[str, str], before: Marks
    ) -> Arrival | None:
        try:
            with client.stream("GET", url, headers=headers) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    return None
                if response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
                    return Missing(name)
                _raise_for_status(response)
                path, sha256 = self._land(response)
                marks = _marks(response, path)
        except httpx.TransportError as error:
            raise _UnavailableError(f"{url}: {error!r}") from error
        if sha256 == before.get("sha256"):
            return Same(name, marks)
        return Body(name, path, marks)

    def _land(self, response: httpx.Response) -> tuple[Path, str]:
        """Stores a body under its SHA-256; a body of that digest which is there already is kept."""
        self._landed.mkdir(parents=True, exist_ok=True)
        partial = self._landed / f".{os.getpid()}.partial"
        digest, size = hashlib.sha256(), 0
        try:
            with partial.open("wb") as file:
                for block in response.iter_raw(_BLOCK):
                    size += len(block)
                    if size > self._config.limits.max_file_bytes:
                        raise SourceError(f"{response.url} is larger than {self._config.limits.max_file_bytes} bytes")
                    digest.update(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            sha256 = digest.hexdigest()
            path = self._landed / sha256[:2] / f"{sha256}{self._suffix}"
            path.parent.mkdir(exist_ok=True)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return path, sha256


def _marks(response: httpx.Response, path: Path) -> Marks:
    headers = {"etag": response.headers.get("etag"), "last_modified": response.headers.get("last-modified")}
    return {"bytes": path.stat().st_size} | {mark: value for mark, value in headers.items() if value}


def _raise_for_status(response: httpx.Response) -> None:
    status, url = response.status_code, response.url
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _UnavailableError(f"{url} answers {status}", _retry_after(response.headers.get("retry-after")))
    if status != httpx.codes.OK:
        raise SourceError(f"{url} answers {status}", where="github-archive", hint="check `location`")


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or a date; nothing if it says neither."""
    if value is None:
        return None
    if value.isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
