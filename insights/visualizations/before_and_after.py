"""---
kind: visualization
title: Before and after, with a control
question: Did anything change after an event, compared with projects like those that it touched?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Difference in differences: the control is multiplied by the ratio of both means before the event; the difference is
  the mean gap after it, over periods in which both are known.
data: []
licence: Apache-2.0
tags: [time, causality, funding]
---

# Before and after, with a control

The solid line is what the event touched, the dashed one a control scaled to it before the event. The filled area
after the event is the gap between them. Look at the time before first: where the lines already part there, the
control is not alike and the gap says nothing about the event.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from matplotlib.dates import date2num

from observer.visualizations.canvas import Canvas, Page, canvas, date_axis, hatch, number_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, one_each, release_of
from observer.visualizations.labels import compact, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.series import buckets, edges
from observer.visualizations.theme import ThemeName

QUERY = """
    with funded as (select distinct project_id from funding_by_project)
    select t.bucket,
        sum(case when f.project_id is not null then t.amount else 0 end) as treated,
        sum(case when f.project_id is null then t.amount else 0 end) as control
    from timeseries_metrics as t left join funded as f on f.project_id = t.entity_id
    where t.metric_name = 'commits' and t.entity_type = 'project' and t.grain = 'week'
    group by t.bucket
"""


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    treated: str = "treated",
    control: str = "control",
    event: str | None = None,
    event_label: str = "event",
    unit: str | None = None,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Two lines around an event: the projects that it touched, and a control scaled to them before it.

    When to use:
        To ask whether a grant changed anything. The control is multiplied by one number, so that both have the same
        mean before the event; the filled area after it is the difference in differences. It is worth as much as the
        control is alike: if the lines part already before the event, it tells nothing.

    Columns:
        bucket (date): First day of the period.
        treated (number): Sum or mean over the projects concerned.
        control (number): The same over projects like them that the event did not touch.

    Parameters:
        event: Day of the event as "2024-01-15"; without, the middle of the time.
        event_label: What happened on it.
        unit: Unit of the values for the axis.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> table = sample("commits_by_month").pivot(index="month", columns="repository", values="commits")
        >>> figure = before_and_after(table.reset_index(), bucket="month", treated="viem", control="foundry",
        ...                           event="2024-01-11", event_label="RetroPGF 3", unit="commits a month",
        ...                           title="viem around RetroPGF 3, with foundry as its control")
    """
    frame = checked(data, dates={"bucket": bucket}, numbers={"treated": treated, "control": control})
    frame = frame.dropna(subset=["bucket"])
    one_each(frame, ["bucket"], "add up the projects of each side first")
    table = frame.set_index("bucket").sort_index()
    table = table.reindex(buckets(table.index))
    page = Page(title or f"{with_unit(treated, None)} before and after", release=release_of(data, release))
    with canvas(theme, page, height=3.8) as made:
        if not table["treated"].notna().any():
            made.say("Nothing to draw: no value is known")
        else:
            names = with_unit(treated, None), with_unit(control, None)
            _draw(made, table, _moment(event, table.index), event_label, names)
            made.plot.set_ylabel(unit or "value")
    return made.figure


def _moment(event: str | None, days: pd.DatetimeIndex) -> pd.Timestamp:
    if event is None:
        return days[len(days) // 2]
    try:
        found = pd.Timestamp(event)
    except ValueError as error:
        raise VisualizationError(f"event={event!r} is no date", hint="write it as 2024-01-15") from error
    return found.tz_localize(None) if found.tzinfo else found


def scaled(treated: np.ndarray, control: np.ndarray, is_before: np.ndarray) -> tuple[np.ndarray, float | None]:
    """The control brought to the mean of the treated before the event, and the mean difference after it.

    Buckets in which one of both is unknown do not count. The difference is None without buckets on both sides, or
    where the control was zero before.
    """
    both = ~np.isnan(treated) & ~np.isnan(control)
    before, after = both & is_before, both & ~is_before
    if not before.any() or control[before].mean() <= 0:
        return control, None
    level = control * (treated[before].mean() / control[before].mean())
    return level, float((treated - level)[after].mean()) if after.any() else None


def _draw(made: Canvas, table: pd.DataFrame, event: pd.Timestamp, label: str, names: tuple[str, str]) -> None:
    axes, theme = made.plot, made.theme
    days = table.index
    treated, control = (table[name].to_numpy(dtype=float) for name in ("treated", "control"))
    level, difference = scaled(treated, control, np.asarray(days < event))
    after = np.asarray(days >= event)
    if difference is not None:
        axes.fill_between(
            days,
            treated,
            level,
            where=list(after),
            color=theme.accent if difference >= 0 else theme.contrast,
            alpha=0.18,
            linewidth=0,
        )
    axes.plot(days, level, color=theme.soft, linewidth=1.5, linestyle=(0, (4, 2)))
    axes.plot(days, treated, color=theme.accent, linewidth=2.2)
    made.legend(names[0], theme.accent, "line")
    how = "not scaled" if difference is None else "scaled to the time before"
    made.legend(f"{names[1]}, {how}", theme.soft, "dash")
    if difference is not None:
        sign = "+" if difference >= 0 else ""
        colour = theme.contrast if difference < 0 else theme.accent
        made.legend(f"difference after: {sign}{compact(difference)} a bucket on average", colour)
    for left, right in edges(days, np.isnan(treated)):
        hatch(axes, left, right, theme)
        made.unknown_entry()
    at = float(date2num(event.to_pydatetime()))
    axes.axvline(at, color=theme.ink, linewidth=1)
    values = np.r_[treated, level, 0]
    axes.set_ylim(float(np.nanmin(values)), float(np.nanmax(values)) * 1.12 or 1)
    axes.annotate(
        label,
        (at, 1),
        (5, -3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        size=8.5,
        weight="bold",
        color=theme.ink,
    )
    axes.margins(x=0.01)
    number_axis(axes.yaxis)
    date_axis(axes.xaxis)
