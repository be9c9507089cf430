"""One metric of several entities in one chart: a line each, told apart by colour, dash and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from observer.query.answers import Point, Series
from observer.web import format as fmt
from observer.web.charts import Scale

WIDTH, HEIGHT = 860, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 14, 34
_LINE_HEIGHT = 15
MOST = 6
"""Lines that can still be told apart."""

_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 4")


@dataclass(frozen=True, slots=True)
class _Plot:
    """From days and amounts to pixels."""

    first: date
    last: date
    scale: Scale

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * share

    def y(self, amount: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - amount / self.scale.top)


def comparison_chart(found: Sequence[Series]) -> Markup:
    """The chart of the same metric and grain of up to six entities; gaps where a value is unknown."""
    points = [point for series in found for point in series.points]
    known = [point.amount for point in points if point.amount is not None]
    if not known:
        return Markup('<p class="empty">Nothing of this is known here.</p>')
    plot = _Plot(min(p.bucket for p in points), max(p.bucket for p in points), Scale.upto(max(known)))
    name = f"{found[0].metric.display_name} of {', '.join(fmt.title(series.entity) for series in found)}"
    body = [
        f'<svg class="chart lines" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{fmt.escaped(name)}">',
        f"<title>{fmt.escaped(name)}</title>",
        *_axes(plot, found[0]),
    ]
    for place, series in enumerate(found[:MOST]):
        body += _line(plot, place, series)
    body += [*_names(plot, found[:MOST]), "</svg>"]
    return Markup("".join(body))  # noqa: S704 - every text above is escaped


def _axes(plot: _Plot, series: Series) -> list[str]:
    lines = []
    for tick in plot.scale.ticks:
        y = plot.y(tick)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        label = fmt.escaped(fmt.short(tick, unit=series.unit))
        lines.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{label}</text>')
    span = (plot.last - plot.first).days
    every = max(1, len(series.points) // 6)
    for point in series.points[::every]:
        text = (
            str(point.bucket.year)
            if span > 365 * 6
            else f"{point.bucket:%b %Y}"
            if span > 180
            else fmt.day(point.bucket)
        )
        x = plot.x(point.bucket)
        lines.append(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{fmt.escaped(text)}</text>'
        )
    return lines


def _line(plot: _Plot, place: int, series: Series) -> list[str]:
    result = []
    for run in _runs(series.points):
        path = " ".join(f"{plot.x(p.bucket):.1f},{plot.y(p.amount or 0):.1f}" for p in run)
        result.append(f'<polyline class="line s{place}" stroke-dasharray="{_DASHES[place]}" points="{path}"/>')
    for point in series.points:
        if point.amount is not None:
            words = f"{fmt.title(series.entity)}, {fmt.period(point.first_day, point.last_day, series.grain)}: "
            words += fmt.value(point.amount, point.state, unit=series.unit)
            at = f'cx="{plot.x(point.bucket):.1f}" cy="{plot.y(point.amount):.1f}"'
            result.append(f'<circle class="dot s{place}" {at} r="2.5"><title>{fmt.escaped(words)}</title></circle>')
    return result


def _names(plot: _Plot, found: Sequence[Series]) -> list[str]:
    """The names at the ends of the lines, pushed apart where they would cover each other."""
    ends = []
    for place, series in enumerate(found):
        last = next((p for p in reversed(series.points) if p.amount is not None), None)
        if last is not None:
            ends.append((plot.y(last.amount or 0), place, fmt.title(series.entity)))
    result, lowest = [], 0.0
    ends.sort()
    for y, place, name in ends:
        lowest = max(y, lowest + _LINE_HEIGHT)
        result.append((lowest, place, name))
    # What was pushed below the plot moves up again with all above it.
    over = (result[-1][0] if result else 0) - (HEIGHT - 6)
    x = WIDTH - _RIGHT + 8
    return [
        f'<text class="name s{place}" x="{x}" y="{y - max(over, 0) + 4:.1f}">{fmt.escaped(_short(name))}</text>'
        for y, place, name in result
    ]


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.amount is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if len(run) > 1]
