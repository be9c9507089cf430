"""---
kind: visualization
title: Density of an impact vector
question: How are the values of an impact vector spread over projects?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Gaussian kernel density with Scott's bandwidth, cut at the smallest and the largest value; median.
data: []
licence: Apache-2.0
tags: [impact-vector, distribution]
---

# Density of an impact vector

The curve is high where many projects have about that value; each tick below the axis is one project, the dashed line
the median. A good impact vector spreads projects over its whole range; one that pushes nearly all into a corner tells
them apart badly. The height itself has no unit.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import seaborn as sns

from observer.visualizations.canvas import Canvas, Page, canvas, number_axis
from observer.visualizations.figure import Figure
from observer.visualizations.frame import NAMELESS, Data, checked, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select metric_name, percent_rank() over (partition by metric_name order by amount) as amount
    from key_metrics
    where entity_type = 'project' and grain = 'rolling_180_days' and metric_name in ('commits', 'contributors')
        and amount is not null
"""


@visualization
def draw(
    data: Data,
    *,
    value: str = "amount",
    group: str | None = None,
    unit: str | None = None,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Smoothed distributions of one or several vectors, with a tick for every project and the median.

    When to use:
        To judge a normaliser: whether an impact vector tells projects apart over its whole range or pushes nearly
        all of them into one corner. The curve is a kernel density; its area is 1, its height has no unit.

    Columns:
        value (number): The value for one project; unknown ones are left out and counted.
        group (text): The vector, one curve for each; none for a single one. At most seven.

    Parameters:
        unit: Unit of the value, for instance "0 to 1".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = vector_density(sample("retropgf3"), value="op_received", unit="OP",
        ...                         title="RetroPGF 3: most of the 60 largest grants lie between 100k and 250k")
    """
    frame = checked(data, text={"group": group} if group else {}, numbers={"value": value})
    if "group" not in frame:
        frame["group"] = NAMELESS
    known = frame.dropna(subset=["value"])
    page = Page(title or f"Distribution of {with_unit(value, unit)}", release=release_of(data, release))
    with canvas(theme, page, height=3.5) as made:
        if len(known) < len(frame):
            made.note(f"{counted(len(frame) - len(known), 'unknown value', 'unknown values')} left out")
        if known.empty:
            made.say("Nothing to draw: no value is known")
        else:
            _draw(made, known, with_unit(value, unit))
    return made.figure


def _draw(made: Canvas, frame: pd.DataFrame, caption: str) -> None:
    axes, theme = made.plot, made.theme
    names = list(frame["group"].value_counts(sort=True).index[: len(theme.series)])
    for line, (name, colour) in enumerate(zip(names, theme.series, strict=False)):
        values = frame.loc[frame["group"] == name, "value"].to_numpy(dtype=float)
        if len(np.unique(values)) > 2:
            # Nothing lies beyond the smallest and the largest value, so the curve ends there.
            sns.kdeplot(x=values, ax=axes, color=colour, fill=True, alpha=0.18, linewidth=1.8, cut=0, gridsize=300)
        median = float(np.median(values))
        axes.axvline(median, color=colour, linestyle=(0, (4, 3)), linewidth=1.2)
        low = -0.035 - 0.045 * line
        chosen = values if len(values) <= 2000 else np.quantile(values, np.linspace(0, 1, 2000))
        axes.vlines(
            chosen,
            low - 0.03,
            low,
            transform=axes.get_xaxis_transform(),
            color=colour,
            linewidth=0.9,
            alpha=0.7 if len(values) < 300 else 0.25,
            clip_on=False,
        )
        median_text = f"median {compact(median)}, {counted(len(values), 'project', 'projects')}"
        made.legend(median_text if name == NAMELESS else f"{shorten(str(name))}, {median_text}", colour, "line")
    if frame["group"].nunique() > len(names):
        made.note(f"{frame['group'].nunique() - len(names)} more groups left out")
    axes.set_xlabel(caption, labelpad=6)
    axes.set_ylabel("density")
    axes.set_yticks([])
    axes.tick_params(axis="x", pad=10 + 6 * len(names))
    axes.spines["left"].set_visible(False)
    number_axis(axes.xaxis)
