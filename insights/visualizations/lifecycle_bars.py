"""---
kind: visualization
title: Lifecycle bars
question: Does a community grow because people come, or because they stay?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Counts by period and state; states of those who left below the line.
data: []
licence: Apache-2.0
tags: [people, time]
---

# Lifecycle bars

Above the line stand those who were active in the period, by how they came: new, returning, back after a break. Below
it hang those who were missing for the first time. The bar above is everybody active; those below are not taken from
it, since they were counted in the period before.

Powered by Open Source Observer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas, date_axis, hatch, number_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import edges, pivoted
from observer.visualizations.theme import ThemeName

QUERY = """
    select bucket, metric_name as state, sum(amount) as amount
    from timeseries_metrics
    where entity_type = 'project' and grain = 'month'
        and metric_name in ('new_contributors', 'returning_contributors', 'resurrected_contributors',
            'churned_contributors')
    group by 1, 2
"""


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    state: str = "state",
    value: str = "amount",
    lost: Sequence[str] = ("churned", "churned_contributors"),
    unit: str = "people",
    absent: str = "zero",
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Stacked bars: the active ones above the line by how they came, those who left below it.

    When to use:
        To see whether a community grows because people come or because they stay. The bar below the line hangs at
        the period in which somebody was missing for the first time.

    Columns:
        bucket (date): First day of the period.
        state (text): What they are: new, returning, resurrected, churned, or others.
        value (number): How many; zero or more. A period with an unknown part is hatched.

    Parameters:
        lost: States that are drawn below the line.
        unit: What is counted, for the axis.
        absent: What a pair without a row means: "zero" or "unknown".

    Example:
        >>> figure = lifecycle_bars(
        ...     {"bucket": ["2023-01-01", "2023-04-01", "2023-07-01"] * 3,
        ...      "state": ["new"] * 3 + ["returning"] * 3 + ["churned"] * 3,
        ...      "amount": [35, 29, 32, 21, 20, 14, 30, 36, 35]},
        ...     title="foundry in 2023: committers who came, stayed and left")
    """
    frame = checked(data, dates={"bucket": bucket}, text={"state": state}, numbers={"value": value})
    frame = frame.dropna(subset=["bucket"]).rename(columns={"state": "group"})
    one_each(frame, ["bucket", "group"], f"add them up: frame.groupby([{bucket!r}, {state!r}]).sum()")
    if (frame["value"] < 0).any():
        hint = "give counts and name the states of those who left: lost=[...]"
        raise VisualizationError(f"column {value!r} holds amounts below zero", hint=hint)
    page = Page(title or f"{with_unit(unit, None)} by {with_unit(state, None)}", release=release_of(data, release))
    with canvas(theme, page, height=3.8) as made:
        if frame["value"].notna().any():
            _draw(made, pivoted(frame, absent=absent), frozenset(lost))
            made.plot.set_ylabel(with_unit(unit, None))
        else:
            made.say("Nothing to draw: no number is known")
    return made.figure


def _draw(made: Canvas, table: pd.DataFrame, lost: frozenset[str]) -> None:
    axes, theme = made.plot, made.theme
    days = pd.DatetimeIndex(table.index)
    width = float(np.median(np.diff(days.to_numpy()).astype("timedelta64[D]").astype(float))) if len(days) > 1 else 28
    above = [name for name in table.sum().sort_values(ascending=False, kind="stable").index if name not in lost]
    below = [name for name in table.columns if name in lost]
    known = table.notna().all(axis=1).to_numpy()
    rest = [c for c in theme.series if c != theme.contrast]
    for names, sign, colours in ((above, 1, rest), (below, -1, [theme.contrast])):
        base = np.zeros(len(table))
        for i, name in enumerate(names):
            heights = np.where(known, table[name].to_numpy(dtype=float), 0.0)
            colour = colours[i] if i < len(colours) else theme.other
            if len(days) <= 200:
                axes.bar(days, sign * heights, width * 0.78, bottom=sign * base, color=colour, align="center")
            else:
                # One patch for all bars: thousands of rectangles would take seconds.
                top = sign * (base + heights)
                axes.fill_between(days, sign * base, top, step="mid", color=colour, linewidth=0)
            base += heights
            made.legend(with_unit(str(name), None), colour)
    axes.axhline(0, color=theme.ink, linewidth=0.9)
    for left, right in edges(days, ~known):
        hatch(axes, left, right, theme)
        made.unknown_entry()
    axes.margins(x=0.02)
    number_axis(axes.yaxis)
    if len(days) <= 8:
        axes.set_xticks(list(days), [f"{day:%b %Y}" for day in days])
    else:
        date_axis(axes.xaxis)
