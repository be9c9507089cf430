"""---
kind: visualization
title: Sankey diagram
question: From where to where does money, or anything else, flow?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Sums by path; the smallest nodes of each level put together.
data: []
licence: Apache-2.0
tags: [funding, flow]
---

# Sankey diagram

The bands run from left to right and are as wide as what flows in them; the bars at their ends are as high as all that
passes. Colours follow the level with the fewest names through the whole picture. What arrives at a node in the middle
need not equal what leaves it, if the data does not say so.

Powered by Open Source Observer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd  # type: ignore[import-untyped]
import plotly.graph_objects as go

from observer.visualizations.errors import VisualizationError
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, counted, markup, shorten, with_unit
from observer.visualizations.plotly_page import plotly_message, plotly_page
from observer.visualizations.registry import visualization
from observer.visualizations.theme import Theme, ThemeName, theme_of

QUERY = """
    select f.funder_name, f.grant_pool_name, p.project_name, f.amount
    from funding_by_project as f inner join projects as p on p.project_id = f.project_id
    where f.amount > 0 order by f.amount desc limit 200
"""


@visualization
def draw(
    data: Data,
    *,
    levels: Sequence[str] = ("funder_name", "project_name"),
    value: str = "amount",
    unit: str | None = None,
    most: int = 14,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> go.Figure:
    """A Sankey diagram: bands between two or three levels, as wide as what flows.

    When to use:
        To follow money from funders over rounds to projects, or dependencies from language to project. The widths
        on both sides of a node in the middle are equal only if the data says so.

    Columns:
        levels (text): Two or three columns, from left to right.
        value (number): What flows; zero or more. Rows of one path are added up; unknown ones are left out and counted.

    Parameters:
        unit: Unit of what flows, for instance "USD".
        most: Nodes in each level; the smaller ones are drawn together as "other".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = sankey(sample("grants"), levels=["funder", "pool", "project"], value="usd", unit="USD",
        ...                 title="Thirty large grants, from funder to project")
    """
    if not 2 <= len(levels) <= 3 or len(set(levels)) != len(levels):
        raise VisualizationError(f"a sankey has two or three different levels, not {list(levels)}", hint="levels=[...]")
    roles = {f"levels[{i}]": column for i, column in enumerate(levels)}
    frame = checked(data, text=roles, numbers={"value": value})
    if (frame["value"] < 0).any():
        hint = "draw refunds apart, or take the sum of each path"
        raise VisualizationError(f"column {value!r} holds amounts below zero", hint=hint)
    known = frame[frame["value"] > 0].copy()
    unknown = int(frame["value"].isna().sum())
    note = f"{counted(unknown, 'row', 'rows')} of unknown amount left out" if unknown else ""
    number, look = release_of(data, release), theme_of(theme)
    if known.empty:
        text = "Nothing to draw: no amount above zero is known"
        return plotly_message(text, theme=theme, title=title, release=number)
    for role in roles:
        totals = known.groupby(role)["value"].sum().sort_values(ascending=False, kind="stable")
        known[role] = known[role].where(known[role].isin(totals.index[:most]), f"other ({len(totals) - most})")
    nodes = [(i, str(name)) for i, role in enumerate(roles) for name in _by_size(known, role)]
    trace = _trace(known, list(roles), nodes, look, with_unit(value, unit))
    size = max(sum(1 for level, _ in nodes if level == i) for i in range(len(levels)))
    name = title or f"{with_unit(value, unit)} by {' and '.join(levels)}"
    height = max(380, 140 + 30 * size)
    figure = plotly_page([trace], theme=theme, title=name, release=number, height=height, note=note)
    for i, column in enumerate(levels):
        figure.add_annotation(
            text=markup(with_unit(column, None)),
            x=i / (len(levels) - 1),
            y=1,
            yshift=20,
            xref="paper",
            yref="paper",
            xanchor=("left", "center", "right")[i if len(levels) == 3 else i * 2],
            showarrow=False,
            font={"color": look.soft, "size": 11.5},
        )
    return figure


def _by_size(frame: pd.DataFrame, role: str) -> list[str]:
    return list(frame.groupby(role)["value"].sum().sort_values(ascending=False, kind="stable").index)


def _trace(frame: pd.DataFrame, roles: list[str], nodes: list[tuple[int, str]], look: Theme, caption: str) -> go.Sankey:
    place = {node: i for i, node in enumerate(nodes)}
    # Colours go to the level with the fewest names, so that each keeps one of its own and its bands can be followed.
    sizes = [sum(1 for level, _ in nodes if level == i) for i in range(len(roles))]
    leading = min(range(len(roles)), key=lambda i: (sizes[i] < 2, sizes[i]))
    names = [name for level, name in nodes if level == leading]
    colour = dict(zip(names, look.colours(len(names)), strict=True))
    links: dict[tuple[int, int, str], float] = {}
    for i, (left, right) in enumerate(pairwise(roles)):
        columns = list(dict.fromkeys([left, right, roles[leading]]))
        for key, amount in frame.groupby(columns, sort=False)["value"].sum().items():
            named = dict(zip(columns, key, strict=True))
            ends = place[(i, named[left])], place[(i + 1, named[right])]
            links[(*ends, named[roles[leading]])] = float(amount)
    totals = [float(frame.loc[frame[roles[level]] == name, "value"].sum()) for level, name in nodes]
    return go.Sankey(
        arrangement="snap",
        textfont={"size": 11.5, "color": look.ink},
        valueformat=",.3~s",
        node={
            "label": [f"{markup(shorten(n, 26))}  {compact(t)}" for (_, n), t in zip(nodes, totals, strict=True)],
            "color": [colour[n] if level == leading else look.soft for level, n in nodes],
            "line": {"width": 0},
            "pad": 12,
            "thickness": 12,
            "hovertemplate": f"%{{label}}<br>{markup(caption)}<extra></extra>",
        },
        link={
            "source": [a for a, _, _ in links],
            "target": [b for _, b, _ in links],
            "value": list(links.values()),
            "color": [_faint(colour[lead], look) for _, _, lead in links],
            "hovertemplate": "%{source.label} → %{target.label}<br>%{value}<extra></extra>",
        },
    )


def _faint(colour: str, look: Theme) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{0.38 if look.name == 'light' else 0.45})"
