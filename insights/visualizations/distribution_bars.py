"""---
kind: visualization
title: Distribution bars
question: How much did each get, what did the middle get, and where do the top ten percent begin?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Values in order of size; median and 90th percentile by linear interpolation.
data: []
licence: Apache-2.0
tags: [distribution, funding]
---

# Distribution bars

Each bar is a project, the largest at the left, all from zero. The orange line is the median: half have more, half
have less. The other line is where the top ten percent begin. The largest are named; amounts that are unknown are no
bars, and their number is told below.

Powered by Open Source Observer.
"""

from __future__ import annotations

from matplotlib.ticker import MaxNLocator

from observer.visualizations.canvas import Canvas, Page, canvas, number_axis
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.placement import Spot, place
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select p.project_name, sum(f.amount) as amount
    from funding_by_project as f inner join projects as p on p.project_id = f.project_id
    group by p.project_name order by amount desc nulls last limit 1000
"""


@visualization
def draw(
    data: Data,
    *,
    label: str = "project_name",
    value: str = "amount",
    unit: str | None = None,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Ranked bars of one amount for each project, with dashed lines at the median and at the top decile.

    When to use:
        To see how evenly money or activity is spread: who got how much, what the middle got, where the top ten
        percent begin. For one number about inequality take concentration_curve.

    Columns:
        label (text): The project, or whatever the amounts belong to.
        value (number): Its amount. Unknown amounts are counted in the source line and not drawn.

    Parameters:
        unit: Unit of the amount for the axis, for instance "OP".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = distribution_bars(sample("retropgf3"), value="op_received", unit="OP",
        ...                            title="RetroPGF 3: the 60 largest grants")
    """
    frame = checked(data, text={"label": label}, numbers={"value": value})
    known = frame.dropna(subset=["value"]).sort_values("value", ascending=False, kind="stable")
    page = Page(title or f"{with_unit(value, unit)} by rank", release=release_of(data, release))
    with canvas(theme, page, height=3.9) as made:
        unknown = len(frame) - len(known)
        if unknown:
            made.note(f"{counted(unknown, 'unknown amount', 'unknown amounts')} not drawn")
        if known.empty:
            made.say("Nothing to draw: no amount is known")
        else:
            _bars(made, list(known["label"]), known["value"].to_numpy(), with_unit(value, unit), with_unit(label, None))
    return made.figure


def _bars(made: Canvas, labels: list[str], values: object, value_caption: str, label_caption: str) -> None:
    import numpy as np

    amounts = np.asarray(values, dtype=float)
    axes, theme, count = made.plot, made.theme, len(amounts)
    median, decile = float(np.median(amounts)), float(np.quantile(amounts, 0.9))
    # One patch for all bars: ten thousand rectangles would take seconds.
    edges = np.arange(count + 1) + 0.5
    axes.stairs(amounts, edges, fill=True, color=theme.accent, linewidth=0)
    if count <= 120:
        axes.vlines(edges[1:-1], 0, amounts[:-1], colors=theme.paper, linewidths=1.2)
    axes.axhline(0, color=theme.soft, linewidth=0.8)
    axes.axhline(median, color=theme.contrast, linestyle=(0, (4, 3)), linewidth=1.4)
    axes.axhline(decile, color=theme.ink, linestyle=(0, (4, 3)), linewidth=1.2)
    made.legend(f"median {compact(median)}", theme.contrast, "dash")
    made.legend(f"top 10 % from {compact(decile)}", theme.ink, "dash")
    axes.set_xlim(0.5, count + 0.5)
    axes.set_xlabel(f"rank by {label_caption}, of {count:,}")
    axes.set_ylabel(value_caption)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    number_axis(axes.yaxis)
    axes.margins(y=0.08)
    first = [
        Spot(rank + 1, float(amounts[rank]), f"{shorten(labels[rank])}  {compact(float(amounts[rank]))}", 2)
        for rank in range(min(5, count))
    ]
    made.later(lambda: place(axes, first, theme))
