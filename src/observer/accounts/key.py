"""API keys as text: `oso_live_`, 30 random characters, 6 of checksum. What is kept of them is a digest under a pepper.

A scanner of leaked secrets finds one by KEY_PATTERN and tells it from chance by its checksum.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import zlib
from collections.abc import Sequence
from pathlib import Path

from observer.errors import ConfigError

KEY_PREFIX = "oso_live_"
KEY_PATTERN = r"oso_live_[0-9A-Za-z]{36}"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECKSUM = 30, 6
_SHAPE = re.compile(KEY_PATTERN)


def new_key() -> str:
    """A new key with 178 random bits."""
    body = KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return body + checksum(body)


def checksum(body: str) -> str:
    """The CRC-32 of a key's other characters, as six characters of base 62."""
    rest = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECKSUM):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def is_ours(token: str) -> bool:
    """Whether a token claims to be one of our keys."""
    return token.startswith(KEY_PREFIX)


def is_well_formed(token: str) -> bool:
    """Whether a token has the shape and the checksum of a key; needs no database."""
    return _SHAPE.fullmatch(token) is not None and checksum(token[:-_CHECKSUM]) == token[-_CHECKSUM:]


def masked(key: str) -> str:
    """What may be shown of a key after its creation: enough to tell it from one's others."""
    return f"{key[: len(KEY_PREFIX) + 4]}…{key[-4:]}"


class Pepper:
    """Digests secrets so that a copy of the database alone can check none of them.

    Several peppers may be in force: the first makes new digests, all are tried for old ones.
    """

    def __init__(self, peppers: Sequence[bytes]) -> None:
        if not peppers or any(len(pepper) < 32 for pepper in peppers):
            raise ConfigError("a pepper has fewer than 32 characters", where="[accounts] pepper_file")
        self._peppers = tuple(peppers)

    def __repr__(self) -> str:
        return "Pepper(***)"

    def digest(self, purpose: str, secret: str) -> bytes:
        """The digest of a secret under the newest pepper; different purposes give different digests."""
        return self.digests(purpose, secret)[0]

    def digests(self, purpose: str, secret: str) -> list[bytes]:
        """The digests of a secret under every pepper in force, newest first."""
        text = f"{purpose}\0{secret}".encode()
        return [hmac.digest(pepper, text, hashlib.sha256) for pepper in self._peppers]


def read_pepper(path: Path) -> Pepper:
    """The peppers in a file, one a line, newest first; makes the file, for its owner alone, where there is none.

    Raises ConfigError where others may read it.
    """
    if not path.exists():
        _make(path)
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError("others may read this file", where=str(path), hint=f"chmod 600 {path}")
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the file of the pepper cannot be read", where=str(path)) from error
    return Pepper([line.encode() for line in lines])


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, not a rename: where two processes start at once, the first file stays.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
