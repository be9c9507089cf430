"""Values of Gitcoin's tables: 256-bit token amounts, dollars, addresses, times. Each raises ValueError."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from observer.connectors.sources.oss_funding.amounts import money_text

_LIMIT = 1 << 256
_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,78}")


def token_amount(value: object) -> str | None:
    """A count of a token's smallest unit as decimal digits, from digits, `0x` hex or a whole number; None for nothing.

    Raises ValueError for floats, whose digits are lost already, and for what does not fit 256 unsigned bits.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and _HEX.fullmatch(value.strip()):
        number = int(value, 16)
    elif _is_whole(value):
        number = int(str(value).strip()) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
    else:
        raise ValueError(f"{str(value)[:80]!r} is not a whole amount of tokens")
    if not 0 <= number < _LIMIT:
        raise ValueError("a token amount beyond 256 bits")
    return str(number)


def _is_whole(value: object) -> bool:
    if isinstance(value, str):
        return _WHOLE.fullmatch(value.strip()) is not None
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


def same_amount(digits: object, hexadecimal: object) -> str | None:
    """The token amount that is given in both forms. Raises ValueError where they differ."""
    amount, other = token_amount(digits), token_amount(hexadecimal)
    if amount is not None and other is not None and amount != other:
        raise ValueError(f"the amount is {amount} in digits and {other} in hex")
    return amount if amount is not None else other


def dollars(value: object) -> str | None:
    """Dollars as decimal text. A float of the file is written with the digits that tell it apart from others."""
    if value is None or value == "":
        return None
    text = money_text(repr(value) if isinstance(value, float) else value)
    if text.startswith("-"):
        raise ValueError(f"{text} US dollars")
    return text


def text(value: object) -> str | None:
    """Text without spaces around it, None where nothing is left."""
    return str(value).strip() or None if value is not None else None


def lower(value: object) -> str | None:
    """Addresses, hashes and slugs: not case sensitive, so kept in lower case."""
    found = text(value)
    return found.lower() if found else None


def whole(value: object) -> int | None:
    """A count or a number of a chain."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(str(value))


def time(value: object) -> str | None:
    """A time in UTC as ISO text, from a time, ISO text or seconds since 1970."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, (int, Decimal)) or str(value).isdigit():
        moment = datetime.fromtimestamp(int(str(value)), UTC)
    else:
        moment = datetime.fromisoformat(str(value).removesuffix(" UTC"))
    moment = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds")
