"""---
kind: visualization
title: Distribution by group
question: How do groups differ over all their members, and not on average alone?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  All known values; median and quartiles by linear interpolation.
data: []
licence: Apache-2.0
tags: [distribution]
---

# Distribution by group

Every point is one value, every row a group, in the order of the medians. The orange line covers the half in the
middle, its dot is the median. Points are moved up and down a little, so that equal ones can be seen; only their place
from left to right counts.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import seaborn as sns

from observer.visualizations.canvas import Canvas, Page, canvas, number_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select event_source as group_name, amount from funding_by_project
"""


@visualization
def draw(
    data: Data,
    *,
    group: str = "group_name",
    value: str = "amount",
    unit: str | None = None,
    scale: str = "linear",
    most: int = 14,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A strip of points for each group, with its median and the half in the middle.

    When to use:
        To compare rounds, languages or collections by all their projects and not by their means alone. Points are
        moved up and down a little so that equal ones can be seen; that shift says nothing.

    Columns:
        group (text): The group.
        value (number): The value of one project; unknown ones are counted beside the group.

    Parameters:
        unit: Unit of the value for the axis.
        scale: "linear", or "log" for values above zero that span magnitudes.
        most: Groups at most; the largest ones are kept.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = group_distribution(sample("commits_by_month"), group="repository", value="commits",
        ...                             unit="commits a month", title="Months of six repositories")
    """
    if scale not in ("linear", "log"):
        raise VisualizationError(f"there is no scale {scale!r}", hint="say 'linear' or 'log'")
    frame = checked(data, text={"group": group}, numbers={"value": value})
    known = frame.dropna(subset=["value"])
    if scale == "log" and (known["value"] <= 0).any():
        raise VisualizationError(f"column {value!r} holds zero or less", hint="a log scale has no zero: take 'linear'")
    medians = known.groupby("group")["value"].median()
    sizes = known["group"].value_counts()
    shown = list(medians[sizes.index[:most]].sort_values(ascending=False, kind="stable").index)
    page = Page(title or f"{with_unit(value, unit)} by {with_unit(group, None)}", release=release_of(data, release))
    with canvas(theme, page, height=0.8 + 0.46 * max(2, len(shown))) as made:
        if len(known) < len(frame):
            made.note(f"{counted(len(frame) - len(known), 'unknown value', 'unknown values')} not drawn")
        if len(sizes) > len(shown):
            made.note(f"{counted(len(sizes) - len(shown), 'smaller group', 'smaller groups')} left out")
        if known.empty:
            made.say("Nothing to draw: no value is known")
        else:
            _draw(made, known, frame, shown, scale)
            made.plot.set_xlabel(with_unit(unit or value, None))
    return made.figure


def _draw(made: Canvas, known: pd.DataFrame, frame: pd.DataFrame, shown: list[str], scale: str) -> None:
    axes, theme = made.plot, made.theme
    part = known[known["group"].isin(shown)]
    # The shift of points is drawn by lot: from a fixed start, for equal pictures of equal data.
    state = np.random.get_state()
    np.random.seed(7)
    try:
        sns.stripplot(
            data=part,
            x="value",
            y="group",
            order=shown,
            ax=axes,
            color=theme.accent,
            jitter=0.24,
            linewidth=0,
            size=4.5 if len(part) < 600 else 2.6,
            alpha=0.6 if len(part) < 600 else 0.25,
            rasterized=len(part) > 3000,
        )
    finally:
        np.random.set_state(state)
    labels = []
    for line, name in enumerate(shown):
        values = part.loc[part["group"] == name, "value"].to_numpy(dtype=float)
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
        axes.hlines(line, low, high, color=theme.contrast, linewidth=3, zorder=5)
        axes.plot(median, line, "o", color=theme.contrast, markeredgecolor=theme.paper, markersize=8, zorder=6)
        unknown = int(frame.loc[frame["group"] == name, "value"].isna().sum())
        count = f"{len(values):,}" + (f", {unknown:,} unknown" if unknown else "")
        labels.append(f"{shorten(str(name), 26)}\n{compact(float(median))}, of {count}")
    axes.set_yticks(range(len(shown)), labels, size=8)
    axes.set_ylabel("")
    axes.set_ylim(len(shown) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if scale == "log":
        axes.set_xscale("log")
    elif part["value"].min() >= 0:
        axes.set_xlim(left=-0.01 * float(part["value"].max() or 1))
    number_axis(axes.xaxis)
    made.legend("median and the half in the middle", theme.contrast, "line")
    made.legend("one value", theme.accent, "dot")
