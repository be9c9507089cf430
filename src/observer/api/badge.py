"""Badges: one current value of an entity as a small SVG, for a README."""

from __future__ import annotations

from xml.sax.saxutils import escape

from observer.model.state import State
from observer.query.answers import KeyMetric

_CHARACTER = 6.6
_PADDING = 10
_KNOWN, _PARTIAL, _UNKNOWN = "#1a6b3c", "#8a5a00", "#666666"


def badge(label: str, value: KeyMetric) -> bytes:
    """The SVG: label and value. Unknown says so; a value of which a part was not seen is marked by '≥'."""
    is_partial = value.state is not State.UNKNOWN and value.coverage_ratio < 1
    words = (
        "unknown"
        if value.amount is None
        else ("≥ " if is_partial and value.kind in _SUMS else "") + _short(value.amount)
    )
    colour = _UNKNOWN if value.state is State.UNKNOWN else _PARTIAL if is_partial else _KNOWN
    left, right = _width(label), _width(words)
    title = escape(f"{label}: {words}, {value.grain.value} to {value.sample_date.isoformat()}")
    size = f'width="{left + right}" height="20"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{_quoted(title)}">
<title>{title}</title>
<rect {size} rx="3" fill="#444"/>
<path fill="{colour}" d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left / 2:g}" y="14" textLength="{left - _PADDING}">{escape(label)}</text>
<text x="{left + right / 2:g}" y="14" textLength="{right - _PADDING}">{escape(words)}</text>
</g>
</svg>
""".encode()


_SUMS = {"count", "sum", "distinct"}


def _short(amount: float) -> str:
    """Three digits at most, with k, M or G."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(amount) >= unit:
            return f"{amount / unit:.3g}{name}"
    return f"{amount:.3g}" if amount != int(amount) else f"{int(amount)}"


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + _PADDING


def _quoted(text: str) -> str:
    return text.replace('"', "&quot;")
