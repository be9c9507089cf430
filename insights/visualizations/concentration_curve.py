"""---
kind: visualization
title: Concentration curve
question: How unevenly is an amount spread over projects?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Lorenz curve over the sorted amounts; Gini coefficient by the sorted-rank formula.
data: []
licence: Apache-2.0
tags: [distribution, funding]
---

# Concentration curve

Along the bottom stand the projects, those with the smallest amounts first; the curve tells which share of the total
they have together. If all had the same, it would be the dashed line. The deeper it hangs, the more a few have; the
Gini coefficient is twice the area between the two.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np

from observer.visualizations.canvas import Canvas, Page, canvas, share_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import NAMELESS, Data, checked, release_of
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select f.event_source as group_name, sum(f.amount) as amount
    from funding_by_project as f group by f.event_source, f.project_id having sum(f.amount) >= 0
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
    """The Lorenz curve: the share of the total that the smallest shares of projects have, with the Gini coefficient.

    When to use:
        To compare how concentrated rounds, commits or downloads are. On the straight line all have the same; the
        deeper the curve hangs, the more a few have. Zeros count as having nothing, unknown does not count.

    Columns:
        value (number): The amount of one project; zero or more.
        group (text): One curve for each, for instance the round; none for a single curve. At most seven.

    Parameters:
        unit: Unit of the amount for the title.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = concentration_curve(sample("commits_by_month"), value="commits", group="repository",
        ...                              title="How evenly two years of commits are spread over the months")
    """
    frame = checked(data, text={"group": group} if group else {}, numbers={"value": value})
    if "group" not in frame:
        frame["group"] = NAMELESS
    if (frame["value"] < 0).any():
        hint = "add up each project, refunds with grants, before it is drawn"
        raise VisualizationError(f"column {value!r} holds amounts below zero", hint=hint)
    known = frame.dropna(subset=["value"])
    page = Page(title or f"Concentration of {with_unit(value, unit)}", release=release_of(data, release))
    with canvas(theme, page, width=6.4, height=4.8) as made:
        if len(known) < len(frame):
            made.note(f"{counted(len(frame) - len(known), 'unknown amount', 'unknown amounts')} left out")
        curves = {str(name): part.to_numpy(dtype=float) for name, part in known.groupby("group", sort=False)["value"]}
        curves = {name: part for name, part in curves.items() if part.sum() > 0}
        if curves:
            _draw(made, curves)
        else:
            made.say("Nothing to draw: no amount above zero is known")
    return made.figure


def gini(amounts: np.ndarray) -> float:
    """The Gini coefficient, 0 for all equal to 1 - 1/n for one having all (sorted-rank formula)."""
    ordered = np.sort(amounts)
    count = len(ordered)
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * ordered.sum()))


def _draw(made: Canvas, curves: dict[str, np.ndarray]) -> None:
    axes, theme = made.plot, made.theme
    order = sorted(curves, key=lambda name: -gini(curves[name]))
    shown = order[: len(theme.series)]
    if len(order) > len(shown):
        made.note(f"{counted(len(order) - len(shown), 'more even curve', 'more even curves')} left out")
    axes.plot([0, 1], [0, 1], color=theme.soft, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for name, colour in zip(shown, theme.colours(len(shown)), strict=True):
        ordered = np.sort(curves[name])
        share = np.r_[0, np.cumsum(ordered)] / ordered.sum()
        axes.plot(np.linspace(0, 1, len(share)), share, color=colour, linewidth=2)
        caption = f"Gini {gini(ordered):.2f}"
        made.legend(caption if name == NAMELESS else f"{shorten(name)}, {caption}", colour, "line")
    if len(shown) == 1:
        amounts = np.sort(curves[shown[0]])
        top = amounts[-max(1, round(len(amounts) * 0.1)) :].sum() / amounts.sum()
        axes.text(
            0.04,
            0.94,
            f"the top 10 % have {top * 100:.0f} %",
            transform=axes.transAxes,
            size=10.5,
            weight="bold",
            color=theme.ink,
            va="top",
        )
        axes.fill_between(
            np.linspace(0, 1, len(amounts) + 1),
            np.r_[0, np.cumsum(amounts)] / amounts.sum(),
            np.linspace(0, 1, len(amounts) + 1),
            color=theme.accent,
            alpha=0.12,
            linewidth=0,
        )
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
        xlabel="share of them, the smallest first",
        ylabel="share of the total",
    )
    axes.grid(visible=True, axis="both")
    share_axis(axes.xaxis)
    share_axis(axes.yaxis)
