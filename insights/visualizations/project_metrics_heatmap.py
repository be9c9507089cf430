"""---
kind: visualization
title: Projects by metrics
question: How do the projects of a collection compare over several metrics?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Percentile rank of each value within its metric; projects in order of their mean rank.
data: []
licence: Apache-2.0
tags: [metrics, collection]
---

# Projects by metrics

Each line is a project, each column a metric. The number in a cell is the value, the colour its rank among the
projects shown: the strongest colour is the highest value of the column, whatever its unit. Hatched cells are unknown,
which is neither low nor zero.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.heat import colour_cells, frame_unknown, ink_on
from observer.visualizations.labels import compact, counted, shorten, with_unit
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
    most: int = 24,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A heat map with one line per project and one column per metric; the numbers are written into the cells.

    When to use:
        To compare a collection over several metrics at once. The colour is the rank of the project within the
        metric, so that metrics with different units can stand side by side; the number is the value itself.

    Columns:
        row (text): The project.
        metric (text): The metric; at most twelve are readable.
        value (number): The value. Unknown values and pairs without a row are hatched, never zero.

    Parameters:
        most: Lines; projects with the highest mean rank are kept and stand first.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = project_metrics_heatmap(sample("fil_retropgf3_metrics"), metric="metric",
        ...                                  title="FIL RetroPGF 3: fourteen applicants, five metrics, six months")
    """
    frame = checked(data, text={"row": row, "metric": metric}, numbers={"value": value})
    one_each(frame, ["row", "metric"], "take one period and one grain of each metric")
    table = frame.pivot(index="row", columns="metric", values="value")
    table = table[list(dict.fromkeys(frame["metric"]))]
    ranks = table.rank(pct=True)
    order = ranks.mean(axis=1).sort_values(ascending=False, kind="stable", na_position="last").index
    shown = order[:most]
    page = Page(title or f"{with_unit(metric, None)} by {with_unit(row, None)}", release=release_of(data, release))
    with canvas(theme, page, height=0.7 + 0.27 * max(1, len(shown))) as made:
        if len(order) > most:
            made.note(f"{counted(len(order) - most, 'line', 'lines')} with lower ranks left out")
        if table.notna().to_numpy().any():
            _draw(made, table.loc[shown], ranks.loc[shown])
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def _draw(made: Canvas, table: pd.DataFrame, ranks: pd.DataFrame) -> None:
    axes, theme = made.plot, made.theme
    values, shares = table.to_numpy(dtype=float), ranks.to_numpy(dtype=float)
    colours = made.colormap(theme.sequential)
    colour_cells(made, shares, colours, (0, 1))
    frame_unknown(made, np.isnan(values))
    if values.shape[1] <= 16:
        for line, column in zip(*np.nonzero(~np.isnan(values)), strict=True):
            ink = ink_on(colours(shares[line, column])[:3])
            text = compact(values[line, column])
            label = axes.text(column + 0.5, line + 0.5, text, ha="center", va="center_baseline", size=8, color=ink)
            label.set_in_layout(False)
    axes.set_yticks(np.arange(len(table)) + 0.5, [shorten(str(name)) for name in table.index], rotation=0)
    captions = [with_unit(shorten(str(name), 22), None).replace(" ", "\n", 1) for name in table.columns]
    is_narrow = values.shape[1] > 9
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, captions, rotation=90 if is_narrow else 0)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
    made.legend("lowest in the metric", theme.sequential[0])
    made.legend("highest", theme.sequential[-1])
