"""---
kind: visualization
title: Parallel coordinates
question: Which projects are strong in everything, and which in one thing?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Each axis from zero, or the smallest value below it, to the largest; leaders by mean percentile rank.
data: []
licence: Apache-2.0
tags: [metrics, impact-vector]
---

# Parallel coordinates

Each vertical line is a metric with a scale of its own, each line across it a project. Lines that stay on top lead in
everything; crossings between two metrics mean that being strong in one does not go with the other. The order of the
metrics is that of the data and changes the picture.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from matplotlib.collections import LineCollection

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select p.project_name, k.metric_name, k.amount
    from key_metrics as k inner join projects as p on p.project_id = k.entity_id
    where k.entity_type = 'project' and k.grain = 'rolling_180_days'
        and k.metric_name in ('commits', 'contributors', 'active_developers', 'stars', 'pull_requests_merged')
"""
_MOST = 12


@visualization
def draw(
    data: Data,
    *,
    row: str = "project_name",
    metric: str = "metric_name",
    value: str = "amount",
    highlight: int = 5,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """One vertical axis for each metric and one line for each project; the leading ones in colour.

    When to use:
        To see profiles: who is strong in everything, who in one thing only. Each axis runs from zero (or the
        smallest value below it) to the largest, which is written above it. For the numbers themselves take
        project_metrics_heatmap.

    Columns:
        row (text): The project.
        metric (text): The metric or impact vector, two to twelve of them.
        value (number): The value. Where it is unknown the line is broken.

    Parameters:
        highlight: Projects in colour and by name: those with the highest mean rank; seven at most.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = parallel_coordinates(sample("fil_retropgf3_metrics"), metric="metric",
        ...                               title="FIL RetroPGF 3: fourteen applicants over five metrics")
    """
    frame = checked(data, text={"row": row, "metric": metric}, numbers={"value": value})
    one_each(frame, ["row", "metric"], "take one period and one grain of each metric")
    names = list(dict.fromkeys(frame["metric"]))
    if len(names) > _MOST or len(names) == 1:
        hint = f"choose some of the values of {metric!r}"
        raise VisualizationError(f"two to {_MOST} metrics have room, not {len(names)}", hint=hint)
    table = frame.pivot(index="row", columns="metric", values="value")[names]
    page = Page(title or f"{with_unit(row, None)} over {len(names)} metrics", release=release_of(data, release))
    with canvas(theme, page, height=4.2) as made:
        broken = int(table.isna().any(axis=1).sum())
        if broken:
            made.note(f"{counted(broken, 'line is', 'lines are')} broken at unknown values")
        if table.notna().to_numpy().any():
            _draw(made, table, min(highlight, len(made.theme.series)))
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def _draw(made: Canvas, table: pd.DataFrame, highlight: int) -> None:
    axes, theme = made.plot, made.theme
    values = table.to_numpy(dtype=float)
    with np.errstate(all="ignore"):
        low = np.fmin(np.nanmin(np.where(np.isnan(values), 0, values), axis=0), 0)
        high = np.nan_to_num(np.fmax.reduce(values, axis=0), nan=0.0)
    span = np.where(high > low, high - low, 1.0)
    shares = (values - low) / span
    at = np.arange(values.shape[1])
    order = np.argsort(-table.rank(pct=True).mean(axis=1).fillna(0).to_numpy(), kind="stable")
    leading, rest = order[:highlight], order[highlight:]
    alpha = float(np.clip(12 / np.sqrt(max(1, len(rest))), 0.06, 0.7))
    lines = [np.column_stack([at, shares[i]]) for i in rest]
    axes.add_collection(
        LineCollection(lines, colors=theme.other, linewidths=1.1, alpha=alpha, rasterized=len(rest) > 3000)
    )
    alone = ~np.isnan(shares)
    alone &= np.isnan(np.c_[np.full(len(shares), np.nan), shares[:, :-1]])
    alone &= np.isnan(np.c_[shares[:, 1:], np.full(len(shares), np.nan)])
    for i, column in zip(*np.nonzero(alone), strict=True):
        axes.plot(column, shares[i, column], ".", color=theme.other)
    for i, colour in reversed(list(zip(leading, theme.series, strict=False))):
        axes.plot(at, shares[i], color=colour, linewidth=2.2, marker="o", markersize=4.5)
    for i, colour in zip(leading, theme.series, strict=False):
        made.legend(shorten(str(table.index[i]), 30), colour, "line")
    if len(rest):
        made.legend(f"{counted(len(rest), 'other', 'others')}", theme.other, "line")
    axes.vlines(at, 0, 1, color=theme.soft, linewidth=0.9, zorder=0.5)
    for column in at:
        for share, bound, side in ((1.0, high[column], 6), (0.0, low[column], -6)):
            axes.annotate(
                compact(float(bound)),
                (column, share),
                (0, side),
                textcoords="offset points",
                ha="center",
                va="bottom" if side > 0 else "top",
                size=8,
                color=theme.soft,
            )
    captions = [with_unit(shorten(str(name), 20), None).replace(" ", "\n", 1) for name in table.columns]
    axes.set_xticks(at, captions, color=theme.ink)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=12)
    axes.set(ylim=(-0.08, 1.08), xlim=(-0.25, len(at) - 0.75))
    axes.yaxis.set_visible(False)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
