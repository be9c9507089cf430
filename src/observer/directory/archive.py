"""Reads a directory out of a .tar.gz, .tar.xz, .tar or .zip file, in memory and within limits."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from observer.directory.document import MAX_BYTES
from observer.directory.tree import MAX_FILES, Entry, Kind, Tree, assemble, find_root, is_safe_path
from observer.errors import ContentError, Problem
from observer.model.directory import Revision

SUFFIXES = (".tar.gz", ".tgz", ".tar.xz", ".tar", ".zip")
MAX_RATIO = 200
FREE_BYTES = 16 * 1024 * 1024
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")


def is_archive(path: Path) -> bool:
    """Whether a file name says that it is an archive that can be read."""
    return path.name.lower().endswith(SUFFIXES)


def read_archive(path: Path) -> Tree:
    """The tree in an archive. The commit is known when git made the archive: it leaves its id in the header.

    An archive holds one time, the committer's. Raises ContentError when the archive is damaged, expands beyond
    the limits or holds paths that leave it.
    """
    try:
        entries, contents, revision = _read_zip(path) if path.suffix.lower() == ".zip" else _read_tar(path)
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise _refuse(path, f"the archive is damaged: {error}", "archive-damaged") from error
    unsafe = [entry for entry in entries if not is_safe_path(entry.path)]
    if unsafe:
        whats = [f"unsafe path {entry.path!r} in the archive" for entry in unsafe]
        raise ContentError([Problem(str(path), None, what, None, "unsafe-path") for what in whats])

    def read(wanted: Sequence[Entry]) -> Iterator[bytes]:
        for entry in wanted:
            yield contents[entry.handle]

    root = find_root([entry.path for entry in entries], str(path))
    return assemble(entries, read, revision, location=str(path), root=root)


def _read_tar(path: Path) -> tuple[list[Entry], dict[str, bytes], Revision]:
    entries: list[Entry] = []
    contents: dict[str, bytes] = {}
    with path.open("rb") as raw, _decompressed(path, raw) as plain:
        bounded = _Bounded(plain, path)
        with tarfile.open(fileobj=bounded, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
            newest = 0
            for member in archive:
                if member.isdir():
                    continue
                if len(entries) >= MAX_FILES:
                    raise _refuse(path, f"more than {MAX_FILES:,} files", "too-large")
                handle = str(len(entries))
                entries.append(Entry(member.name.removeprefix("./"), _tar_kind(member), member.size, handle))
                if entries[-1].kind is Kind.FILE and member.name.endswith(".yaml") and member.size <= MAX_BYTES:
                    file = archive.extractfile(member)
                    contents[handle] = file.read() if file else b""
                    newest = max(newest, int(member.mtime))
            commit_id = (archive.pax_headers or {}).get("comment", "")
    return entries, contents, _revision(commit_id, datetime.fromtimestamp(newest, UTC))


def _read_zip(path: Path) -> tuple[list[Entry], dict[str, bytes], Revision]:
    entries: list[Entry] = []
    contents: dict[str, bytes] = {}
    budget = _limit(path)
    newest = datetime(1980, 1, 1, tzinfo=UTC)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_FILES:
            raise _refuse(path, f"more than {MAX_FILES:,} files", "too-large")
        for member in members:
            if member.is_dir():
                continue
            handle = str(len(entries))
            entries.append(Entry(member.orig_filename, _zip_kind(member), member.file_size, handle))
            if entries[-1].kind is Kind.FILE and member.filename.endswith(".yaml") and member.file_size <= MAX_BYTES:
                if member.flag_bits & 0x1:
                    raise _refuse(path, "the archive is encrypted", "archive-damaged")
                with archive.open(member) as file:
                    contents[handle] = file.read(MAX_BYTES + 1)
                budget -= len(contents[handle])
                if budget < 0:
                    raise _refuse(path, "the archive expands beyond all measure", "archive-bomb")
                newest = max(newest, datetime(*member.date_time, tzinfo=UTC))
        commit_id = archive.comment.decode("ascii", "replace")
    # Zip stores local time without a zone, so the time of the commit stays unknown.
    return entries, contents, replace(_revision(commit_id, newest), committed_at=None)


def _revision(commit_id: str, committed_at: datetime) -> Revision:
    if not _COMMIT.match(commit_id):
        return Revision("")
    return Revision("", commit_id, committed_at)


def _decompressed(path: Path, raw: BinaryIO) -> BinaryIO:
    name = path.name.lower()
    if name.endswith((".tar.gz", ".tgz")):
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if name.endswith(".tar.xz"):
        return lzma.LZMAFile(raw)  # type: ignore[return-value]
    return raw


class _Bounded(io.RawIOBase):
    """Passes bytes on until an archive has given more than its size can honestly hold."""

    def __init__(self, plain: BinaryIO, path: Path) -> None:
        self._plain = plain
        self._path = path
        self._left = _limit(path)

    def read(self, size: int = -1) -> bytes:
        data = self._plain.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise _refuse(self._path, "the archive expands beyond all measure", "archive-bomb")
        return data


def _limit(path: Path) -> int:
    return min(MAX_UNPACKED_BYTES, FREE_BYTES + MAX_RATIO * path.stat().st_size)


def _tar_kind(member: tarfile.TarInfo) -> Kind:
    if member.issym() or member.islnk():
        return Kind.LINK
    if not member.isreg():
        return Kind.SPECIAL
    return Kind.FILE


def _zip_kind(member: zipfile.ZipInfo) -> Kind:
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return Kind.LINK
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Kind.SPECIAL
    return Kind.FILE


def _refuse(path: Path, what: str, code: str) -> ContentError:
    return ContentError([Problem(str(path), None, what, None, code)])
