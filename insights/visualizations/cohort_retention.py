"""---
kind: visualization
title: Cohort retention
question: How many of those who came in one period are still there in later ones?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Active members of each cohort in each later period, divided by the size of the cohort.
data: []
licence: Apache-2.0
tags: [people, time]
---

# Cohort retention

Each line is a cohort: the people who contributed for the first time in that period. Their number stands at the left;
each cell to the right tells which share of them was active so many periods later. Read down a column to see whether
later cohorts stay longer than earlier ones did at the same age.

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
from observer.visualizations.labels import with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    with months as (
        select distinct from_artifact_id, date_trunc('month', bucket_day) as bucket
        from events_daily where event_type = 'COMMIT_CODE'
    ), firsts as (select from_artifact_id, min(bucket) as cohort from months group by from_artifact_id)
    select f.cohort, (year(m.bucket) - year(f.cohort)) * 12 + month(m.bucket) - month(f.cohort) as period,
        count(*) as active
    from months as m inner join firsts as f on f.from_artifact_id = m.from_artifact_id
    group by 1, 2
"""


@visualization
def draw(
    data: Data,
    *,
    cohort: str = "cohort",
    period: str = "period",
    value: str = "active",
    unit: str = "periods since the first contribution",
    most: int = 24,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A triangle: one line per cohort, one column per period since it came, the share still active in the cells.

    When to use:
        To tell growth from turnover: whether a grant or a hackathon brought people who stayed. Small cohorts are
        noisy; their size stands beside the line.

    Columns:
        cohort (date): The period in which its people came.
        period (number): Periods since then: 0, 1, 2.
        value (number): How many were active. Period 0 is the size of the cohort and must be there.

    Parameters:
        unit: Caption of the columns.
        most: Cohorts and periods at most; the latest cohorts are kept.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = cohort_retention(sample("foundry_cohorts"), unit="quarters since the first commit",
        ...                           title="foundry: committers who come back, by quarter of their first commit")
    """
    frame = checked(data, dates={"cohort": cohort}, numbers={"period": period, "value": value})
    frame = frame.dropna(subset=["cohort", "period"])
    one_each(frame, ["cohort", "period"], "count the active ones of each cohort and period first")
    table = frame.pivot(index="cohort", columns="period", values="value").sort_index().iloc[-most:, :most]
    page = Page(title or "Retention by cohort", release=release_of(data, release))
    with canvas(theme, page, height=0.75 + 0.34 * max(1, len(table))) as made:
        if not table.notna().to_numpy().any():
            made.say("Nothing to draw: no cohort is known")
        elif 0 not in table.columns:
            hint = "add the size of each cohort as period 0"
            raise VisualizationError(f"column {period!r} has no period 0", hint=hint)
        else:
            _draw(made, table, unit)
    return made.figure


def _draw(made: Canvas, table: pd.DataFrame, caption: str) -> None:
    axes, theme = made.plot, made.theme
    periods = np.arange(int(min(table.columns)), int(max(table.columns)) + 1)
    counts = table.reindex(columns=periods).to_numpy(dtype=float)
    # What lies before the last known period of any later cohort was observed by then: a gap there is unknown.
    reach = np.array([np.flatnonzero(~np.isnan(line)).max(initial=-1) for line in counts])
    seen = np.maximum.accumulate(reach[::-1])[::-1]
    sizes = counts[:, int(np.flatnonzero(periods == 0)[0])]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(sizes[:, None] > 0, counts / sizes[:, None], np.nan)
    inside = periods[None, :] <= seen[:, None] + int(periods[0])
    later = shares[:, periods > 0]
    top = float(np.nanmax(later)) if (~np.isnan(later)).any() else 1.0
    colours = made.colormap(theme.sequential)
    shown = np.where(periods[None, :] > 0, shares, np.nan)
    colour_cells(made, shown, colours, (0, max(top, 1e-9)))
    frame_unknown(made, inside & np.isnan(shares))
    for line, column in zip(*np.nonzero(~np.isnan(shares)), strict=True):
        is_size = periods[column] == 0
        text = f"{sizes[line]:,.0f}" if is_size else f"{shares[line, column] * 100:.0f} %"
        ink = theme.soft if is_size else ink_on(colours(shares[line, column] / max(top, 1e-9))[:3])
        label = axes.text(column + 0.5, line + 0.5, text, ha="center", va="center_baseline", size=8, color=ink)
        label.set_in_layout(False)
    days = pd.DatetimeIndex(table.index)
    axes.set_yticks(np.arange(len(days)) + 0.5, [f"{day:%b %Y}" for day in days], rotation=0)
    names = ["people" if period == 0 else str(period) for period in periods]
    axes.set_xticks(np.arange(len(periods)) + 0.5, names, rotation=0)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.set(xlabel=with_unit(caption, None), ylabel="")
    axes.grid(visible=False)
