"""The chart of an account's usage: a bar a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from markupsafe import Markup

from observer.web import format as fmt
from observer.web.charts import HEIGHT, WIDTH, Scale

_LEFT, _RIGHT, _BASE = 56, 24, HEIGHT - 40


def usage_chart(amounts: Mapping[date, float], last: date, unit: str, days: int = 31) -> Markup:
    """Bars of the `days` days up to `last`; a day without usage is zero, which is known."""
    scale = Scale.upto(max(amounts.values(), default=0.0))
    step = (WIDTH - _LEFT - _RIGHT) / days
    name = f"{unit} a day up to {fmt.day(last)}"
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}"><title>{name}</title>']
    for tick in scale.ticks:
        y = scale.y(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for number in range(days):
        day = last - timedelta(days=days - 1 - number)
        amount = amounts.get(day, 0.0)
        x, y = _LEFT + number * step, scale.y(amount)
        parts.append(
            f'<rect class="bar" x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{max(_BASE - y, 0):.1f}">'
            f"<title>{fmt.day(day)}: {amount:g} {unit}</title></rect>"
        )
        if number % 7 == (days - 1) % 7:
            parts.append(
                f'<text class="tick" x="{x + step / 2:.1f}" y="{_BASE + 18}" text-anchor="middle">{day:%d %b}</text>'
            )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - numbers and our own words
