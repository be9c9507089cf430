"""---
kind: visualization
title: Stacked areas
question: What makes up a total over time?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Sums of known parts; a period with an unknown part has no total.
data: []
licence: Apache-2.0
tags: [time, composition]
---

# Stacked areas

The upper edge is the total, each band the part of one group, the largest at the bottom. Only the lowest band and the
total stand on a straight line: to compare the others, take small multiples. Where one part is unknown the total is
unknown too, and the period is hatched.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas, date_axis, hatch, number_axis
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import edges, pivoted
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
    unit: str | None = None,
    absent: str = "zero",
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Areas stacked over time, the largest at the bottom; at most seven groups, then "other".

    When to use:
        For parts of a whole that may be added up: commits by project, grants by funder. Not for people, who would be
        counted twice: take small_multiples. A bucket in which one part is unknown has no total and is hatched.

    Columns:
        bucket (date): First day of the period.
        group (text): What the parts are called.
        value (number): The part; zero or more. Unknown is missing (NaN, None).

    Parameters:
        unit: Unit of the amount for the axis.
        absent: What a bucket without a row means: "zero" as in timeseries_metrics, or "unknown".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = stacked_area(sample("commits_by_month"), bucket="month", group="repository", value="commits",
        ...                       unit="commits a month", title="Commits to six repositories")
    """
    frame = checked(data, dates={"bucket": bucket}, text={"group": group}, numbers={"value": value})
    frame = frame.dropna(subset=["bucket"])
    one_each(frame, ["bucket", "group"], f"add them up: frame.groupby([{bucket!r}, {group!r}]).sum()")
    page = Page(title or f"{with_unit(value, unit)} by {with_unit(group, None)}", release=release_of(data, release))
    with canvas(theme, page, height=3.8) as made:
        if frame["value"].notna().any():
            _areas(made, pivoted(frame, absent=absent), with_unit(unit or value, None))
        else:
            made.say("Nothing to draw: no amount is known")
    return made.figure


def _areas(made: Canvas, table: pd.DataFrame, caption: str) -> None:
    axes, theme = made.plot, made.theme
    order = table.sum().sort_values(ascending=False, kind="stable").index
    kept = list(order) if len(order) <= len(theme.series) else list(order[: len(theme.series) - 1])
    parts = [table[name].to_numpy(dtype=float) for name in kept]
    names, colours = [str(name) for name in kept], list(theme.series[: len(kept)])
    if len(kept) < len(order):
        parts.append(table[order[len(kept) :]].sum(axis=1, skipna=False).to_numpy(dtype=float))
        names.append(f"other ({len(order) - len(kept)})")
        colours.append(theme.other)
    total_known = ~np.isnan(np.vstack(parts)).any(axis=0)
    base = np.zeros(len(table))
    for part, name, colour in zip(parts, names, colours, strict=True):
        top = base + np.where(total_known, part, np.nan)
        axes.fill_between(
            table.index, np.where(total_known, base, np.nan), top, color=colour, linewidth=0.6, edgecolor=theme.paper
        )
        base = np.where(total_known, top, 0.0)
        made.legend(shorten(name), colour)
    _single_buckets(made, table, parts, colours, total_known)
    for left, right in edges(table.index, ~total_known):
        hatch(axes, left, right, theme)
        made.unknown_entry()
    axes.set_ylim(bottom=0)
    axes.margins(x=0)
    axes.set_ylabel(caption)
    number_axis(axes.yaxis)
    date_axis(axes.xaxis)


def _single_buckets(
    made: Canvas, table: pd.DataFrame, parts: list[np.ndarray], colours: list[str], known: np.ndarray
) -> None:
    # An area needs two points; a known bucket between unknown ones is a bar.
    alone = known & ~np.r_[False, known[:-1]] & ~np.r_[known[1:], False]
    width = 20 if len(table) < 2 else (table.index[1] - table.index[0]).days * 0.5
    for position in np.flatnonzero(alone):
        base = 0.0
        for part, colour in zip(parts, colours, strict=True):
            made.plot.bar(table.index[position], part[position], width, bottom=base, color=colour)
            base += float(part[position])
