"""Who comes, stays, comes back and goes, month by month, as stacked bars; below the line those who left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from observer.model.metric import Grain
from observer.query.answers import Entity, Point, Series
from observer.query.reader import ReleaseReader
from observer.web import format as fmt
from observer.web.charts import HATCH, Scale

PARTS = ("returning_contributors", "resurrected_contributors", "new_contributors")
"""Bars above the line, from the line up."""

CHURNED = "churned_contributors"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 860, 300, 46, 12, 26


@dataclass(frozen=True, slots=True)
class Month:
    """People of one month; None is unknown. `retention` is the share of those of the month before who stayed."""

    bucket: date
    is_complete: bool
    new: float | None
    returning: float | None
    resurrected: float | None
    churned: float | None

    @property
    def retention(self) -> float | None:
        if self.returning is None or self.churned is None or not self.returning + self.churned:
            return None
        return self.returning / (self.returning + self.churned)


def months(reader: ReleaseReader, of: Entity, start: date | None) -> list[Month]:
    """The months of an entity, oldest first; none where the release lacks a metric of them."""
    found = {s.metric.name: s for s in reader.series_of_metrics((*PARTS, CHURNED), of, Grain.MONTH, start)}
    if len(found) < len(PARTS) + 1:
        return []
    points = {name: _by_bucket(series) for name, series in found.items()}
    return [
        Month(
            point.bucket,
            point.is_complete,
            *(
                points[name][point.bucket].amount if point.bucket in points[name] else None
                for name in ("new_contributors", "returning_contributors", "resurrected_contributors", CHURNED)
            ),
        )
        for point in found[CHURNED].points
    ]


def lifecycle_chart(found: Sequence[Month], label: str) -> Markup:
    """The chart; months in which a part is unknown are hatched."""
    above = max((sum(_known(month)) for month in found), default=0.0)
    below = max((month.churned or 0.0 for month in found), default=0.0)
    scale = Scale.upto(max(above, below))
    step = scale.ticks[1] - scale.ticks[0]
    ups, downs = math.ceil(above / step) or 1, math.ceil(below / step)
    unit = (_HEIGHT - _TOP - _BOTTOM) / (ups + downs) / step
    zero = _TOP + ups * step * unit
    slot = (_WIDTH - _LEFT - 8) / max(len(found), 1)
    body = [
        f'<svg class="chart lifecycle" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{fmt.escaped(label)}">',
        f"<title>{fmt.escaped(label)}</title>{HATCH}",
    ]
    for place in range(-downs, ups + 1):
        y, tick = zero - place * step * unit, fmt.short(abs(place * step))
        body.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>')
    for place, month in enumerate(found):
        body += _bar(month, _LEFT + place * slot, slot, zero, unit)
    every = max(1, math.ceil(len(found) / 9))
    for place, month in enumerate(found[::every]):
        x, anchor = _LEFT + place * every * slot, "start"
        if x > _WIDTH - 60:
            x, anchor = _WIDTH - 8, "end"
        at = f'x="{x:.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}"'
        body.append(f'<text class="tick" {at}>{month.bucket:%b %Y}</text>')
    return Markup("".join([*body, "</svg>"]))  # noqa: S704 - every text above is escaped


def _bar(month: Month, x: float, slot: float, zero: float, unit: float) -> list[str]:
    words = f"{month.bucket:%B %Y}"
    if None in (month.new, month.returning, month.resurrected, month.churned):
        place = f'x="{x:.1f}" y="{_TOP}" width="{slot:.1f}" height="{_HEIGHT - _TOP - _BOTTOM}"'
        return [f'<rect class="unknown" fill="url(#unknown)" {place}><title>{words}: unknown</title></rect>']
    result, y = [], zero
    partial = "" if month.is_complete else " partial"
    for style, name, amount in zip(
        ("returning", "resurrected", "new"), ("stayed", "came back", "new"), _known(month), strict=True
    ):
        height = amount * unit
        y -= height
        result.append(
            f'<rect class="dot {style}{partial}" x="{x + 1:.1f}" y="{y:.1f}" width="{max(slot - 2, 0.5):.1f}" '
            f'height="{height:.1f}"><title>{words}: {fmt.number(amount)} {name}</title></rect>'
        )
    left = month.churned or 0.0
    result.append(
        f'<rect class="dot churned{partial}" x="{x + 1:.1f}" y="{zero:.1f}" width="{max(slot - 2, 0.5):.1f}" '
        f'height="{left * unit:.1f}"><title>{words}: {fmt.number(left)} left</title></rect>'
    )
    return result


def _known(month: Month) -> tuple[float, float, float]:
    return month.returning or 0.0, month.resurrected or 0.0, month.new or 0.0


def _by_bucket(series: Series) -> Mapping[date, Point]:
    return {point.bucket: point for point in series.points}
