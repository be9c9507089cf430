"""---
kind: visualization
title: Ranked bars with intervals
question: Who comes first, and how sure is that?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Values and intervals as given.
data: []
licence: Apache-2.0
tags: [ranking, uncertainty]
---

# Ranked bars with intervals

Bars start at zero and stand in order of size. The whisker on each runs from the low to the high end of its interval,
whatever it stands for is said above the chart. Where the whiskers of two bars overlap widely, their order may be
chance. Unknown values stand last, hatched.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas, number_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    with months as (
        select entity_id, amount from timeseries_metrics
        where metric_name = 'contributors' and entity_type = 'project' and grain = 'month'
    )
    select p.project_name, avg(m.amount) as amount,
        quantile_cont(m.amount, 0.1) as low, quantile_cont(m.amount, 0.9) as high
    from months as m inner join projects as p on p.project_id = m.entity_id
    group by p.project_name
"""


@visualization
def draw(
    data: Data,
    *,
    label: str = "project_name",
    value: str = "amount",
    low: str = "low",
    high: str = "high",
    unit: str | None = None,
    interval: str = "interval",
    most: int = 25,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Horizontal bars in order of size, each with a whisker from the low to the high end of its interval.

    When to use:
        To rank what is only known roughly: estimates, votes, averages of months. Where whiskers overlap, the order
        says little. A value without an interval has no whisker.

    Columns:
        label (text): The project.
        value (number): The estimate; unknown ones stand last, hatched.
        low (number): Low end of the interval, not above the value; unknown where there is none.
        high (number): High end, not below the value.

    Parameters:
        unit: Unit of the value for the axis.
        interval: What the whiskers are, for the legend: "80 % of months", "95 % confidence".
        most: Bars at most; the largest are kept.

    Example:
        >>> figure = ranked_intervals(
        ...     {"project_name": ["go-libp2p", "boxo", "forest", "curio"], "amount": [6.8, 5.2, 6.2, 7.7],
        ...      "low": [5, 4, 4, 6], "high": [9, 7, 8, None]},
        ...     unit="active developers", interval="least and most of six months",
        ...     title="FIL RetroPGF 3: active developers in a month")
    """
    frame = checked(data, text={"label": label}, numbers={"value": value, "low": low, "high": high})
    wrong = frame[(frame["low"] > frame["value"]) | (frame["high"] < frame["value"])]
    if len(wrong):
        what = f"the interval of {wrong.iloc[0]['label']!r} does not hold its value"
        raise VisualizationError(what, hint=f"check the columns {low!r} and {high!r}: they are ends, not errors")
    order = frame.sort_values("value", ascending=False, kind="stable", na_position="last")
    shown = order.head(most)
    page = Page(title or f"{with_unit(value, unit)} by {with_unit(label, None)}", release=release_of(data, release))
    with canvas(theme, page, height=0.6 + 0.27 * max(3, len(shown))) as made:
        unknown = int(frame["value"].isna().sum())
        if unknown:
            made.note(f"{counted(unknown, 'value is', 'values are')} unknown")
        if len(order) > len(shown):
            made.note(f"{counted(len(order) - len(shown), 'smaller one', 'smaller ones')} left out")
        if frame["value"].notna().any():
            _draw(made, shown, with_unit(unit or value, None), interval)
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def _draw(made: Canvas, frame: pd.DataFrame, caption: str, interval: str) -> None:
    axes, theme = made.plot, made.theme
    at = np.arange(len(frame))
    values, low, high = (frame[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    axes.barh(at, np.nan_to_num(values), height=0.62, color=theme.accent)
    bottom, top = np.where(np.isnan(low), values, low), np.where(np.isnan(high), values, high)
    has_interval = ~np.isnan(low) | ~np.isnan(high)
    axes.hlines(at[has_interval], bottom[has_interval], top[has_interval], color=theme.ink, linewidth=1.6, zorder=3)
    for ends in (low, high):
        axes.plot(ends, at, "|", color=theme.ink, markersize=7, markeredgewidth=1.6, zorder=3)
    span = np.nanmax(np.abs(np.r_[values, low, high])) or 1.0
    axes.set_xlim(
        min(0, float(np.nanmin(np.r_[0, values, low]))) * 1.06, float(np.nanmax(np.r_[0, values, high, 0])) * 1.14 or 1
    )
    for position in range(len(frame)):
        if np.isnan(values[position]):
            axes.barh(position, span * 0.05, 0.62, facecolor="none", edgecolor=theme.unknown, hatch="////")
            axes.text(span * 0.06, position, "unknown", va="center_baseline", size=8, color=theme.soft)
        else:
            end = max(0.0, float(np.nanmax([values[position], top[position]])))
            axes.text(
                end + span * 0.015, position, compact(values[position]), va="center_baseline", size=8, color=theme.soft
            )
    axes.axvline(0, color=theme.soft, linewidth=0.8)
    axes.set_yticks(at, [shorten(str(name), 32) for name in frame["label"]])
    axes.set_ylim(len(frame) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(caption)
    number_axis(axes.xaxis)
    if has_interval.any():
        made.legend(interval, theme.ink, "line")
