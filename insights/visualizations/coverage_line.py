"""---
kind: visualization
title: Line with coverage
question: How did a series go, and for which periods does nobody know?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Values as given; periods between the first and the last without a row are unknown.
data: []
licence: Apache-2.0
tags: [time, coverage, data-quality]
---

# Line with coverage

The line runs only where values are known. Hatched periods are unknown: nobody looked, which is something else than
nothing having happened; a zero that was seen is a ring on the baseline. The strip below the line tells which share of
each period was seen, so that a dip can be told from a hole.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas, date_axis, hatch, number_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import buckets, edges
from observer.visualizations.theme import ThemeName

QUERY = """
    select t.bucket, t.amount, 1.0 as coverage_ratio
    from timeseries_metrics as t inner join projects as p on p.project_id = t.entity_id
    where t.metric_name = 'commits' and t.entity_type = 'project' and t.grain = 'week'
        and p.project_id = (select entity_id from key_metrics where metric_name = 'commits'
            and entity_type = 'project' order by amount desc nulls last limit 1)
"""


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    value: str = "amount",
    coverage: str | None = None,
    unit: str | None = None,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A line of one series that shows what is not known: gaps and hatching, zeros as rings, a strip of coverage.

    When to use:
        For any series whose collection had holes; a fall in what was seen must not look like a fall in what
        happened. `Client.series(...)` answers with the columns that it wants.

    Columns:
        bucket (date): First day of the period. A bucket without a row between others is unknown.
        value (number): The value; missing is unknown, 0 is a zero that was seen.
        coverage (number): Share of the bucket that was seen, 0 to 1, for the strip below; none for no strip.

    Parameters:
        unit: Unit of the value for the axis.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> solidity = sample("commits_by_month").query("repository == 'solidity'")
        >>> figure = coverage_line(solidity, bucket="month", value="commits", unit="commits a month",
        ...                        title="solidity: nobody has looked since October 2024")
    """
    numbers = {"value": value} | ({"coverage": coverage} if coverage else {})
    frame = checked(data, dates={"bucket": bucket}, numbers=numbers).dropna(subset=["bucket"])
    one_each(frame, ["bucket"], "take one entity, one metric and one grain")
    if coverage and not frame["coverage"].dropna().between(0, 1).all():
        raise VisualizationError(f"column {coverage!r} is no share", hint="coverage runs from 0 to 1")
    series = frame.set_index("bucket").sort_index()
    series = series.reindex(buckets(series.index))
    page = Page(title or f"{with_unit(value, unit)} over time", release=release_of(data, release))
    with canvas(theme, page, height=3.4) as made:
        if series["value"].notna().any():
            _draw(made, series, with_unit(unit or value, None))
        else:
            made.say("Nothing to draw: all of it is unknown")
    return made.figure


def _draw(made: Canvas, series: pd.DataFrame, caption: str) -> None:
    axes, theme = made.plot, made.theme
    days, values = series.index, series["value"].to_numpy(dtype=float)
    known = ~np.isnan(values)
    axes.plot(days, values, color=theme.accent)
    alone = known & ~np.r_[False, known[:-1]] & ~np.r_[known[1:], False]
    axes.plot(days[alone], values[alone], "o", color=theme.accent, markersize=4.5)
    zeros = values == 0
    if zeros.any():
        axes.plot(
            days[zeros],
            values[zeros],
            "o",
            markerfacecolor=theme.paper,
            markeredgecolor=theme.accent,
            markersize=5,
            markeredgewidth=1.3,
            clip_on=False,
            zorder=4,
        )
    made.legend("value", theme.accent, "line")
    if zeros.any():
        made.legend("zero, seen", theme.accent, "dot")
    for left, right in edges(days, ~known):
        hatch(axes, left, right, theme)
        made.unknown_entry()
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    reach = (high - low) or 1.0
    foot = 0.09 if "coverage" in series else 0.0
    axes.set_ylim(low - reach * foot if foot else low * 1.05, high + reach * 0.08)
    if foot:
        _strip(made, series["coverage"].to_numpy(dtype=float), days, low - reach * foot, reach * 0.035)
    axes.axhline(0, color=theme.soft, linewidth=0.8)
    axes.margins(x=0.01)
    axes.set_ylabel(caption)
    number_axis(axes.yaxis)
    date_axis(axes.xaxis)


def _strip(made: Canvas, shares: np.ndarray, days: pd.DatetimeIndex, low: float, height: float) -> None:
    axes, theme = made.plot, made.theme
    seen = np.nan_to_num(shares)
    for chosen, colour in ((seen >= 0.999, theme.accent), ((seen > 0) & (seen < 0.999), theme.contrast)):
        for left, right in edges(days, chosen):
            axes.fill_between([left, right], low, low + height, color=colour, linewidth=0)
    if ((seen > 0) & (seen < 0.999)).any():
        made.legend("seen in part", theme.contrast)
    made.legend("seen in full", theme.accent)
