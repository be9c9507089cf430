"""Money against activity: a dot for each project, both scales logarithmic, since few projects have most of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from observer.query.context import Funded
from observer.web import format as fmt

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 392, 62, 16, 28, 46
_LINE, _LETTER = 15, 7.2
_NAMED = 12
"""Names are written beside the largest of the dots, where there is room."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A project whose money and activity are both known."""

    of: Funded
    dollars: float
    activity: float


def dots(found: Sequence[Funded]) -> list[Dot]:
    """Those that can be drawn, most money first: what is unknown has no place in the chart."""
    return [
        Dot(each, each.known_amount, each.activity.amount)
        for each in found
        if each.known_amount is not None and each.activity is not None and each.activity.amount is not None
    ]


def scatter(found: Sequence[Dot], label: str, across: str, up: str) -> Markup:
    """The chart; `across` and `up` name the axes with their units. Zero stands at the start of each axis."""
    if not found:
        return Markup("")
    most_dollars, most_activity = max(dot.dollars for dot in found), max(dot.activity for dot in found)
    places = [
        (
            _LEFT + (_WIDTH - _LEFT - _RIGHT) * _share(dot.dollars, most_dollars),
            _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * _share(dot.activity, most_activity),
        )
        for dot in found
    ]
    body = [
        f'<svg class="chart scatter" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" aria-label="{fmt.escaped(label)}">',
        f"<title>{fmt.escaped(label)}</title>",
        *_rules(most_dollars, most_activity),
        f'<text class="tick" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end">{fmt.escaped(across)}</text>',
        f'<text class="tick" x="4" y="12">{fmt.escaped(up)}</text>',
        *(_dot(dot, *place) for dot, place in zip(found, places, strict=True)),
        *_names(found, places),
        "</svg>",
    ]
    return Markup("".join(body))  # noqa: S704 - every text above is escaped


def _share(amount: float, most: float) -> float:
    """From 0 at zero to 1 at the top of the scale, logarithmic."""
    return math.log1p(max(amount, 0.0)) / math.log1p(_top(most))


def _top(most: float) -> float:
    """The power of ten at or above the most."""
    return float(10 ** max(1, math.ceil(math.log10(max(most, 1.0)))))


def _rules(dollars: float, activity: float) -> Iterator[str]:
    base, width, height = _HEIGHT - _BOTTOM, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    for tick in _ticks(activity):
        y = base - height * _share(tick, activity)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{fmt.short(tick)}</text>'
    for tick in _ticks(dollars):
        x = _LEFT + width * _share(tick, dollars)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{base}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{base + 16}" text-anchor="middle">{fmt.short(tick)}</text>'


def _ticks(most: float) -> list[float]:
    """Zero and powers of ten, at most seven of them."""
    powers = list(range(round(math.log10(_top(most))) + 1))
    every = math.ceil(len(powers) / 7)
    return [0.0, *(float(10**power) for power in powers[::-every])]


def _dot(dot: Dot, x: float, y: float) -> str:
    project = dot.of.project
    words = f"{fmt.title(project)}: {fmt.number(round(dot.dollars))} US dollars"
    if dot.of.unknown_amount_count:
        words += f" and {dot.of.unknown_amount_count} of unknown amount"
    if dot.of.activity:
        words += f", {fmt.number(dot.activity, unit=dot.of.activity.unit)} {dot.of.activity.unit}"
        if dot.of.activity.coverage_ratio < 1:
            words += f" ({fmt.percent(dot.of.activity.coverage_ratio)} seen)"
    return (
        f'<a href="{fmt.escaped(fmt.path(project))}"><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5">'
        f"<title>{fmt.escaped(words)}</title></circle></a>"
    )


def _names(found: Sequence[Dot], places: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Names of the dots with most money, left out where they would cover a dot or another name, or leave the chart."""
    taken: list[tuple[float, float, float]] = []
    for dot, (x, y) in zip(found[:_NAMED], places, strict=False):
        name = fmt.title(dot.of.project)
        name = name if len(name) <= 24 else name[:23] + "…"
        width = len(name) * _LETTER
        start = x - 9 - width if x + 9 + width > _WIDTH - _RIGHT else x + 9
        others = [(left - 6, left + 6, above) for left, above in places if (left, above) != (x, y)]
        if any(abs(y - other) < _LINE and start < end and left < start + width for left, end, other in taken + others):
            continue
        taken.append((start, start + width, y))
        yield f'<text class="tick" x="{start:.1f}" y="{y + 4:.1f}" aria-hidden="true">{fmt.escaped(name)}</text>'
