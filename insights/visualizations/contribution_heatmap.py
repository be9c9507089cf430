"""---
kind: visualization
title: Contribution heat map
question: Who carries a project, since when, and how many at once?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Sums by contributor and period, in order of the first activity; the colours run to the 98th percentile.
data: []
licence: Apache-2.0
tags: [people, time, activity]
---

# Contribution heat map

Each line is a contributor, each column a month, and the colour what was done in it. Contributors stand in the order
in which they came, so that the left edge of the coloured cells is the growth of the community, and a line that ends
early is somebody who left.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.heat import bucket_labels, colour_cells, frame_unknown, scale_bar
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import pivoted
from observer.visualizations.theme import ThemeName

QUERY = """
    select coalesce(u.display_name, u.user_name, substr(u.user_id, 1, 8)) as contributor,
        date_trunc('month', e.bucket_day) as bucket, sum(e.event_count) as amount
    from events_daily as e inner join users as u on u.user_id = e.from_artifact_id
    where e.event_type = 'COMMIT_CODE' and u.user_class = 'person'
    group by 1, 2 order by amount desc limit 500
"""


@visualization
def draw(
    data: Data,
    *,
    row: str = "contributor",
    bucket: str = "bucket",
    value: str = "amount",
    unit: str | None = None,
    most: int = 30,
    absent: str = "zero",
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A heat map with one line per contributor and one column per month, in the order in which they came.

    When to use:
        To see who carries a project: who came when, who stayed, how many are active at once. The busiest
        contributors are shown; the scale ends at the 98th percentile, so that one busy month does not hide the rest.

    Columns:
        row (text): The contributor, or any other thing that is active.
        bucket (date): First day of the period.
        value (number): What was done. Unknown is hatched; zero is empty.

    Parameters:
        unit: Unit of the value for the scale.
        most: Lines; those with the largest sums are kept.
        absent: What a pair without a row means: "zero" or "unknown".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = contribution_heatmap(sample("foundry_contributors"), bucket="month", value="commits",
        ...                               title="foundry: fourteen contributors over eighteen months")
    """
    frame = checked(data, dates={"bucket": bucket}, text={"row": row}, numbers={"value": value})
    frame = frame.dropna(subset=["bucket"]).rename(columns={"row": "group"})
    one_each(frame, ["bucket", "group"], f"add them up: frame.groupby([{row!r}, {bucket!r}]).sum()")
    sums = frame.groupby("group")["value"].sum().sort_values(ascending=False, kind="stable")
    kept = frame[frame["group"].isin(sums.index[:most])]
    lines = max(1, min(most, len(sums)))
    page = Page(title or f"{with_unit(value, unit)} by {with_unit(row, None)}", release=release_of(data, release))
    with canvas(theme, page, height=0.75 + 0.23 * lines) as made:
        if len(sums) > most:
            made.note(f"{counted(len(sums) - most, 'line', 'lines')} with less left out")
        if kept["value"].notna().any():
            _draw(made, pivoted(kept, absent=absent).T, with_unit(value, unit))
        else:
            made.say("Nothing to draw: no value is known")
    return made.figure


def _draw(made: Canvas, table: pd.DataFrame, caption: str) -> None:
    axes, theme = made.plot, made.theme
    active = table.fillna(0).to_numpy(dtype=float) > 0
    first = np.where(active.any(axis=1), active.argmax(axis=1), active.shape[1])
    table = table.iloc[np.lexsort((-table.sum(axis=1).to_numpy(dtype=float), first))]
    values = table.to_numpy(dtype=float)
    positive = values[values > 0]
    top = float(np.quantile(positive, 0.98)) if positive.size else 1.0
    colours = made.colormap(theme.sequential)
    shown = np.where(values > 0, values, np.nan)
    colour_cells(made, shown, colours, (0, max(top, 1e-12)), gap=1.2 if values.shape[1] <= 80 else 0)
    frame_unknown(made, np.isnan(values))
    axes.set_yticks(np.arange(len(table)) + 0.5, [shorten(str(name)) for name in table.index], rotation=0)
    bucket_labels(axes, pd.DatetimeIndex(table.columns))
    scale_bar(made, colours, 0, top, caption)
