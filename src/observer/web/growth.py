"""Which projects grow and which shrink: half a year against the half year before, as bars to both sides of zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from observer.query.answers import Entity, Point, Series
from observer.web import format as fmt

MONTHS = 6
MOST = 10
"""Rows to each side."""

_COMPARABLE = 0.9
"""From which share of each month seen two halves are compared."""

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 860, 24, 230, 70, 8


@dataclass(frozen=True, slots=True)
class Growth:
    """What a project did in `MONTHS` complete months up to `until`, and in as many before."""

    project: Entity
    until: date
    before: float
    now: float

    @property
    def change(self) -> float:
        """The difference."""
        return self.now - self.before


def growth(found: Sequence[Series]) -> list[Growth]:
    """Of sums by month: those of which both halves were seen, most growth first."""
    result = []
    for series in found:
        months = [point for point in series.points if point.is_complete][-2 * MONTHS :]
        if len(months) == 2 * MONTHS and all(map(_is_seen, months)):
            amounts = [point.amount or 0.0 for point in months]
            halves = sum(amounts[:MONTHS]), sum(amounts[MONTHS:])
            if any(halves):
                result.append(Growth(series.entity, months[-1].last_day, *halves))
    return sorted(result, key=lambda each: (-each.change, each.project.name))


def ends(found: Sequence[Growth]) -> list[Growth]:
    """The rows that a chart has room for: the most growth, then the most loss."""
    up = [each for each in found if each.change > 0][:MOST]
    down = [each for each in found if each.change < 0][-MOST:]
    return up + down


def growth_chart(rows: Sequence[Growth], label: str, unit: str) -> Markup:
    """The chart of rows in the order given."""
    if not rows:
        return Markup("")
    changes = [0.0, *(each.change for each in rows)]
    scale = (_WIDTH - _LEFT - 2 * _RIGHT) / ((max(changes) - min(changes)) or 1.0)
    zero = _LEFT + _RIGHT - min(changes) * scale
    height = _TOP + len(rows) * _ROW
    body = [
        f'<svg class="chart growth" viewBox="0 0 {_WIDTH} {height}" role="group" aria-label="{fmt.escaped(label)}">',
        f"<title>{fmt.escaped(label)}</title>",
    ]
    for place, each in enumerate(rows):
        body.append(_row(each, _TOP + place * _ROW, zero, scale, unit))
    body.append(f'<line class="grid" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{height}"/></svg>')
    return Markup("".join(body))  # noqa: S704 - every text above is escaped


def _row(each: Growth, y: int, zero: float, scale: float, unit: str) -> str:
    title = fmt.title(each.project)
    short = title if len(title) <= 30 else title[:29] + "…"
    length = abs(each.change) * scale
    x = zero if each.change > 0 else zero - length
    words = f"{title}: {fmt.number(each.now)} {unit}, {fmt.number(each.before)} before"
    end, anchor = (x + length + 6, "start") if each.change > 0 else (x - 6, "end")
    return (
        f'<a href="{fmt.escaped(fmt.path(each.project))}"><text class="name-of" x="0" y="{y + 15}">'
        f"{fmt.escaped(short)}</text></a>"
        f'<rect class="dot {"more" if each.change > 0 else "less"}" x="{x:.1f}" y="{y + 3}" '
        f'width="{max(length, 1):.1f}" height="{_ROW - 8}"><title>{fmt.escaped(words)}</title></rect>'
        f'<text class="tick" x="{end:.1f}" y="{y + 15}" text-anchor="{anchor}">'
        f"{fmt.escaped(fmt.signed(each.change))}</text>"
    )


def _is_seen(point: Point) -> bool:
    return point.amount is not None and point.coverage_ratio >= _COMPARABLE
