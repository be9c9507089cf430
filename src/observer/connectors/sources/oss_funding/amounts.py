"""Amounts of money as exact decimal text; nothing here passes through binary floating point."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_DIGITS = 120
_MOST_MONEY = Decimal(10) ** 15


def decimal_text(value: object) -> str:
    """A number as plain decimal text: no exponent, no superfluous zeros, `0` for nothing of it.

    Raises ValueError for what is no finite number, for binary floats and for more than 120 digits.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError(f"{value!r} is not an exact number")
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is not a number")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text[:60]!r} is not a number") from error
    plain = f"{number:f}"
    if len(plain) > _DIGITS:
        raise ValueError(f"a number of {len(plain)} digits")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "", "-", "+0") else plain.removeprefix("+")


def money_text(value: object) -> str:
    """An amount of money as plain decimal text. Raises ValueError also for more than any sum of money there is."""
    text = decimal_text(value)
    if abs(Decimal(text)) > _MOST_MONEY:
        raise ValueError(f"{text} is more money than there is")
    return text


def parse_json(text: str) -> object:
    """A JSON text whose numbers are exact: Decimal or int. Raises ValueError for anything else, NaN included."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")
