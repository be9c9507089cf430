"""---
kind: visualization
title: Joy plot
question: What shapes do the lives of many projects have?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Values cut at the 98th percentile, a centred moving mean, each project divided by its own largest.
data: []
licence: Apache-2.0
tags: [time, activity]
---

# Joy plot

Each ridge is a project over time, on a scale of its own: the height tells when it was busy, not how busy compared
with others. Projects stand in the order of the middle of their activity, early ones on top. Hatched stretches are
unknown, and a ridge on the baseline was idle.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import seaborn as sns

from observer.visualizations.canvas import Canvas, Page, canvas, date_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import edges, pivoted
from observer.visualizations.theme import ThemeName

QUERY = """
    select p.project_name, t.bucket, t.amount
    from timeseries_metrics as t inner join projects as p on p.project_id = t.entity_id
    where t.metric_name = 'commits' and t.entity_type = 'project' and t.grain = 'week'
"""


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    group: str = "project_name",
    value: str = "amount",
    smooth: int = 3,
    most: int = 24,
    absent: str = "zero",
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Ridges one above the other, each on a scale of its own, in the order in which they have their middle.

    When to use:
        To see many lives at a glance: who started early, who comes back, who has gone quiet. Heights cannot be
        compared between ridges, since each reaches from zero to its own largest value.

    Columns:
        bucket (date): First day of the period.
        group (text): The project.
        value (number): What happened; zero or more. Unknown periods are gaps in the ridge.

    Parameters:
        smooth: Buckets of the centred moving mean; 1 for none. Values above the 98th percentile are cut to it.
        most: Ridges at most; those with the largest sums are kept.
        absent: What a bucket without a row means: "zero" or "unknown".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = joy_plot(sample("commits_by_month"), bucket="month", group="repository", value="commits",
        ...                   title="The rhythm of six repositories: commits in two years")
    """
    if smooth < 1:
        raise VisualizationError(f"smooth={smooth} is no number of buckets", hint="take 1 for none, or more")
    frame = checked(data, dates={"bucket": bucket}, text={"group": group}, numbers={"value": value})
    frame = frame.dropna(subset=["bucket"])
    one_each(frame, ["bucket", "group"], "take one metric and one grain")
    sums = frame.groupby("group")["value"].sum().sort_values(ascending=False, kind="stable")
    kept = frame[frame["group"].isin(sums.index[:most])]
    page = Page(title or f"{with_unit(value, None)} by {with_unit(group, None)}", release=release_of(data, release))
    with canvas(theme, page, height=1.0 + 0.42 * max(3, min(most, len(sums)))) as made:
        if len(sums) > most:
            made.note(f"{counted(len(sums) - most, 'smaller one', 'smaller ones')} left out")
        if kept["value"].notna().any():
            _ridges(made, pivoted(kept, absent=absent), smooth)
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def ridge(values: np.ndarray, smooth: int) -> np.ndarray:
    """Heights from 0 to 1: cut at the 98th percentile, smoothed, divided by the largest; unknown stays unknown."""
    known = values[~np.isnan(values)]
    if not known.size or known.max() <= 0:
        return np.where(np.isnan(values), np.nan, 0.0)
    cut = np.minimum(values, np.quantile(known, 0.98) if known.size > 50 else known.max())
    mean = pd.Series(cut).rolling(smooth, center=True, min_periods=1).mean().to_numpy()
    mean = np.where(np.isnan(values), np.nan, mean)
    top = np.nanmax(mean)
    return mean / top if top > 0 else mean


def _ridges(made: Canvas, table: pd.DataFrame, smooth: int) -> None:
    axes, theme = made.plot, made.theme
    weights = table.fillna(0).to_numpy(dtype=float)
    middle = (weights * np.arange(len(table))[:, None]).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-12)
    order = np.argsort(middle, kind="stable")
    palette = sns.color_palette(f"blend:{theme.series[0]},{theme.series[1]}", max(2, len(order)))
    has_unknown = False
    for line, column in enumerate(order):
        base = len(order) - 1 - line
        values = table.iloc[:, column].to_numpy(dtype=float)
        heights = ridge(values, smooth) * 1.2
        level = 3 + 2 * line
        axes.fill_between(table.index, base, base + heights, color=palette[line], alpha=0.94, linewidth=0, zorder=level)
        axes.plot(table.index, base + heights, color=theme.paper, linewidth=1.4, zorder=level + 1)
        if len(table) == 1:
            axes.plot(table.index, base + heights, "o", color=palette[line], zorder=level + 1)
        for left, right in edges(table.index, np.isnan(values)):
            axes.fill_between(
                [left, right],
                base,
                base + 0.5,
                facecolor=theme.paper,
                edgecolor=theme.unknown,
                hatch="////",
                linewidth=0,
                zorder=level + 1,
            )
            has_unknown = True
        axes.axhline(base, color=theme.line, linewidth=0.8, zorder=level)
    if has_unknown:
        made.unknown_entry()
    names = [shorten(str(table.columns[column]), 26) for column in order]
    axes.set_yticks(range(len(order) - 1, -1, -1), names, va="bottom")
    axes.set_ylim(-0.08, len(order) + 0.35)
    axes.margins(x=0)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    date_axis(axes.xaxis)
