"""---
kind: visualization
title: Treemap
question: Of which parts, large and small, is a whole made?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Squarified areas (Bruls and others 2000) of summed amounts.
data: []
licence: Apache-2.0
tags: [composition, funding]
---

# Treemap

Each rectangle is a part, its area the amount; parts of one group lie together and have one colour. Areas are good for
seeing that a few parts are most of the whole, and bad for telling which of two is larger: the numbers are written in.
On screen a click opens a group.

Powered by Open Source Observer.
"""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped]
import plotly.graph_objects as go

from observer.visualizations.errors import VisualizationError
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.heat import ink_on
from observer.visualizations.labels import compact, counted, markup, shorten, with_unit
from observer.visualizations.plotly_page import plotly_message, plotly_page
from observer.visualizations.registry import visualization
from observer.visualizations.theme import Theme, ThemeName, theme_of

QUERY = """
    select f.event_source as funder, p.project_name, sum(f.amount) as amount
    from funding_by_project as f inner join projects as p on p.project_id = f.project_id
    where f.amount > 0 group by 1, 2
"""


@visualization
def draw(
    data: Data,
    *,
    label: str = "project_name",
    value: str = "amount",
    group: str | None = None,
    unit: str | None = None,
    most: int = 150,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> go.Figure:
    """Rectangles whose areas are the amounts, put together in groups; a click opens a group.

    When to use:
        For many parts of very different size that make up a whole: where the money went, which packages have the
        downloads. Areas are read worse than lengths: for a handful of parts take ranked_intervals or a table.

    Columns:
        label (text): The part.
        value (number): Its amount, zero or more; rows of one name are added up. Unknown is left out and counted.
        group (text): The group that it belongs to; none for one level.

    Parameters:
        unit: Unit of the amount.
        most: Rectangles at most; smaller ones are put together.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = treemap(sample("grants"), label="project", value="usd", group="funder", unit="USD",
        ...                  title="Thirty large grants by funder and project")
    """
    roles = {"label": label} | ({"group": group} if group else {})
    frame = checked(data, text=roles, numbers={"value": value})
    if (frame["value"] < 0).any():
        hint = "an area cannot be below zero: draw refunds apart"
        raise VisualizationError(f"column {value!r} holds amounts below zero", hint=hint)
    unknown = int(frame["value"].isna().sum())
    note = f"{counted(unknown, 'row', 'rows')} of unknown amount left out" if unknown else ""
    number = release_of(data, release)
    if "group" not in frame:
        frame["group"] = ""
    sums = frame[frame["value"] > 0].groupby(["group", "label"], as_index=False)["value"].sum()
    if sums.empty:
        text = "Nothing to draw: no amount above zero is known"
        return plotly_message(text, theme=theme, title=title, release=number)
    trace = _trace(_largest(sums, most), theme_of(theme), with_unit(value, unit))
    name = title or f"{with_unit(value, unit)} by {with_unit(label, None)}"
    figure = plotly_page([trace], theme=theme, title=name, release=number, height=520, note=note)
    # Labels that do not fit are left out, not shrunk until nobody can read them.
    return figure.update_layout(uniformtext={"minsize": 9, "mode": "hide"}, margin={"t": figure.layout.margin.t - 18})


def _largest(sums: pd.DataFrame, most: int) -> pd.DataFrame:
    ordered = sums.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)
    if len(ordered) <= most:
        return ordered
    rest = ordered.iloc[most:].groupby("group").agg(value=("value", "sum"), count=("label", "size")).reset_index()
    rest["label"] = [f"other ({count:,})" for count in rest["count"]]
    return pd.concat([ordered.iloc[:most], rest[["group", "label", "value"]]], ignore_index=True)


def _trace(sums: pd.DataFrame, look: Theme, caption: str) -> go.Treemap:
    totals = sums.groupby("group")["value"].sum().sort_values(ascending=False, kind="stable")
    groups = [str(name) for name in totals.index]
    colour = dict(zip(groups, look.colours(len(groups)), strict=True))
    has_groups = groups != [""]
    tops = groups if has_groups else []
    share = sums["value"] / float(totals.sum())
    leaf = [f"{markup(shorten(str(n), 40))}<br>{compact(v)}" for n, v in zip(sums["label"], sums["value"], strict=True)]
    head = [f"{markup(shorten(g, 40))}  {compact(float(totals[g]))}" for g in tops]
    colours = [colour[g] for g in tops] + [colour[str(g)] for g in sums["group"]]
    return go.Treemap(
        ids=[f"group {i}" for i in range(len(tops))] + [f"part {i}" for i in range(len(sums))],
        labels=head + leaf,
        parents=[""] * len(tops) + [f"group {groups.index(g)}" if has_groups else "" for g in sums["group"]],
        values=[float(totals[g]) for g in tops] + [float(v) for v in sums["value"]],
        customdata=[float(totals[g]) / float(totals.sum()) for g in tops] + [float(s) for s in share],
        branchvalues="total",
        marker={
            "colors": colours,
            "line": {"width": 1.5, "color": look.paper},
            "pad": {"t": 22, "l": 3, "r": 3, "b": 3},
        },
        tiling={"packing": "squarify", "pad": 1},
        pathbar={"visible": False},
        textfont={"size": 12.5, "color": [ink_on(c) for c in colours]},
        hovertemplate=f"%{{label}}<br>{markup(caption)}: %{{value:,.3~s}}<br>%{{customdata:.1%}} of all<extra></extra>",
    )
