"""---
kind: visualization
title: Waterfall
question: How did one total become another?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Running sum of the steps in the order of the data.
data: []
licence: Apache-2.0
tags: [composition, comparison]
---

# Waterfall

The first bar is the total before, the last one the total after; each bar between hangs where the one before ended and
is as high as what its step adds or takes away. The order is that of the data. If the size of one step is unknown, the
total is unknown as well.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas, number_axis
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select event_source as label, sum(amount) as amount
    from funding_by_project group by 1 order by amount desc nulls last
"""


@visualization
def draw(
    data: Data,
    *,
    label: str = "label",
    value: str = "amount",
    unit: str | None = None,
    start: float = 0.0,
    most: int = 14,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Bars that hang on each other: each begins where the one before ended, the last one is the total.

    When to use:
        To explain a change between two releases or two rounds: what came new, what fell away, what was corrected.
        The order is that of the data. A step of unknown size makes the total unknown, which it says.

    Columns:
        label (text): The step.
        value (number): What it adds; below zero for what it takes away.

    Parameters:
        unit: Unit of the values for the axis.
        start: The total before the first step; drawn as a bar unless it is zero.
        most: Steps at most; the smallest of the others are put together.

    Example:
        >>> figure = waterfall(
        ...     {"label": ["new", "resurrected", "churned"], "amount": [126, 20, -101]}, start=55, unit="committers",
        ...     title="foundry in 2023: from 55 committers to 100")
    """
    frame = checked(data, text={"label": label}, numbers={"value": value})
    page = Page(title or f"{with_unit(value, unit)} by step", release=release_of(data, release))
    with canvas(theme, page, height=3.8) as made:
        if frame["value"].notna().any():
            _draw(made, _steps(frame, most), start)
            made.plot.set_ylabel(with_unit(unit or value, None))
        else:
            made.say("Nothing to draw: no step is known")
    return made.figure


def _steps(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    if len(frame) <= most:
        return frame
    size = frame["value"].abs().fillna(np.inf)
    kept = size.sort_values(ascending=False, kind="stable").index[: most - 1].sort_values()
    rest = frame.drop(kept)
    other = {"label": f"other ({len(rest):,})", "value": rest["value"].sum(skipna=False)}
    return pd.concat([frame.loc[kept], pd.DataFrame([other])], ignore_index=True)


def _draw(made: Canvas, steps: pd.DataFrame, start: float) -> None:
    axes, theme = made.plot, made.theme
    values = steps["value"].to_numpy(dtype=float)
    ends = start + np.cumsum(np.nan_to_num(values))
    begins = np.r_[start, ends[:-1]]
    labels = [shorten(str(name), 18) for name in steps["label"]]
    offset = 1 if start else 0
    is_known = not np.isnan(values).any()
    reach = float(np.ptp(np.r_[0.0, start, ends])) or 1.0
    if offset:
        axes.bar(0, start, 0.62, color=theme.soft)
        axes.text(0, start + reach * 0.015, compact(start), ha="center", va="bottom", size=8.5, color=theme.ink)
    for i, (value, begin, end) in enumerate(zip(values, begins, ends, strict=True)):
        at = i + offset
        if np.isnan(value):
            axes.bar(
                at,
                reach * 0.1,
                0.62,
                bottom=begin - reach * 0.05,
                facecolor="none",
                edgecolor=theme.unknown,
                hatch="////",
            )
            made.unknown_entry()
        else:
            axes.bar(at, value, 0.62, bottom=begin, color=theme.accent if value >= 0 else theme.contrast)
            text = f"+{compact(value)}" if value >= 0 else compact(value)
            axes.text(at, max(begin, end) + reach * 0.015, text, ha="center", va="bottom", size=8.5, color=theme.ink)
        axes.hlines(end, at - 0.31, at + 1.31, color=theme.soft, linewidth=0.7)
    last = len(values) + offset
    if is_known:
        axes.bar(last, ends[-1], 0.62, color=theme.soft)
    made.legend("adds", theme.accent)
    if (values < 0).any():
        made.legend("takes away", theme.contrast)
    total = compact(float(ends[-1])) if is_known else "unknown"
    top = max(float(ends[-1]), 0.0)
    axes.text(last, top + reach * 0.015, total, ha="center", va="bottom", size=8.5, weight="bold", color=theme.ink)
    if not is_known:
        made.note(f"the total is unknown: {counted(int(np.isnan(values).sum()), 'step', 'steps')} of unknown size")
    names = [*(["before"] if offset else []), *labels, "total"]
    is_long = max(len(name) for name in names) * len(names) > 110
    axes.set_xticks(range(len(names)), names, rotation=30 if is_long else 0, ha="right" if is_long else "center")
    axes.axhline(0, color=theme.ink, linewidth=0.9)
    axes.margins(y=0.1)
    axes.tick_params(length=0)
    number_axis(axes.yaxis)
