"""SVG of ours as PNG, for the many readers of links that show no SVG."""

from __future__ import annotations

import functools
import logging

import resvg_py

_log = logging.getLogger(__name__)
_FAMILIES = (
    *("DejaVu Sans", "Noto Sans", "Liberation Sans", "Open Sans", "Roboto", "Ubuntu", "Cantarell", "FreeSans"),
    *("Arial", "Helvetica", "Segoe UI", "Helvetica Neue"),
)
"""Fonts of systems; letters that one of them lacks are taken from any other that is installed."""

_LETTER = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text x="2" y="16" font-size="16" font-family="sans-serif">{}</text></svg>'
)


@functools.cache
def font() -> str | None:
    """The font that stands for `sans-serif`, None where none is installed: a picture without words is not drawn."""
    blank = _drawn(_LETTER.format(""), None)
    found = next((name for name in _FAMILIES if _drawn(_LETTER.format("M"), name) != blank), None)
    if found is None:
        _log.warning("no known font is installed: share pictures stay SVG (on Debian, install fonts-dejavu-core)")
    return found


def png(svg: str) -> bytes:
    """The picture at its own size. Give it pictures of this package alone: it loads files that an SVG names."""
    return _drawn(svg, font())


def _drawn(svg: str, family: str | None) -> bytes:
    return resvg_py.svg_to_bytes(svg_string=svg, sans_serif_family=family)
