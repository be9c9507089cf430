"""Where dated files lie: a folder, an S3 or Google bucket, or a page of links. Each lists files and fetches one."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree

from observer.connectors.sources.bucket.signing import Credentials, signed_headers
from observer.connectors.sources.files.download import Downloader, Sign
from observer.connectors.sources.files.unpack import sha256_of
from observer.errors import ConfigError, SourceError

MAX_FILES = 200_000
MAX_LISTING_BYTES = 16 * 1024 * 1024
_MAX_FOLDERS = 1000
_LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file: its path below the location, and a mark that changes with its content."""

    path: str
    mark: str
    address: str


class Store(Protocol):
    """Lists files and brings one to this machine."""

    def files(self) -> Iterator[StoredFile]:
        """All files below the location."""
        ...

    def fetch(self, file: StoredFile, target: Path, limit: int) -> tuple[Path, str]:
        """The file, at `target` or where it lies, and its SHA-256."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder of this machine. Links that lead out of it are passed over."""

    folder: Path

    def files(self) -> Iterator[StoredFile]:
        """All files below the folder by path."""
        if not self.folder.is_dir():
            raise SourceError("there is no such folder", where=str(self.folder))
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                facts = path.stat()
                name = path.relative_to(self.folder).as_posix()
                yield StoredFile(name, f"{facts.st_size}-{facts.st_mtime_ns}", str(path))

    def fetch(self, file: StoredFile, target: Path, limit: int) -> tuple[Path, str]:
        """The file where it lies."""
        path = Path(file.address)
        try:
            if path.stat().st_size > limit:
                raise SourceError(f"more than {limit:,} bytes", where=file.path, hint="raise `max_file_bytes`")
            return path, sha256_of(path)
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}", where=file.path) from error


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A bucket that speaks S3's XML API, as Amazon, Google and most others do. `base` is the bucket's address."""

    base: str
    prefix: str
    downloader: Downloader
    credentials: Credentials | None
    clock: Callable[[], datetime]
    scratch: Path

    def files(self) -> Iterator[StoredFile]:
        """All objects with the prefix, in the order of their keys."""
        token, seen = "", set[str]()
        for _ in range(MAX_FILES // 100):
            root = self._page(token)
            for entry in _all(root, "Contents"):
                key = _child(entry, "Key")
                if not key.endswith("/"):
                    mark = f"{_child(entry, 'ETag').strip(chr(34))}-{_child(entry, 'Size')}"
                    yield StoredFile(
                        key.removeprefix(self.prefix).lstrip("/"), mark, f"{self.base}/{quote(key, safe='/~')}"
                    )
            token = _child(root, "NextContinuationToken")
            if _child(root, "IsTruncated") != "true":
                return
            if not token or token in seen:
                raise SourceError("the list of files leads in a circle", where=self.base)
            seen.add(token)
        raise SourceError(f"more than {MAX_FILES:,} files", where=self.base, hint="name a longer prefix")

    def fetch(self, file: StoredFile, target: Path, limit: int) -> tuple[Path, str]:
        """The object as a file at `target`."""
        done = self.downloader.file(file.address, target, limit=limit, sign=self._sign())
        return target, done.sha256

    def _page(self, token: str) -> ElementTree.Element:
        query = {"list-type": "2", "max-keys": "1000", "prefix": self.prefix} | (
            {"continuation-token": token} if token else {}
        )
        text = "&".join(f"{name}={quote(value, safe='~')}" for name, value in sorted(query.items()))
        body = self.downloader.text(f"{self.base}?{text}", self.scratch, limit=MAX_LISTING_BYTES, sign=self._sign())
        if "<!DOCTYPE" in body or "<!ENTITY" in body:
            raise SourceError("the list of files is no list of a bucket", where=self.base)
        try:
            return ElementTree.fromstring(body)  # noqa: S314 - without a document type nothing is expanded
        except ElementTree.ParseError as error:
            raise SourceError(f"the list of files is not whole: {error}", where=self.base) from error

    def _sign(self) -> Sign | None:
        found = self.credentials
        if found is None:
            return None
        return lambda method, url: signed_headers(found, method, url, self.clock().astimezone(UTC))


@dataclass(frozen=True, slots=True)
class PageStore:
    """A web page of links, as servers write them for folders; links into folders below are followed."""

    url: str
    downloader: Downloader
    headers: Mapping[str, str]
    scratch: Path

    def files(self) -> Iterator[StoredFile]:
        """All files that the pages link to, below the first page's address."""
        root = self.url if self.url.endswith("/") else self.url + "/"
        waiting, seen, count = [root], {root}, 0
        while waiting:
            page = waiting.pop(0)
            text = self.downloader.text(page, self.scratch, limit=MAX_LISTING_BYTES, headers=self.headers)
            for address in _links(text, page):
                if not address.startswith(root) or address in seen:
                    continue
                seen.add(address)
                count += 1
                if count > MAX_FILES or len(seen) > MAX_FILES:
                    raise SourceError(f"more than {MAX_FILES:,} files", where=root)
                if not address.endswith("/"):
                    path = unquote(address.removeprefix(root))
                    yield StoredFile(path, "", address)
                elif len(waiting) < _MAX_FOLDERS:
                    waiting.append(address)

    def fetch(self, file: StoredFile, target: Path, limit: int) -> tuple[Path, str]:
        """The file that a link leads to, at `target`."""
        done = self.downloader.file(file.address, target, limit=limit, headers=self.headers)
        return target, done.sha256


def bucket_address(location: str, endpoint: str, region: str) -> tuple[str, str]:
    """The address of the bucket of `s3://bucket/prefix` or `gs://bucket/prefix`, and the prefix. Raises ConfigError."""
    parts = urlsplit(location)
    bucket, prefix = parts.netloc, parts.path.lstrip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,221}", bucket):
        raise ConfigError(f"{bucket!r} is no name of a bucket", where="location")
    if endpoint:
        return f"{endpoint.rstrip('/')}/{bucket}", prefix
    if parts.scheme == "gs":
        return f"https://storage.googleapis.com/{bucket}", prefix
    return f"https://s3.{region}.amazonaws.com/{bucket}", prefix


def listing_mark(file: StoredFile) -> str:
    """A short mark of a file for the state."""
    return hashlib.sha256(f"{file.path}\0{file.mark}".encode()).hexdigest()[:16]


def _links(text: str, page: str) -> list[str]:
    """The addresses that a page, or a plain list with one name a line, names; without queries and fragments."""
    if "<" in text:
        found = [html.unescape(link) for link in _LINK.findall(text)]
    else:
        found = [line.strip() for line in text.splitlines() if line.strip()]
    return [urljoin(page, link.split("#", 1)[0]) for link in found if "?" not in link and link.split("#", 1)[0]]


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in root if child.tag.rsplit("}", 1)[-1] == name)


def _child(element: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in _all(element, name)), "")
