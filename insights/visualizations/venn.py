"""---
kind: visualization
title: Venn diagram
question: What do two or three groups have in common?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Circles by number of members, distances by pairwise overlap (bisection); what three share is not in proportion.
data: []
licence: Apache-2.0
tags: [overlap, people]
---

# Venn diagram

Each circle is a set, its area the number of its members, and what two circles share is as large as what the sets have
in common. With three circles the middle cannot be in proportion as well: read the numbers. Each number counts the
members that are in exactly those sets.

Powered by Open Source Observer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from matplotlib.patches import Circle

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import compact, shorten, with_unit
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    with top_three as (
        select p.project_name, count(distinct e.from_artifact_id) as people
        from events_daily as e inner join artifacts_by_project as p on p.artifact_id = e.to_artifact_id
        where e.event_type = 'COMMIT_CODE' group by 1 order by people desc, 1 limit 3
    )
    select distinct p.project_name as set_name, e.from_artifact_id as member
    from events_daily as e inner join artifacts_by_project as p on p.artifact_id = e.to_artifact_id
    where e.event_type = 'COMMIT_CODE' and p.project_name in (select project_name from top_three)
"""


@visualization
def draw(
    data: Data,
    *,
    group: str = "set_name",
    member: str = "member",
    unit: str | None = None,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """Two or three overlapping circles with the number of members in each part.

    When to use:
        To see how many people, projects or packages two or three groups share. The areas of two circles and of what
        they share are in proportion; with three circles each pair is, and what all three share only roughly: the
        numbers count. For more sets take network_graph.

    Columns:
        group (text): The set; two or three different ones.
        member (text): What is in it; rows said twice count once.

    Parameters:
        unit: What the members are, for instance "contributors".

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = venn(sample("packages_of_three"), group="repository", member="package", unit="packages",
        ...               title="Every twentieth npm package that three repositories stand on")
    """
    frame = checked(data, text={"group": group, "member": member})
    sets = {str(name): frozenset(part) for name, part in frame.groupby("group", sort=False)["member"]}
    page = Page(title or f"{with_unit(member, unit)} in common", release=release_of(data, release))
    if len(sets) > 3 or len(sets) == 1:
        hint = f"take two or three values of {group!r}"
        raise VisualizationError(f"a Venn diagram has two or three sets, not {len(sets)}", hint=hint)
    with canvas(theme, page, width=6.4, height=4.2) as made:
        if sets:
            _draw(made, sets)
            made.note(f"{compact(len(frozenset().union(*sets.values())))} {unit or 'members'} in all")
        else:
            made.say("Nothing to draw: there is no member")
    return made.figure


def parts(sets: Mapping[str, frozenset[str]]) -> dict[frozenset[str], int]:
    """The number of members that are in exactly the named sets."""
    found: dict[frozenset[str], int] = {}
    for one in frozenset().union(*sets.values()):
        key = frozenset(name for name, members in sets.items() if one in members)
        found[key] = found.get(key, 0) + 1
    return found


def _draw(made: Canvas, sets: dict[str, frozenset[str]]) -> None:
    axes, theme = made.plot, made.theme
    names = list(sets)
    radii = [np.sqrt(len(sets[name]) / np.pi) for name in names]
    centres = _centres([sets[name] for name in names], radii)
    for name, centre, radius, colour in zip(names, centres, radii, theme.series, strict=False):
        axes.add_patch(Circle((centre[0], centre[1]), radius, facecolor=colour, alpha=0.34, linewidth=0))
        axes.add_patch(Circle((centre[0], centre[1]), radius, facecolor="none", edgecolor=colour, linewidth=1.6))
        made.legend(f"{shorten(name)} {len(sets[name]):,}", colour, "dot")
    reach = max(radii)
    grid = np.stack(np.meshgrid(*[np.linspace(-3 * reach, 3 * reach, 241)] * 2), axis=-1).reshape(-1, 2)
    grid = grid + np.mean(centres, axis=0)
    inside = np.array(
        [np.linalg.norm(grid - centre, axis=1) - radius for centre, radius in zip(centres, radii, strict=True)]
    )
    for key, count in parts(sets).items():
        is_in = np.array([name in key for name in names])
        # The number stands where the edges of its part are farthest away.
        depth = np.where(is_in[:, None], -inside, inside).min(axis=0)
        spot = grid[int(depth.argmax())]
        size = 11 if depth.max() > reach * 0.12 else 8
        axes.text(
            float(spot[0]),
            float(spot[1]),
            f"{count:,}",
            ha="center",
            va="center_baseline",
            size=size,
            weight="bold",
            color=theme.ink,
        )
    low = np.min([np.asarray(c) - r for c, r in zip(centres, radii, strict=True)], axis=0)
    high = np.max([np.asarray(c) + r for c, r in zip(centres, radii, strict=True)], axis=0)
    margin = reach * 0.08
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), aspect="equal")
    axes.set_axis_off()


def _centres(members: list[frozenset[str]], radii: list[float]) -> list[np.ndarray]:
    wanted = {
        (i, j): _apart(radii[i], radii[j], len(members[i] & members[j])) for i, j in combinations(range(len(radii)), 2)
    }
    first, second = np.zeros(2), np.array([wanted[(0, 1)], 0.0])
    if len(radii) == 2:
        return [first, second]
    base, left, right = wanted[(0, 1)] or 1e-9, wanted[(0, 2)], wanted[(1, 2)]
    along = (base**2 + left**2 - right**2) / (2 * base)
    along = float(np.clip(along, -left, left))
    third = np.array([along, -np.sqrt(max(0.0, left**2 - along**2))])
    return [first, second, third]


def overlap(one: float, other: float, apart: float) -> float:
    """The area that two circles share, by their radii and the distance of their centres."""
    if apart >= one + other:
        return 0.0
    if apart <= abs(one - other):
        return float(np.pi * min(one, other) ** 2)
    a = np.arccos((apart**2 + one**2 - other**2) / (2 * apart * one))
    b = np.arccos((apart**2 + other**2 - one**2) / (2 * apart * other))
    return float(one**2 * (a - np.sin(2 * a) / 2) + other**2 * (b - np.sin(2 * b) / 2))


def _apart(one: float, other: float, shared: float) -> float:
    low, high = abs(one - other), one + other
    if not shared:
        return high * 1.04
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if overlap(one, other, middle) > shared else (low, middle)
    return (low + high) / 2
