"""A heat map of one metric: a row for each entity, a column for each period, unknown hatched."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from observer.model.state import State
from observer.query.answers import Series
from observer.web import format as fmt
from observer.web.charts import HATCH

_LEFT, _TOP, _CELL, _WIDTH = 190, 6, 17, 900
STEPS = 5
"""Shades from little to much; the scale is logarithmic, since few projects have most of the activity."""


def heat_map(rows: Sequence[Series]) -> Markup:
    """The map of series with the same buckets, in the order given."""
    buckets = sorted({point.bucket for series in rows for point in series.points})
    if not rows or not buckets:
        return Markup('<p class="empty">Nothing was seen yet.</p>')
    most = max((point.amount or 0 for series in rows for point in series.points), default=0)
    width = (_WIDTH - _LEFT) / len(buckets)
    places = {bucket: place for place, bucket in enumerate(buckets)}
    height = _TOP + _CELL * len(rows) + 22
    label = f"{rows[0].metric.display_name} by {fmt.GRAIN_LABELS[rows[0].grain]}, {len(rows)} rows"
    body = [
        f'<svg class="chart heat" viewBox="0 0 {_WIDTH} {height}" role="group" aria-label="{fmt.escaped(label)}">',
        f"<title>{fmt.escaped(label)}</title>{HATCH}",
    ]
    cell = f'width="{max(width - 1, 1):.1f}" height="{_CELL - 2}"'
    for row, series in enumerate(rows):
        y = _TOP + row * _CELL
        title = fmt.title(series.entity)
        short = title if len(title) <= 26 else title[:25] + "…"
        body.append(
            f'<a href="{fmt.escaped(fmt.path(series.entity))}"><text class="tick" x="{_LEFT - 8}" y="{y + 12}" '
            f'text-anchor="end">{fmt.escaped(short)}</text></a>'
        )
        name = fmt.escaped(title)
        for point in series.points:
            # Days, numbers and "unknown" need no escape.
            words = f"{name}, {fmt.period(point.first_day, point.last_day, series.grain)}: "
            words += fmt.value(point.amount, point.state, unit=series.unit)
            style = 'class="unknown" fill="url(#unknown)"'
            if point.state is not State.UNKNOWN:
                style = f'class="dot h{shade(point.amount or 0, most)}"'
            x = _LEFT + places[point.bucket] * width
            body.append(f'<rect {style} x="{x:.1f}" y="{y}" {cell}><title>{words}</title></rect>')
    every = max(1, math.ceil(len(buckets) / 9))
    for bucket in buckets[::every]:
        x = _LEFT + places[bucket] * width
        body.append(f'<text class="tick" x="{x:.1f}" y="{height - 6}">{fmt.escaped(f"{bucket:%b %Y}")}</text>')
    return Markup("".join([*body, "</svg>"]))  # noqa: S704 - every text above is escaped


def shade(amount: float, most: float) -> int:
    """The step of an amount: 0 for zero, 1 to STEPS on a logarithmic scale up to the most."""
    if amount <= 0:
        return 0
    return max(1, math.ceil(STEPS * math.log1p(amount) / math.log1p(most))) if most > 0 else 1
