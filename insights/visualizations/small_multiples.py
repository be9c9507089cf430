"""---
kind: visualization
title: Small multiples
question: How did each of many projects go, seen alone?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Values as given; one chart for each group.
data: []
licence: Apache-2.0
tags: [time, comparison]
---

# Small multiples

The same small chart for every project, all over the same time and from zero. With a common scale heights can be
compared between charts; with scales of their own only shapes can. The number beside each name is its last known
value, marked by the dot. Hatched periods are unknown.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from observer.visualizations.canvas import Canvas, Page, canvas, date_ticks, hatch, number_axis
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import edges, pivoted
from observer.visualizations.theme import ThemeName

QUERY = """
    select p.project_name, t.bucket, t.amount
    from timeseries_metrics as t inner join projects as p on p.project_id = t.entity_id
    where t.metric_name = 'contributors' and t.entity_type = 'project' and t.grain = 'month'
"""
_COLUMNS = 4


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    group: str = "project_name",
    value: str = "amount",
    unit: str | None = None,
    most: int = 12,
    absent: str = "zero",
    is_shared: bool = True,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A grid of small line charts, one for each project, all from zero and all over the same time.

    When to use:
        When lines in one chart would tangle: many projects, or people who may not be added up. The last known value
        stands at the end of each line; unknown periods are hatched.

    Columns:
        bucket (date): First day of the period.
        group (text): The project.
        value (number): The value; unknown is missing.

    Parameters:
        unit: Unit of the value.
        most: Charts at most; those with the largest values are kept.
        absent: What a bucket without a row means: "zero" or "unknown".
        is_shared: Whether all have the same vertical axis; without, only the shapes can be compared.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = small_multiples(sample("commits_by_month"), bucket="month", group="repository", value="authors",
        ...                          title="People with a commit in each month")
    """
    frame = checked(data, dates={"bucket": bucket}, text={"group": group}, numbers={"value": value})
    frame = frame.dropna(subset=["bucket"])
    one_each(frame, ["bucket", "group"], "take one metric and one grain")
    table = pivoted(frame, absent=absent) if len(frame) else frame
    order = [] if table.empty else list(table.max().sort_values(ascending=False, kind="stable").index)
    shown = order[:most]
    columns = min(_COLUMNS, max(1, len(shown))) if len(shown) != 6 else 3
    rows = max(1, -(-len(shown) // columns))
    page = Page(title or f"{with_unit(value, unit)} by {with_unit(group, None)}", release=release_of(data, release))
    with canvas(theme, page, height=0.3 + (1.35 if rows > 1 else 2.6) * rows, rows=rows, columns=columns) as made:
        if len(order) > len(shown):
            made.note(f"{counted(len(order) - len(shown), 'smaller one', 'smaller ones')} left out")
        if shown and table.notna().to_numpy().any():
            top = float(np.nanmax(table[shown].to_numpy(dtype=float))) if is_shared else None
            ticks = date_ticks(table.index[0].to_pydatetime(), table.index[-1].to_pydatetime(), most=5)
            for axes, name in zip(made.axes, shown, strict=False):
                _one(made, axes, table[name], top, ticks)
            for axes in made.axes[len(shown) :]:
                axes.set_axis_off()
            made.axes[0].set_ylabel(with_unit(unit or value, None))
            for position, axes in enumerate(made.axes[: len(shown)]):
                axes.tick_params(labelleft=not is_shared or position % columns == 0)
                axes.tick_params(labelbottom=position + columns >= len(shown))
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def _one(made: Canvas, axes: Axes, series: pd.Series, top: float | None, ticks: tuple[list[float], list[str]]) -> None:
    theme = made.theme
    values = series.to_numpy(dtype=float)
    axes.fill_between(series.index, 0, values, color=theme.accent, alpha=0.16, linewidth=0)
    axes.plot(series.index, values, color=theme.accent, linewidth=1.6, marker="o" if len(values) == 1 else None)
    for left, right in edges(series.index, np.isnan(values)):
        hatch(axes, left, right, theme)
        made.unknown_entry()
    known = series.dropna()
    if len(known):
        axes.plot(known.index[-1], known.iloc[-1], "o", color=theme.contrast, markersize=4)
        axes.set_title(f"{shorten(str(series.name), 20)}  {compact(float(known.iloc[-1]))}", size=8.5)
    else:
        axes.set_title(shorten(str(series.name), 24), size=8.5)
    own = float(np.nanmax(np.r_[values, 0]))
    low = float(np.nanmin(np.r_[values, 0]))
    axes.set_ylim(low * 1.05, ((own if top is None else top) or 1) * 1.12)
    axes.margins(x=0.02)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    number_axis(axes.yaxis)
    axes.set_xticks(*ticks)
    axes.tick_params(labelsize=7.5)
