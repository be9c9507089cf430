"""---
kind: visualization
title: Bump chart
question: Who leads, who catches up, and when did the order change?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Ranks of known values in each period, the largest first; ties by order of the columns.
data: []
licence: Apache-2.0
tags: [time, ranking]
---

# Bump chart

Every line is a project, its height the rank in each period, the first on top. A crossing is an overtaking. The
distance between ranks says nothing about the distance between values: the first may lead by one commit or by a
thousand. Where a value is unknown the line breaks off.

Powered by Open Source Observer.
"""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import buckets
from observer.visualizations.theme import ThemeName

QUERY = """
    select p.project_name, t.bucket, t.amount
    from timeseries_metrics as t inner join projects as p on p.project_id = t.entity_id
    where t.metric_name = 'commits' and t.entity_type = 'project' and t.grain = 'month'
"""


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    group: str = "project_name",
    value: str = "amount",
    most: int = 10,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Lines of ranks: the first is on top, a crossing is an overtaking.

    When to use:
        For leaderboards over a handful of periods, where the order matters more than the distance. Those that lead
        in the last period with known values have colours; the rest stay grey.

    Columns:
        bucket (date): First day of the period.
        group (text): The project.
        value (number): What is ranked, the largest first. Where it is unknown the line has a gap and the ranks of
            the others close up, so that a rank may be too good.

    Parameters:
        most: Ranks shown; lines leave the chart below.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> quarters = sample("commits_by_month").query("month.str.contains('-0[147]-|-10-')")
        >>> figure = bump_chart(quarters, bucket="month", group="repository", value="commits",
        ...                     title="Rank by commits in the first month of each quarter")
    """
    frame = checked(data, dates={"bucket": bucket}, text={"group": group}, numbers={"value": value})
    frame = frame.dropna(subset=["bucket"])
    one_each(frame, ["bucket", "group"], "take one metric and one grain")
    table = frame.pivot(index="bucket", columns="group", values="value")
    table = table.reindex(buckets(table.index))
    ranks = table.rank(axis=1, ascending=False, method="first")
    rows = min(most, max(1, ranks.shape[1]))
    page = Page(title or f"Rank by {with_unit(value, None)}", release=release_of(data, release))
    with canvas(theme, page, height=0.7 + 0.36 * max(4, rows)) as made:
        if ranks.notna().to_numpy().any():
            unknown = int(ranks.isna().to_numpy().sum())
            if unknown:
                made.note(f"{counted(unknown, 'unknown value', 'unknown values')} without a rank")
            if ranks.shape[1] > most:
                made.note(f"ranks below {most} of {counted(ranks.shape[1], 'line', 'lines')} not shown")
            _draw(made, ranks, rows)
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def _draw(made: Canvas, ranks: pd.DataFrame, rows: int) -> None:
    axes, theme = made.plot, made.theme
    shown = ranks.loc[:, (ranks <= rows).any()]
    last = shown.ffill().iloc[-1].sort_values(kind="stable")
    leaders = list(last.index[: len(theme.series)])
    at = range(len(shown))
    is_dense = len(shown) > 24
    for name in [*(n for n in shown.columns if n not in leaders), *reversed(leaders)]:
        colour = theme.series[leaders.index(name)] if name in leaders else theme.other
        places = shown[name].where(shown[name] <= rows + 0.999)
        axes.plot(
            at,
            places,
            color=colour,
            linewidth=2.6 if name in leaders else 1.2,
            solid_joinstyle="round",
            marker=None if is_dense else "o",
            markersize=7 if name in leaders else 4,
            zorder=3 if name in leaders else 2,
        )
        for position, side, align in ((0, -1, "right"), (len(shown) - 1, 1, "left")):
            rank = places.iloc[position]
            if pd.notna(rank) and (side > 0 or len(shown) > 1):
                axes.annotate(
                    shorten(str(name), 22),
                    (position, rank),
                    (side * 9, 0),
                    textcoords="offset points",
                    ha=align,
                    va="center_baseline",
                    size=8.5,
                    color=theme.ink if name in leaders else theme.soft,
                )
    axes.set_ylim(rows + 0.6, 0.4)
    axes.set_yticks(range(1, rows + 1))
    axes.yaxis.set_visible(False)
    step = max(1, -(-len(shown) // 9))
    axes.set_xticks(list(at)[::step], [f"{day:%b %Y}" for day in shown.index[::step]])
    axes.set_xlim(-0.05 * len(shown), len(shown) - 1 + 0.05 * len(shown))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(visible=False)
