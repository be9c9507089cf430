"""---
kind: visualization
title: Punch card
question: In which hours of the week does work happen?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Sums by weekday and hour; areas in proportion.
data: []
licence: Apache-2.0
tags: [time, activity]
---

# Punch card

Each disc is an hour of the week, its area what happened in it over the whole time. Office work shows as a block on
weekdays, a pastime in evenings and at weekends, a project around the globe as an even field. Hours are in UTC, so
that a block may be morning in one place and night in another.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select isodow(time) as weekday, hour(time) as hour, count(*) as amount
    from events where event_type = 'COMMIT_CODE' group by 1, 2
"""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@visualization
def draw(
    data: Data,
    *,
    weekday: str = "weekday",
    hour: str = "hour",
    value: str = "amount",
    unit: str | None = None,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A punch card: a disc for each hour of the week, its area in proportion to what happened.

    When to use:
        To see whether a project is an office job, a pastime or spread around the globe. Hours are those of the
        data, UTC in a release; a commit tells no place.

    Columns:
        weekday (number): 1 for Monday to 7 for Sunday.
        hour (number): 0 to 23.
        value (number): What happened; rows of one hour are added up, hours without a row are zero.

    Parameters:
        unit: Unit of the value.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = punch_card(sample("go_libp2p_hours"), value="commits",
        ...                     title="go-libp2p: commits of 2023 and 2024 by hour of the week")
    """
    frame = checked(data, numbers={"weekday": weekday, "hour": hour, "value": value})
    unknown = int(frame.isna().any(axis=1).sum())
    known = frame.dropna()
    for role, low, high in (("weekday", 1, 7), ("hour", 0, 23)):
        if not known[role].isin(range(low, high + 1)).all():
            raise VisualizationError(f"`{role}` holds more than {low} to {high}", hint="isodow(time) and hour(time)")
    page = Page(title or f"{with_unit(value, unit)} by hour of the week", release=release_of(data, release))
    with canvas(theme, page, height=2.9) as made:
        if unknown:
            made.note(f"{counted(unknown, 'unknown row', 'unknown rows')} left out")
        if known["value"].sum() > 0:
            hours = known.groupby(["weekday", "hour"])["value"].sum()
            _draw(made, {(int(d), int(h)): float(v) for (d, h), v in hours.items()}, with_unit(value, unit))
        else:
            made.say("Nothing to draw: no hour has activity")
    return made.figure


def _draw(made: Canvas, hours: dict[tuple[int, int], float], caption: str) -> None:
    axes, theme = made.plot, made.theme
    top = max(hours.values())
    at = np.array([(hour, day - 1) for day, hour in hours], dtype=float)
    sizes = np.array([hours[key] for key in hours]) / top * 190
    axes.scatter(at[:, 0], at[:, 1], s=sizes, color=theme.accent, linewidths=0, zorder=2)
    axes.set(xlim=(-0.7, 23.7), ylim=(6.6, -0.6))
    axes.set_yticks(range(7), _DAYS)
    axes.set_xticks(range(0, 24, 3), [f"{hour}:00" for hour in range(0, 24, 3)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    made.legend(f"largest disc: {compact(top)} {caption}", theme.accent, "dot")
