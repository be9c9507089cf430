"""Text of charts: short numbers, short names, estimated widths. Knows no drawing library."""

from __future__ import annotations

import html
import math
import textwrap
import unicodedata

POWERED_BY = "Powered by Open Source Observer"

_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def compact(number: float) -> str:
    """A number in three digits or so: 663853.62 is 664k, 0.0312 is 0.031; unknown is 'unknown'."""
    if math.isnan(number):
        return "unknown"
    size = abs(number)
    for step, letter in _STEPS:
        if size >= step * 0.9995:
            return _digits(number / step) + letter
    return _digits(number)


def _digits(number: float) -> str:
    size = abs(number)
    if size and size < 0.001:
        return f"{number:.0e}".replace("e-0", "e-")
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.0995 else 3
    written = f"{number:.{decimals}f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written == "-0" else written


def shorten(text: str, most: int = 28) -> str:
    """Text of at most so many characters, with an ellipsis where something was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def with_unit(label: str, unit: str | None) -> str:
    """The caption of an axis: 'amount (USD)'."""
    words = label.replace("_", " ")
    return f"{words} ({unit})" if unit else words


def text_width(text: str, size: float) -> float:
    """Points that a text takes in DejaVu Sans, estimated on the wide side."""
    ems = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.35 if c in "il.,:;'|jI " else 0.63 for c in text)
    return ems * size


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """Text broken into at most so many lines of `width` points; what does not fit is cut with an ellipsis."""
    characters = max(8, int(width / (size * 0.6)))
    return textwrap.wrap(text, characters, max_lines=lines, placeholder=" …") or [""]


def markup(text: str) -> str:
    """Text as plotly shows it literally: no tags, no entities, no formulas."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def footer(release: int | None) -> str:
    """The source line under every chart."""
    return f"{POWERED_BY} · release {release}" if release is not None else POWERED_BY


def counted(count: int, one: str, many: str) -> str:
    """'1 row', '1,000 rows'."""
    return f"{count:,} {one if count == 1 else many}"
