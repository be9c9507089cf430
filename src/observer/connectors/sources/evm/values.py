"""Values as nodes and files give them: quantities, addresses, hashes, code. Each function raises ValueError."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

_LIMIT = 1 << 256
_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,78}")
_HASH = re.compile(r"0x[0-9a-f]{64}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_BYTES = re.compile(r"0x([0-9a-fA-F]{2})*")

# EIP-1167 with any length of the pushed address, and ERC-7511, its form with PUSH0.
_MINIMAL_PROXY = re.compile(
    r"(?:363d3d373d3d3d363d|365f5f375f5f365f|3d3d3d3d363d3d37363d)(?P<push>6[0-9a-f]|7[0-3])(?P<rest>[0-9a-f]*)"
)
_AFTER_ADDRESS = "5af4"


def quantity(value: object) -> int:
    """A whole number of up to 256 bits, from `0x` hex, digits or a whole number."""
    if isinstance(value, str) and _HEX.fullmatch(value):
        return int(value, 16)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        raise ValueError(f"{str(value)[:80]!r} is no quantity")
    if not 0 <= number < _LIMIT:
        raise ValueError("a quantity beyond 256 bits")
    return number


def amount(value: object) -> str | None:
    """A quantity as decimal digits; None for nothing."""
    return None if value is None else str(quantity(value))


def count(value: object, bits: int = 63) -> int | None:
    """A quantity that fits signed integers of the warehouse; None for nothing."""
    if value is None:
        return None
    number = quantity(value)
    if number >= 1 << bits:
        raise ValueError(f"{number} does not fit {bits + 1} bits")
    return number


def required(value: object, bits: int = 63) -> int:
    """A quantity that must be there."""
    number = count(value, bits)
    if number is None:
        raise ValueError("a number is missing")
    return number


def block_hash(value: object) -> str:
    """A hash of 32 bytes."""
    text = str(value).lower()
    if not _HASH.fullmatch(text):
        raise ValueError(f"{str(value)[:80]!r} is no hash")
    return text


def address(value: object) -> str | None:
    """An address of 20 bytes in lower case; None for nothing."""
    if value is None or value == "":
        return None
    text = str(value).lower()
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{str(value)[:80]!r} is no address")
    return text


def code(value: object) -> str:
    """Bytes as lower-case hex without 0x; nothing for nothing."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _BYTES.fullmatch(value):
        raise ValueError(f"{str(value)[:80]!r} is no hex text")
    return value[2:].lower()


def selector(data: str) -> str:
    """The first four bytes of a call's input with 0x; what there is where there is less."""
    return "0x" + data[:8]


def code_digest(data: str) -> str | None:
    """SHA-256 of code; None where there is none."""
    return hashlib.sha256(bytes.fromhex(data)).hexdigest() if data else None


def minimal_proxy_target(data: str) -> str | None:
    """The address that a minimal proxy (EIP-1167, ERC-7511) forwards to; None for other code."""
    match = _MINIMAL_PROXY.match(data)
    if match is None:
        return None
    length = (int(match["push"], 16) - 0x5F) * 2
    pushed, after = match["rest"][:length], match["rest"][length:]
    if length > 40 or len(pushed) < length or not after.startswith(_AFTER_ADDRESS):
        return None
    return "0x" + pushed.rjust(40, "0")


def instant(value: object) -> datetime:
    """A block's time in UTC without zone, from seconds since 1970."""
    try:
        return datetime.fromtimestamp(quantity(value), UTC).replace(tzinfo=None)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{str(value)[:80]!r} is no time") from error
