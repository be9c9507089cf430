"""---
kind: visualization
title: Activity calendar
question: On which days did something happen, and on which did nobody look?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Sums by day; the colours run to the 95th percentile of the days with activity.
data: []
licence: Apache-2.0
tags: [time, activity]
---

# Activity calendar

Each square is a day, each row a weekday, each block a year. The darker a square, the more happened; a pale square is
a day without activity, a hatched one a day that nobody looked at. Days beyond the first and the last of the data are
left out, so that a project which ended does not look idle.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from observer.visualizations.canvas import UNKNOWN_HATCH, Canvas, Page, canvas
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.heat import scale_bar
from observer.visualizations.labels import counted, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select bucket_day as bucket, sum(event_count) as amount from events_daily
    where event_type = 'COMMIT_CODE' group by bucket_day order by bucket_day
"""
_YEARS = 5


@visualization
def draw(
    data: Data,
    *,
    bucket: str = "bucket",
    value: str = "amount",
    unit: str | None = None,
    absent: str = "zero",
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A calendar: one square per day, a row per weekday, a block per year.

    When to use:
        To see rhythm: weekends, holidays, releases, a project going quiet. Days outside the data's span are left
        out; a day without activity is pale, a day that nobody looked at is hatched.

    Columns:
        bucket (date): The day. Several rows of one day are added up.
        value (number): What happened on it; zero or more.

    Parameters:
        unit: Unit of the value for the scale.
        absent: What a day without a row means, between the first and the last: "zero" or "unknown".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = activity_calendar(sample("viem_days"), bucket="day", value="commits", title="viem in 2023")
    """
    frame = checked(data, dates={"bucket": bucket}, numbers={"value": value}).dropna(subset=["bucket"])
    frame["bucket"] = frame["bucket"].dt.normalize()
    is_unknown = frame["value"].isna().groupby(frame["bucket"]).any()
    daily = frame.groupby("bucket")["value"].sum().mask(is_unknown)
    years = sorted(set(daily.index.year))[-_YEARS:]
    page = Page(title or f"{with_unit(value, unit)} by day", release=release_of(data, release))
    with canvas(theme, page, height=1.2 * max(1, len(years)) + 0.2, rows=max(1, len(years))) as made:
        left_out = len(set(daily.index.year)) - len(years)
        if left_out:
            made.note(f"{counted(left_out, 'earlier year', 'earlier years')} left out")
        if daily.notna().any():
            _draw(made, daily, years, absent, with_unit(value, unit))
        else:
            made.say("Nothing to draw: no day is known")
    return made.figure


def _draw(made: Canvas, daily: pd.Series, years: list[int], absent: str, caption: str) -> None:
    span = pd.date_range(daily.index[0], daily.index[-1], freq="D")
    full = daily.reindex(span, fill_value=0.0 if absent == "zero" else np.nan)
    positive = full[full > 0]
    top = float(positive.quantile(0.95)) if len(positive) else 1.0
    colours = made.colormap(made.theme.sequential[1:])
    for axes, year in zip(made.axes, years, strict=True):
        _year(made, axes, full[full.index.year == year], year, top)
    scale_bar(made, colours, 0, top, caption)


def _year(made: Canvas, axes: Axes, days: pd.Series, year: int, top: float) -> None:
    theme, colours = made.theme, made.colormap(made.theme.sequential[1:])
    offset = pd.Timestamp(year=year, month=1, day=1).weekday()
    week = (days.index.dayofyear.to_numpy() - 1 + offset) // 7
    weekday = days.index.weekday.to_numpy()
    values = days.to_numpy(dtype=float)
    corners = np.array([(0.07, 0.07), (0.93, 0.07), (0.93, 0.93), (0.07, 0.93)])
    cells = np.stack([week, weekday], axis=1)[:, None, :] + corners
    faces = colours(np.clip(np.nan_to_num(values) / max(top, 1e-12), 0, 1))
    for chosen, options in (
        (values > 0, {"facecolors": faces[values > 0]}),
        (values == 0, {"facecolors": theme.line}),
        (np.isnan(values), {"facecolors": "none", "edgecolors": theme.unknown, "hatch": UNKNOWN_HATCH}),
    ):
        if chosen.any():
            axes.add_collection(PolyCollection(cells[chosen], linewidths=0, **options), autolim=False)
    if np.isnan(values).any():
        made.unknown_entry()
    axes.set(xlim=(0, 54), ylim=(7, 0), aspect="equal")
    firsts = [pd.Timestamp(year=year, month=month, day=1) for month in range(1, 13)]
    axes.set_xticks([(day.dayofyear - 1 + offset) // 7 + 0.5 for day in firsts], [day.strftime("%b") for day in firsts])
    axes.set_yticks([0.5, 2.5, 4.5], ["Mon", "Wed", "Fri"])
    axes.set_title(str(year))
    axes.tick_params(length=0, labelsize=8)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
