"""---
kind: visualization
title: Correlation of metrics
question: Which metrics say the same about projects, and which say something of their own?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Spearman's or Pearson's correlation of each pair over projects with both values known; at least three.
data: []
licence: Apache-2.0
tags: [metrics, impact-vector]
---

# Correlation of metrics

Each cell compares two metrics over the same projects: near 1 they rise together, near 0 they have nothing to do with
each other, near -1 one falls as the other rises. Two metrics near 1 count the same thing twice in a weighted score.
With few projects high correlations also come by chance.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.heat import colour_cells, frame_unknown, ink_on
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select p.project_name, k.metric_name, k.amount
    from key_metrics as k inner join projects as p on p.project_id = k.entity_id
    where k.entity_type = 'project' and k.grain = 'rolling_180_days'
        and k.metric_name in ('commits', 'contributors', 'active_developers', 'stars', 'pull_requests_merged')
"""


@visualization
def draw(
    data: Data,
    *,
    row: str = "project_name",
    metric: str = "metric_name",
    value: str = "amount",
    method: str = "rank",
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A triangle of correlations between metrics over the same projects, from -1 to 1.

    When to use:
        Before a round weighs several metrics: two that correlate at 0.9 say the same thing twice. Only projects
        with both values known count; pairs with fewer than three are unknown and hatched.

    Columns:
        row (text): The project.
        metric (text): The metric or impact vector.
        value (number): Its value for the project.

    Parameters:
        method: "rank" (Spearman, not moved by a few huge values) or "linear" (Pearson).

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = correlation_matrix(sample("fil_retropgf3_metrics"), metric="metric",
        ...                             title="FIL RetroPGF 3: which metrics say the same")
    """
    if method not in ("rank", "linear"):
        raise VisualizationError(f"there is no method {method!r}", hint="say 'rank' or 'linear'")
    frame = checked(data, text={"row": row, "metric": metric}, numbers={"value": value})
    one_each(frame, ["row", "metric"], "take one period and one grain of each metric")
    table = frame.pivot(index="row", columns="metric", values="value")
    table = table[list(dict.fromkeys(frame["metric"]))]
    kind = "rank" if method == "rank" else "linear"
    page = Page(title or f"Correlation of {with_unit(metric, None)}", f"{kind} correlation", release_of(data, release))
    count = table.shape[1]
    with canvas(theme, page, width=8 if count > 6 else 6.4, height=1.0 + 0.55 * max(3, min(count, 14))) as made:
        unknown = int(table.isna().to_numpy().sum())
        if unknown:
            made.note(f"{counted(unknown, 'unknown value', 'unknown values')} left out")
        if (table.notna().sum() >= 3).sum() < 2:
            made.say("Nothing to draw: that takes two metrics with known values of three projects")
        else:
            _draw(made, _correlations(table, method))
    return made.figure


def _correlations(table: pd.DataFrame, method: str) -> pd.DataFrame:
    names = list(table.columns)
    found = pd.DataFrame(np.nan, index=names, columns=names)
    for i, one in enumerate(names):
        for other in names[:i]:
            pair = table[[one, other]].dropna()
            pair = pair.rank() if method == "rank" else pair
            if len(pair) >= 3 and (pair.std() > 0).all():
                found.loc[one, other] = pair[one].corr(pair[other])
    return found


def _draw(made: Canvas, table: pd.DataFrame) -> None:
    axes, theme = made.plot, made.theme
    shown = table.iloc[1:, :-1]
    values = shown.to_numpy(dtype=float)
    below = np.tril(np.ones(values.shape, dtype=bool))
    colours = made.colormap(theme.diverging)
    colour_cells(made, np.where(below, values, np.nan), colours, (-1, 1))
    frame_unknown(made, below & np.isnan(values))
    for line, column in zip(*np.nonzero(below & ~np.isnan(values)), strict=True):
        ink = ink_on(colours((values[line, column] + 1) / 2)[:3])
        text = f"{values[line, column]:.2f}"
        size = 8.5 if len(shown) <= 14 else 6
        label = axes.text(column + 0.5, line + 0.5, text, ha="center", va="center_baseline", size=size, color=ink)
        label.set_in_layout(False)
    axes.set_yticks(
        np.arange(len(shown)) + 0.5, [with_unit(shorten(str(n), 24), None) for n in shown.index], rotation=0
    )
    captions = [with_unit(shorten(str(n), 24), None) for n in shown.columns]
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, captions, rotation=30, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
    made.legend("-1: one rises as the other falls", theme.diverging[0])
    made.legend("0: none", theme.diverging[3])
    made.legend("1: both rise", theme.diverging[-1])
