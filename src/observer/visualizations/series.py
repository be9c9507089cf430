"""Series of buckets: regular calendars, a table of groups, and the stretches that are unknown."""

from __future__ import annotations

from observer.visualizations.canvas import runs
from observer.visualizations.errors import VisualizationError, drawing_libraries

with drawing_libraries():
    import numpy as np
    import numpy.typing as npt
    import pandas as pd  # type: ignore[import-untyped]
    from matplotlib.dates import date2num

_STEPS = ((1.5, "D"), (10, "7D"), (45, "MS"), (120, "QS"))


def pivoted(frame: pd.DataFrame, *, absent: str = "zero") -> pd.DataFrame:
    """One row per bucket of the whole span, one column per group, from columns `bucket`, `group` and `value`.

    Missing values stay missing. A pair without a row is zero or missing, as `absent` says.
    """
    if absent not in ("zero", "unknown"):
        raise VisualizationError(f"absent={absent!r} means nothing", hint="say 'zero' or 'unknown'")
    table = frame.pivot(index="bucket", columns="group", values="value")
    if absent == "zero":
        has_row = frame.assign(value=1.0).pivot(index="bucket", columns="group", values="value").notna()
        table = table.where(has_row, 0.0)
    calendar = buckets(table.index)
    return table.reindex(calendar, fill_value=0.0 if absent == "zero" else np.nan)


def buckets(found: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """All buckets from the first to the last, where the found ones lie on days, weeks, months, quarters or years."""
    days = pd.DatetimeIndex(found).unique().sort_values()
    if len(days) < 3:
        return days
    step = float(np.median(np.diff(days.to_numpy()).astype("timedelta64[h]").astype(float))) / 24
    rule = next((name for limit, name in _STEPS if step <= limit), "YS")
    regular = pd.date_range(days[0], days[-1], freq=rule)
    return regular if days.isin(regular).all() and len(regular) <= 40_000 else days


def edges(index: pd.DatetimeIndex, unknown: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """The stretches of unknown buckets as dates of matplotlib, each reaching half the way to its neighbours."""
    days = np.array(date2num(index.to_numpy()), dtype=np.float64)
    if not len(days):
        return []
    half = np.diff(days) / 2 if len(days) > 1 else np.array([15.0])
    before, after = np.r_[half[0], half], np.r_[half, half[-1]]
    return [
        (days[first] - (before[first] if first else 0), days[last] + (after[last] if last < len(days) - 1 else 0))
        for first, last in runs(list(unknown))
    ]
