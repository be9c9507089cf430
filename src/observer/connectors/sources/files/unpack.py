"""Makes a plain file of what was downloaded: `.gz` and `.zip` are unpacked whole, under limits, and verified."""

from __future__ import annotations

import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from observer.errors import SourceError

MAX_RATIO = 200
FREE_BYTES = 64 * 1024 * 1024
_CHUNK = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, lzma.LZMAError, OSError, NotImplementedError, RuntimeError)


def unpacked(path: Path, name: str, target: Path, limit: int, *, member: str | None = None) -> Path:
    """The plain file of a file called `name`: the file itself, or `target` with what it holds.

    gzip is told by its first bytes, zip by its name; a zip file must hold one file, or `member`. Raises SourceError for
    a file that is damaged, that unpacks to more than `limit` bytes, or to more than 200 times its size.
    """
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    allowed = min(limit, FREE_BYTES + MAX_RATIO * path.stat().st_size)
    try:
        if is_gzip:
            with path.open("rb") as packed, target.open("wb") as plain:
                _copy(_inflated(packed), plain, allowed, name)
            return target
        if name.lower().endswith(".zip"):
            with (
                zipfile.ZipFile(path) as archive,
                target.open("wb") as plain,
                archive.open(_only_member(archive, member, name)) as packed_member,
            ):
                _copy(_chunks(packed_member), plain, allowed, name)
            return target
    except SourceError:
        raise
    except _DAMAGE as error:
        raise SourceError(f"the file is damaged: {str(error) or type(error).__name__}", where=name) from error
    if path.stat().st_size > limit:
        raise SourceError(f"more than {limit:,} bytes", where=name)
    return path


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _inflated(packed: IO[bytes]) -> Iterator[bytes]:
    """The plain bytes of a gzip file of one or more members, whose checksums are verified."""
    machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    rest = packed.read(_CHUNK)
    while rest:
        plain = machine.decompress(rest, _CHUNK * 4)
        if plain:
            yield plain
        rest = machine.unconsumed_tail or (b"" if machine.eof else packed.read(_CHUNK))
        if machine.eof:
            rest = (machine.unused_data + packed.read(_CHUNK)).lstrip(b"\x00")
            if rest:
                machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    if not machine.eof:
        raise EOFError("it ends before its end")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _copy(chunks: Iterator[bytes], plain: IO[bytes], limit: int, name: str) -> None:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise SourceError(f"unpacks to more than {limit:,} bytes", where=name)
        plain.write(chunk)


def _only_member(archive: zipfile.ZipFile, wanted: str | None, name: str) -> zipfile.ZipInfo:
    files = [entry for entry in archive.infolist() if not entry.is_dir()]
    chosen = [entry for entry in files if entry.filename == wanted] if wanted else files
    if len(chosen) != 1:
        held = ", ".join(entry.filename for entry in files[:5])
        raise SourceError(f"the archive holds {len(files)} files: {held}", where=name, hint="name one as `member`")
    return chosen[0]
