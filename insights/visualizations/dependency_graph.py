"""---
kind: visualization
title: Dependency graph
question: What stands on what, and on which projects do the most others stand?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  Longest-path layers and rows by the mean of neighbours, a force layout, or an adjacency matrix; circles are cut
  where they close.
data: []
licence: Apache-2.0
tags: [dependencies, network]
---

# Dependency graph

As a tree, dependents stand at the left and what they need further to the right; the orange discs grow with the number
of dependents. As a matrix, each line depends on the columns in which it has a mark. Only edges between the projects
shown are drawn; a dependency through others is not.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.errors import VisualizationError
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import counted, shorten, with_unit
from observer.visualizations.layout import Network, force_layout
from observer.visualizations.placement import Spot, place
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    select dependent_project_name as dependent, dependency_project_name as dependency
    from dependencies_by_collection where dependency_use <> 'development'
"""
_LAYOUTS = ("tree", "force", "matrix")


@visualization
def draw(
    data: Data,
    *,
    dependent: str = "dependent",
    dependency: str = "dependency",
    layout: str = "tree",
    most: int = 40,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """The dependencies of projects in one of three layouts, those that most others stand on first.

    When to use:
        "tree" to see layers: who stands on whom, in columns from the dependents at the left to the foundations at
        the right. "force" for a tangle without layers. "matrix" to look up pairs: a line depends on its columns.

    Columns:
        dependent (text): The project that depends.
        dependency (text): The project that it depends on. Loops and repeated edges are dropped.

    Parameters:
        layout: "tree", "force" or "matrix".
        most: Projects at most; those with the most dependents and dependencies are kept.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = dependency_graph(sample("dependencies"), title="Ethereum repositories that stand on each other")
    """
    if layout not in _LAYOUTS:
        raise VisualizationError(f"there is no layout {layout!r}", hint=f"choose from {', '.join(_LAYOUTS)}")
    frame = checked(data, text={"dependent": dependent, "dependency": dependency})
    edges = sorted({(a, b) for a, b in zip(frame["dependent"], frame["dependency"], strict=True) if a != b})
    names, kept = _largest(edges, most)
    heights = {"tree": 0.6 + 0.2 * len(names), "force": 5.6, "matrix": 1.6 + 0.2 * min(len(names), most)}
    page = Page(title or "Dependencies", release=release_of(data, release))
    with canvas(theme, page, height=max(3.0, heights[layout])) as made:
        if not kept:
            made.say("Nothing to draw: no project depends on another")
            return made.figure
        left_out = len({name for edge in edges for name in edge}) - len(names)
        if left_out:
            made.note(f"{counted(left_out, 'project', 'projects')} with fewer edges left out")
        {"tree": _tree, "force": _force, "matrix": _matrix}[layout](made, names, kept)
    return made.figure


def _largest(edges: list[tuple[str, str]], most: int) -> tuple[list[str], list[tuple[str, str]]]:
    degree: dict[str, int] = {}
    for edge in edges:
        for name in edge:
            degree[name] = degree.get(name, 0) + 1
    kept = set(sorted(degree, key=lambda name: (-degree[name], name))[:most])
    inner = [(a, b) for a, b in edges if a in kept and b in kept]
    names = sorted({name for edge in inner for name in edge}, key=lambda name: (-degree[name], name))
    return names, inner


def layers(names: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """The column of each project: one to the right of its rightmost dependent; circles end where they began."""
    below: dict[str, list[str]] = {name: [] for name in names}
    for dependent, dependency in edges:
        below[dependent].append(dependency)
    found: dict[str, int] = {}
    state: dict[str, int] = {}
    finished: list[str] = []
    back: set[tuple[str, str]] = set()
    for root in names:
        stack = [(root, iter(below[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[name] = 2
                finished.append(name)
                stack.pop()
            elif state.get(following) == 1:
                back.add((name, following))
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(below[following])))
    for name in reversed(finished):
        found.setdefault(name, 0)
        for dependency in below[name]:
            if (name, dependency) not in back:
                found[dependency] = max(found.get(dependency, 0), found[name] + 1)
    return found


def _rows(names: list[str], edges: list[tuple[str, str]], column: dict[str, int]) -> dict[str, float]:
    """A row of its own for each project, near those of its neighbours, so that no label lies over another."""
    number = {name: i for i, name in enumerate(names)}
    first, second = np.array([[number[a], number[b]] for a, b in edges]).T
    degree = np.bincount(np.concatenate([first, second]), minlength=len(names))
    ranks = np.argsort(np.argsort([(column[name] * len(names)) + i for i, name in enumerate(names)])).astype(float)
    for _ in range(40):
        mean = np.bincount(first, weights=ranks[second], minlength=len(names))
        mean += np.bincount(second, weights=ranks[first], minlength=len(names))
        ranks = np.argsort(np.argsort(0.5 * ranks + 0.5 * mean / degree, kind="stable"), kind="stable").astype(float)
    return {name: (ranks[number[name]] + 0.5) / len(names) for name in names}


def _tree(made: Canvas, names: list[str], edges: list[tuple[str, str]]) -> None:
    axes, theme = made.plot, made.theme
    column = layers(names, edges)
    at = _rows(names, edges, column)
    dependents = {name: sum(1 for _, b in edges if b == name) for name in names}
    last = max(column.values()) or 1
    where = {name: (column[name] / last, at[name]) for name in names}
    curves = []
    for a, b in edges:
        (x0, y0), (x1, y1) = where[a], where[b]
        bend = (x1 - x0) * 0.45
        curves.append(Path([(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)], [Path.MOVETO, *[Path.CURVE4] * 3]))
    alpha = float(np.clip(6 / np.sqrt(len(edges)), 0.15, 0.6))
    axes.add_collection(
        PathCollection(curves, facecolors="none", edgecolors=theme.accent, linewidths=1.0, alpha=alpha, zorder=1)
    )
    top = max(dependents.values()) or 1
    for name, (x, y) in where.items():
        size = 14 + 90 * dependents[name] / top
        axes.scatter(x, y, s=size, color=theme.contrast if dependents[name] else theme.accent, zorder=3, linewidths=0)
        is_left = not column[name]
        number = f"  {dependents[name]}" if dependents[name] else ""
        label = f"{shorten(name, 30)}{number}"
        axes.annotate(
            label,
            (x, y),
            (-7 if is_left else 7, 0),
            textcoords="offset points",
            ha="right" if is_left else "left",
            va="center_baseline",
            size=8,
            color=theme.ink,
            zorder=4,
            path_effects=[withStroke(linewidth=2.4, foreground=theme.paper)],
        )
    axes.set(xlim=(-0.04, 1.04), ylim=(1.02, -0.02))
    axes.set_axis_off()
    made.legend("depends", theme.accent, "dot")
    made.legend("is depended on, with the number of dependents", theme.contrast, "dot")


def _force(made: Canvas, names: list[str], edges: list[tuple[str, str]]) -> None:
    axes, theme = made.plot, made.theme
    number = {name: i for i, name in enumerate(names)}
    first = np.array([number[a] for a, _ in edges])
    second = np.array([number[b] for _, b in edges])
    places = force_layout(Network(names, first, second, np.ones(len(edges))))
    dependents = np.bincount(second, minlength=len(names))
    segments = np.stack([places[first], places[second]], axis=1)
    alpha = float(np.clip(8 / np.sqrt(len(edges)), 0.12, 0.6))
    # An edge thickens towards what is depended on.
    for start, width in ((0.0, 0.6), (0.5, 1.4), (0.8, 2.4)):
        part = np.stack([segments[:, 0] + (segments[:, 1] - segments[:, 0]) * start, segments[:, 1]], axis=1)
        axes.add_collection(
            LineCollection(list(part), colors=theme.soft, linewidths=width, alpha=alpha * 0.6, zorder=1)
        )
    sizes = 18 + 240 * dependents / max(1, dependents.max())
    colours = [theme.contrast if count else theme.accent for count in dependents]
    axes.scatter(places[:, 0], places[:, 1], s=sizes, c=colours, edgecolors=theme.paper, linewidths=0.8, zorder=2)
    axes.set(xlim=(-1.2, 1.2), ylim=(-1.12, 1.12))
    axes.set_axis_off()
    made.legend("depends", theme.accent, "dot")
    made.legend("is depended on", theme.contrast, "dot")
    order = np.argsort(-dependents, kind="stable")
    spots = [Spot(places[i, 0], places[i, 1], shorten(names[i], 26), float(np.sqrt(sizes[i]) / 2)) for i in order]
    made.later(lambda: place(axes, spots, theme))


def _matrix(made: Canvas, names: list[str], edges: list[tuple[str, str]]) -> None:
    axes, theme = made.plot, made.theme
    dependents = {name: sum(1 for _, b in edges if b == name) for name in names}
    dependencies = {name: sum(1 for a, _ in edges if a == name) for name in names}
    rows = sorted((n for n in names if dependencies[n]), key=lambda n: (-dependencies[n], n))
    columns = sorted((n for n in names if dependents[n]), key=lambda n: (-dependents[n], n))
    x = [columns.index(b) for _, b in edges]
    y = [rows.index(a) for a, _ in edges]
    axes.scatter(x, y, marker="s", s=min(90, 5200 / max(len(rows), len(columns))), color=theme.accent, linewidths=0)
    axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6))
    axes.set_xticks(range(len(columns)), [f"{shorten(n, 24)}  {dependents[n]}" for n in columns], rotation=90)
    axes.set_yticks(range(len(rows)), [f"{shorten(n, 28)}  {dependencies[n]}" for n in rows])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=7.5)
    axes.set_xlabel(with_unit("a line depends on the columns with a mark; numbers count them", None))
    axes.grid(visible=True, axis="both")
    axes.spines[:].set_visible(False)
