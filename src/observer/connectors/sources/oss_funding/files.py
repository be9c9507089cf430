"""The files of a location: a folder, an archive, one file or a URL; read whole, within limits, in order of path."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from observer.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from observer.connectors.declarative.options import TransportOptions
    from observer.ports import Json

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_TOTAL_BYTES = 2 * 1024 * 1024 * 1024
MAX_RATIO = 200
FREE_BYTES = 16 * 1024 * 1024
MAX_FILES = 100_000
_ARCHIVES = (".tar.gz", ".tgz", ".tar.xz", ".tar", ".zip")
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile)

Wanted = Callable[[str], bool]
Download = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: its path as a person would write it, with a `.gz` taken off, and its unpacked content."""

    path: str
    content: bytes


def read_files(location: str, wanted: Wanted, *, download: Download | None = None) -> list[SourceFile]:
    """The wanted files of a location, by path. `wanted` is asked with the path below the folder or archive.

    `download` gives the content of a URL; without it only hosts of the public network are asked, under the transport's
    own limits.

    Raises SourceError where the location does not exist, is damaged, expands beyond the limits or names a path
    outside of itself; TransientSourceError where a server does not answer for now.
    """
    if location.startswith(("http://", "https://")):
        name = PurePosixPath(urlsplit(location).path).name
        content = (download or guarded_download({}))(location)
        files = _of_bytes(name or "download", content, wanted)
    else:
        path = Path(location)
        if path.is_dir():
            files = _of_folder(path, wanted)
        elif path.is_file():
            files = _of_bytes(path.name, _bounded(path.open("rb"), MAX_FILE_BYTES, location), wanted)
        else:
            raise SourceError("there is no such file or folder", where=location)
    return sorted(_within(files, location), key=lambda file: file.path)


def configured_files(
    config: Json, connector: str, wanted: Wanted, kinds: str, *, download: Download | None = None
) -> list[SourceFile]:
    """The wanted files of all `locations` of a config, by path; the same file in two locations counts once.

    Raises ConfigError without locations, and SourceError where no file is wanted (`kinds` says what was looked for)
    or where two locations hold different files of one path.
    """
    where = f"{connector}.locations"
    locations = config.get("locations")
    if not isinstance(locations, Sequence) or isinstance(locations, str) or not locations:
        raise ConfigError("a list of locations is needed", where=where)
    download = download or guarded_download(config)
    found: dict[str, SourceFile] = {}
    for location in locations:
        for file in read_files(str(location), wanted, download=download):
            if file.path in found and found[file.path].content != file.content:
                raise SourceError(f"two locations hold different files {file.path!r}", where=where)
            found[file.path] = file
    if not found:
        raise SourceError(f"no {kinds} was found", where=where)
    return [found[path] for path in sorted(found)]


def digest(files: Iterable[SourceFile]) -> str:
    """The SHA-256 of paths and contents: what a state remembers of a location."""
    result = hashlib.sha256()
    for file in files:
        result.update(f"{file.path}\0{len(file.content)}\0".encode() + file.content)
    return result.hexdigest()


def _of_folder(folder: Path, wanted: Wanted) -> Iterator[SourceFile]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and wanted(name.removesuffix(".gz")):
            yield _unpacked(name, _bounded(path.open("rb"), MAX_FILE_BYTES, str(path)))


def _of_bytes(name: str, content: bytes, wanted: Wanted) -> Iterator[SourceFile]:
    if not name.lower().endswith(_ARCHIVES):
        yield _unpacked(name, content)
        return
    try:
        members = _of_zip(content, name) if name.lower().endswith(".zip") else _of_tar(content, name)
        for path, member in members:
            if path.startswith("/") or ".." in PurePosixPath(path).parts:
                raise SourceError(f"unsafe path {path!r} in the archive", where=name)
            if wanted(path.removesuffix(".gz")):
                yield _unpacked(path, member())
    except _DAMAGE as error:
        raise SourceError(f"the archive is damaged: {error}", where=name) from error


def _of_tar(content: bytes, name: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    with tarfile.open(fileobj=io.BytesIO(_plain_tar(content, name))) as archive:
        for member in archive:
            if member.isreg():
                yield member.name.removeprefix("./"), lambda m=member: _tar_member(archive, m, name)  # type: ignore[misc]


def _plain_tar(content: bytes, name: str) -> bytes:
    limit = min(MAX_TOTAL_BYTES, FREE_BYTES + MAX_RATIO * len(content))
    packed = io.BytesIO(content)
    if name.lower().endswith((".gz", ".tgz")):
        return _bounded(gzip.GzipFile(fileobj=packed), limit, name)
    if name.lower().endswith(".xz"):
        return _bounded(lzma.LZMAFile(packed), limit, name)
    return content


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
    file = archive.extractfile(member)
    return _bounded(file, MAX_FILE_BYTES, name) if file else b""


def _of_zip(content: bytes, name: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    limit = min(MAX_FILE_BYTES, FREE_BYTES + MAX_RATIO * len(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield member.filename, lambda m=member: _bounded(archive.open(m), limit, name)  # type: ignore[misc]


def _unpacked(name: str, content: bytes) -> SourceFile:
    if not name.endswith(".gz"):
        return SourceFile(name, content)
    limit = min(MAX_FILE_BYTES, FREE_BYTES + MAX_RATIO * len(content))
    try:
        plain = _bounded(gzip.GzipFile(fileobj=io.BytesIO(content)), limit, name)
    except _DAMAGE as error:
        raise SourceError(f"the file is damaged: {error}", where=name) from error
    return SourceFile(name.removesuffix(".gz"), plain)


def _bounded(file: IO[bytes] | gzip.GzipFile | lzma.LZMAFile, limit: int, where: str) -> bytes:
    with file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise SourceError(f"more than {limit:,} bytes", where=where)
    return content


def _within(files: Iterable[SourceFile], location: str) -> Iterator[SourceFile]:
    total = 0
    for position, file in enumerate(files):
        total += len(file.content)
        if total > MAX_TOTAL_BYTES or position >= MAX_FILES:
            raise SourceError("more files or bytes than are read at once", where=location)
        yield file


def guarded_download(config: Json, **exchange_options: Callable[..., object]) -> Download:
    """Downloads of a config's URLs under its `transport`."""
    from observer.connectors.declarative.fetch import fetch

    options = transport_options(config)
    return lambda url: fetch(url, options, **exchange_options)


def transport_options(config: Json) -> TransportOptions:
    """The `transport` of a config; silence is borne for `timeout_seconds`, and answers may be large, unless that says.

    `max_response_bytes` is then MAX_FILE_BYTES.
    """
    from observer.connectors.declarative.options import split_config

    given = config.get("transport")
    chosen = {str(name) for name in given} if isinstance(given, Mapping) else set()
    options = split_config(config)[1]
    if "max_response_bytes" not in chosen:
        options = replace(options, max_response_bytes=MAX_FILE_BYTES)
    timeout = config.get("timeout_seconds")
    if "timeout_seconds" not in chosen and isinstance(timeout, (int, float)):
        options = replace(options, timeout_seconds=float(timeout))
    return options
