"""---
kind: visualization
title: Scatter plot with outliers
question: How do two metrics go together, and which projects break the rule?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Theil-Sen line; a point is unusual if it lies 2.5 robust standard deviations (from the median absolute deviation)
  from the line, or farther than three from the middle.
data: []
licence: Apache-2.0
tags: [metrics, distribution]
---

# Scatter plot with outliers

Every disc is a project. The line is the usual relation of both metrics, found so that unusual projects cannot pull
it. Orange discs are far from that line or far out, and are named where there is room: they are where to look closer,
not mistakes. A relation is no cause.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from observer.visualizations.canvas import Canvas, Page, canvas, number_axis
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.placement import Spot, place
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select project_name, star_count, fork_count from code_metrics_by_project_v1
"""


@visualization
def draw(
    data: Data,
    *,
    label: str = "project_name",
    x: str = "star_count",
    y: str = "fork_count",
    scale: str = "auto",
    most: int = 12,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A scatter plot of two metrics with a robust trend; points far from the trend or far out carry their names.

    When to use:
        To see how two metrics go together and which projects break the rule: many stars and no forks, much money
        and little activity. The trend is the Theil-Sen line, which outliers do not move; it is no cause.

    Columns:
        label (text): The project.
        x (number): The first metric.
        y (number): The second one. Points with one of the two unknown are counted in the source line.

    Parameters:
        scale: "linear", "log" (zero keeps a place of its own at the edge) or "auto": log where values span
            three orders of magnitude.
        most: Names at most.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = outlier_scatter(sample("retropgf3"), x="ballots", y="op_received",
        ...                          title="RetroPGF 3: ballots and OP of the 60 largest grants")
    """
    if scale not in ("linear", "log", "auto"):
        raise VisualizationError(f"there is no scale {scale!r}", hint="say 'linear', 'log' or 'auto'")
    frame = checked(data, text={"label": label}, numbers={"x": x, "y": y})
    known = frame.dropna().reset_index(drop=True)
    page = Page(
        title or f"{with_unit(y, None)} and {with_unit(x, None)} by {with_unit(label, None)}",
        release=release_of(data, release),
    )
    with canvas(theme, page, height=4.6) as made:
        if len(known) < len(frame):
            made.note(f"{counted(len(frame) - len(known), 'unknown point', 'unknown points')} not drawn")
        if known.empty:
            made.say("Nothing to draw: no point is known")
        else:
            _draw(made, known, scale, most)
            made.plot.set(xlabel=with_unit(x, None), ylabel=with_unit(y, None))
    return made.figure


def _draw(made: Canvas, frame: pd.DataFrame, scale: str, most: int) -> None:
    axes, theme = made.plot, made.theme
    x, y = frame["x"].to_numpy(dtype=float), frame["y"].to_numpy(dtype=float)
    across, up = _is_log(x, scale), _is_log(y, scale)
    if across:
        axes.set_xscale("symlog", linthresh=_smallest(x), linscale=0.4)
    if up:
        axes.set_yscale("symlog", linthresh=_smallest(y), linscale=0.4)
    number_axis(axes.xaxis)
    number_axis(axes.yaxis)
    axes.grid(visible=True, axis="both")
    u, v = _flat(x, across), _flat(y, up)
    slope, offset = _theil_sen(u, v)
    residual = v - (slope * u + offset)
    unusual = np.maximum.reduce([_distance(residual), 0.8 * _distance(u), 0.8 * _distance(v)])
    chosen = [int(i) for i in np.argsort(-unusual, kind="stable")[:most] if unusual[i] > 2.5]
    alpha = 0.85 if len(frame) < 400 else 0.4 if len(frame) < 3000 else 0.2
    size = 26 if len(frame) < 400 else 12
    axes.scatter(x, y, s=size, color=theme.accent, alpha=alpha, linewidths=0, rasterized=len(frame) > 3000)
    axes.scatter(x[chosen], y[chosen], s=size * 1.4, color=theme.contrast, linewidths=0, zorder=4)
    if len(frame) >= 8 and u.std() > 0:
        line = np.linspace(u.min(), u.max(), 60)
        low, high = axes.get_ylim()
        axes.plot(
            _round(line, x, across), _round(slope * line + offset, y, up), color=theme.soft, linewidth=1.2, zorder=1
        )
        axes.set_ylim(low, high)
        made.legend("robust trend", theme.soft, "line")
    if chosen:
        made.legend("unusual", theme.contrast, "dot")
    spots = [Spot(x[i], y[i], shorten(str(frame["label"][i]), 24), 3.5) for i in chosen]
    made.later(lambda: place(axes, spots, theme))


def _is_log(values: np.ndarray, scale: str) -> bool:
    positive = values[values > 0]
    spans = positive.size > 2 and values.min() >= 0 and positive.max() / positive.min() > 1000
    return positive.size > 0 and (scale == "log" or (scale == "auto" and bool(spans)))


def _smallest(values: np.ndarray) -> float:
    return float(np.abs(values[values != 0]).min())


def _flat(values: np.ndarray, is_log: bool) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values) / _smallest(values)) if is_log else values


def _round(flat: np.ndarray, like: np.ndarray, is_log: bool) -> np.ndarray:
    return np.sign(flat) * np.expm1(np.abs(flat)) * _smallest(like) if is_log else flat


def _theil_sen(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Median of the slopes between pairs; of a fixed sample of pairs where there are many points."""
    if len(x) < 2:
        return 0.0, float(y.mean())
    if len(x) <= 500:
        first, second = np.triu_indices(len(x), 1)
    else:
        first, second = np.random.default_rng(0).integers(0, len(x), (2, 120_000))
    run = x[second] - x[first]
    slopes = (y[second] - y[first])[run != 0] / run[run != 0]
    slope = float(np.median(slopes)) if slopes.size else 0.0
    return slope, float(np.median(y - slope * x))


def _distance(values: np.ndarray) -> np.ndarray:
    """Distance from the median in robust standard deviations."""
    away = np.abs(values - np.median(values))
    usual = 1.4826 * float(np.median(away)) or float(away.mean())
    return np.asarray(away / usual if usual else np.zeros_like(away))
