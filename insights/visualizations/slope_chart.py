"""---
kind: visualization
title: Slope chart
question: What changed between two moments?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Values as given, on one common scale from zero.
data: []
licence: Apache-2.0
tags: [time, comparison]
---

# Slope chart

Each line runs from the value before to the value after; rising ones have one colour and falling ones another. Both
sides have the same scale, so that steepness is the change in units, not in percent. A dot without a line has a value
on that side only: the other one is unknown.

Powered by Open Source Observer.
"""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.placement import spread
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    with months as (
        select entity_id, bucket, amount, row_number() over (partition by entity_id order by bucket desc) as age
        from timeseries_metrics where metric_name = 'commits' and entity_type = 'project' and grain = 'month'
    )
    select p.project_name, b.amount as before, a.amount as after
    from months as b inner join months as a on a.entity_id = b.entity_id and a.age = 1 and b.age = 3
    inner join projects as p on p.project_id = a.entity_id
"""


@visualization
def draw(
    data: Data,
    *,
    label: str = "project_name",
    before: str = "before",
    after: str = "after",
    unit: str | None = None,
    most: int = 16,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Lines from the value before to the value after, with names and numbers at both ends.

    When to use:
        For up to some fifteen projects at two moments: before and after a round, last year and this. Says that
        something changed, not why; for that take before_and_after with a control.

    Columns:
        label (text): The project.
        before (number): The earlier value.
        after (number): The later one. A project with only one end known is a point there, without a line.

    Parameters:
        unit: Unit of the values.
        most: Lines at most; those that changed most are kept.

    Example:
        >>> figure = slope_chart(
        ...     {"repository": ["viem", "foundry", "solidity", "openzeppelin-contracts", "ethers"],
        ...      "2023": [960, 1062, 735, 362, 308], "2024": [1380, 1175, None, 260, 70]},
        ...     label="repository", before="2023", after="2024", title="Commits in two years")
    """
    frame = checked(data, text={"label": label}, numbers={"before": before, "after": after})
    known = frame.dropna(subset=["before", "after"], how="all")
    change = (known["after"] - known["before"]).abs()
    shown = known.loc[change.sort_values(ascending=False, kind="stable", na_position="last").index[:most]]
    page = Page(title or f"{with_unit(before, unit)} and {with_unit(after, unit)}", release=release_of(data, release))
    with canvas(theme, page, width=7.2, height=1.0 + 0.3 * max(6, len(shown))) as made:
        if len(known) > len(shown):
            made.note(f"{counted(len(known) - len(shown), 'line', 'lines')} that changed less left out")
        if len(frame) > len(known):
            made.note(f"{counted(len(frame) - len(known), 'unknown project', 'unknown projects')} not drawn")
        halves = int(shown[["before", "after"]].isna().any(axis=1).sum())
        if halves:
            made.note(f"{counted(halves, 'project', 'projects')} with one end unknown")
        if shown.empty:
            made.say("Nothing to draw: no value is known")
        else:
            _draw(made, shown, (with_unit(before, unit), with_unit(after, unit)))
    return made.figure


def _draw(made: Canvas, frame: pd.DataFrame, captions: tuple[str, str]) -> None:
    axes, theme = made.plot, made.theme
    rises = frame["after"] > frame["before"]
    falls = frame["after"] < frame["before"]
    colours = [
        theme.accent if up else theme.contrast if down else theme.other for up, down in zip(rises, falls, strict=True)
    ]
    for (_, row), colour in zip(frame.iterrows(), colours, strict=True):
        axes.plot([0, 1], [row["before"], row["after"]], color=colour, marker="o", markersize=5, linewidth=1.8)
    everything = pd.concat([frame["before"], frame["after"]]).dropna()
    low, high = min(0.0, float(everything.min())), float(everything.max())
    reach = (high - low) or 1.0
    axes.set_ylim(low - reach * 0.04, high + reach * 0.06)
    gap = reach * 1.1 / max(6, len(frame)) * 0.62
    for side, column in ((0, "before"), (1, "after")):
        ends = frame.dropna(subset=[column])
        if ends.empty:
            continue
        places = spread(ends[column].to_numpy(), gap)
        for place, (_, row) in zip(places, ends.iterrows(), strict=True):
            name, amount = shorten(str(row["label"]), 24), compact(row[column])
            axes.annotate(
                f"{amount}  {name}" if side else f"{name}  {amount}",
                (side, row[column]),
                (side + (0.05 if side else -0.05), place),
                ha="left" if side else "right",
                va="center_baseline",
                size=8.5,
                color=theme.ink,
                arrowprops={"arrowstyle": "-", "color": theme.line, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 3},
            )
    axes.set_xlim(-0.12, 1.12)
    axes.set_xticks([0, 1], captions, size=10)
    axes.xaxis.tick_top()
    axes.yaxis.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.vlines([0, 1], *axes.get_ylim(), color=theme.line, linewidth=1, zorder=0)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    if rises.any():
        made.legend("rose", theme.accent, "line")
    if falls.any():
        made.legend("fell", theme.contrast, "line")
