"""Packed files to bytes, checked: checksums and lengths are verified and bombs are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import zstandard
from isal import igzip_lib

from observer.connectors.sources.github_archive.config import Limits

if TYPE_CHECKING:
    from hashlib import _Hash

_DAMAGE: type[Exception] = vars(igzip_lib)["IsalError"]
_PACKED_BLOCK = 256 * 1024
_BLOCK = 512 * 1024
# A zstandard block of a few bytes inflates to 128 KiB: small steps bound what one call can give.
_ZSTANDARD_STEP = 512
# A short file with one long dull line packs better than any real hour: the ratio counts from this size on.
_RATIO_FROM = 64 * 1024 * 1024


class RefusedError(Exception):
    """A file is not read at all; `status` is `corrupt` or `refused`, the message is the reason."""

    def __init__(self, status: str, reason: str, excerpt: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.excerpt = excerpt


class Body:
    """One packed file, read once: iterate over the inflated blocks, then ask for digest and size."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = path, limits
        self._hash: _Hash = hashlib.sha256()
        self.packed_bytes = 0
        self.inflated_bytes = 0

    @property
    def sha256(self) -> str:
        """Of the packed bytes; complete once all blocks were taken."""
        return self._hash.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Inflated blocks of at most 512 KiB. Raises RefusedError for damage and for what exceeds the limits.

        The end is verified last, so nothing that came out may be kept before the iterator is exhausted.
        """
        with self._path.open("rb") as file:
            for block in self._unpack(file):
                self.inflated_bytes += len(block)
                self._check_limits()
                yield block

    def finish(self) -> None:
        """Reads the rest of a file that was refused half-way, so that its digest is known."""
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            self.packed_bytes = file.tell()
        self._hash = digest

    def _unpack(self, file: IO[bytes]) -> Iterator[bytes]:
        if self._path.name.endswith(".zst"):
            return self._zstandard(file)
        return self._gzip(file) if self._path.name.endswith(".gz") else self._plain(file)

    def _read(self, file: IO[bytes]) -> bytes:
        packed = file.read(_PACKED_BLOCK)
        self._hash.update(packed)
        self.packed_bytes += len(packed)
        return packed

    def _plain(self, file: IO[bytes]) -> Iterator[bytes]:
        while block := self._read(file):
            yield block

    def _gzip(self, file: IO[bytes]) -> Iterator[bytes]:
        packed = self._read(file)
        if not packed:
            raise RefusedError("corrupt", "the file is empty (0 bytes)")
        if packed[:2] != b"\x1f\x8b":
            raise RefusedError("corrupt", "not a gzip file", packed[:200])
        while packed:
            packed = yield from self._member(file, packed)
            while packed and not packed.strip(b"\0"):
                packed = self._read(file)
            if packed and packed[:2] != b"\x1f\x8b" and packed != b"\x1f":
                raise RefusedError("corrupt", "what follows the last gzip member is not gzip", packed[:200])

    def _member(self, file: IO[bytes], packed: bytes) -> Generator[bytes, None, bytes]:
        """The blocks of one gzip member; returns the packed bytes that follow it."""
        member: Decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        try:
            while not member.eof:
                if block := member.decompress(packed, _BLOCK):
                    yield block
                packed = b""
                if member.needs_input and not member.eof and not (packed := self._read(file)):
                    raise RefusedError("corrupt", "the gzip stream ends early")
        except _DAMAGE as error:
            raise RefusedError("corrupt", f"damaged gzip stream: {error}") from error
        return member.unused_data or self._read(file)

    def _zstandard(self, file: IO[bytes]) -> Iterator[bytes]:
        packed = self._read(file)
        if not packed:
            raise RefusedError("corrupt", "the file is empty (0 bytes)")
        while packed:
            packed = yield from self._frame(file, packed)

    def _frame(self, file: IO[bytes], packed: bytes) -> Generator[bytes, None, bytes]:
        """The blocks of one zstandard frame; returns the packed bytes that follow it."""
        frame = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
        try:
            while True:
                for start in range(0, len(packed), _ZSTANDARD_STEP):
                    yield frame.decompress(packed[start : start + _ZSTANDARD_STEP])
                    if frame.eof:
                        rest = frame.unused_data + packed[start + _ZSTANDARD_STEP :]
                        return rest or self._read(file)
                packed = self._read(file)
                if not packed:
                    raise RefusedError("corrupt", "the zstandard stream ends early")
        except zstandard.ZstdError as error:
            raise RefusedError("corrupt", f"damaged zstandard stream: {error}") from error

    def _check_limits(self) -> None:
        limits = self._limits
        if self.inflated_bytes > limits.max_file_bytes:
            raise RefusedError("refused", f"larger than {limits.max_file_bytes} bytes when inflated")
        if self.inflated_bytes > max(_RATIO_FROM, limits.max_ratio * self.packed_bytes):
            raise RefusedError("refused", f"inflates to more than {limits.max_ratio} times its size")


class Decompressor(Protocol):
    """The part of an incremental decompressor that is used here."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes as they are, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
