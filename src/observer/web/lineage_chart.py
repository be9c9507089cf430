"""A graph of models as SVG: a column for each step from the sources, lines from what is read to what reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from observer.web import format as fmt

_BOX, _ROW, _COLUMN, _GAP = 20, 27, 212, 32
_LONGEST_NAME = 25
_SWEEPS = 6
_SEEN = 14


@dataclass(frozen=True, slots=True)
class Node:
    """One box: `layer` chooses its colour, `address` its page, None for one that has none; `label` may differ."""

    name: str
    layer: str
    address: str | None
    is_focus: bool = False
    label: str = ""


def lineage_chart(nodes: Sequence[Node], edges: Iterable[tuple[str, str]], *, label: str) -> Markup:
    """The graph; edges lead from what is read to what reads it, those to unknown nodes are left out."""
    by_name = {node.name: node for node in nodes}
    known = sorted({(a, b) for a, b in edges if a in by_name and b in by_name and a != b})
    if not nodes:
        return Markup('<p class="empty">There are no models.</p>')
    columns = _columns(ranks(by_name, known), known)
    places = _places(columns)
    width = len(columns) * _COLUMN - _GAP + 2
    height = max(len(column) for column in columns) * _ROW
    body = [
        f'<svg class="lineage" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{fmt.escaped(label)}">',
        *(_line(places[above], places[below]) for above, below in known),
        *(_box(node, *places[node.name]) for node in nodes),
        "</svg>",
    ]
    return Markup("".join(body))  # noqa: S704 - every text above is escaped


def ranks(nodes: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The column of each node: as far right as those allow that read it. A circle ends where it is met."""
    readers: dict[str, list[str]] = defaultdict(list)
    for above, below in edges:
        readers[above].append(below)
    found: dict[str, int] = {}
    for name in sorted(nodes):
        stack, open_ = [name], {name}
        while stack:
            waiting = [below for below in readers[stack[-1]] if below not in found and below not in open_]
            if waiting:
                stack.append(waiting[0])
                open_.add(waiting[0])
                continue
            done = stack.pop()
            open_.discard(done)
            found[done] = max((found[below] + 1 for below in readers[done] if below in found), default=0)
    most = max(found.values(), default=0)
    return {name: most - steps for name, steps in found.items()}


def _columns(rank: Mapping[str, int], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The names of each column, in an order that lets few lines cross: each near the middle of its neighbours."""
    columns: list[list[str]] = [[] for _ in range(max(rank.values()) + 1)]
    for name in sorted(rank):
        columns[rank[name]].append(name)
    near: dict[str, list[str]] = defaultdict(list)
    for above, below in edges:
        near[above].append(below)
        near[below].append(above)
    for sweep in range(_SWEEPS):
        place = {name: y / len(column) for column in columns for y, name in enumerate(column)}
        for x in range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns))):
            middle = {
                name: sum(place[other] for other in near[name]) / len(near[name]) if near[name] else place[name]
                for name in columns[x]
            }
            columns[x].sort(key=lambda name: (middle[name], name))
            place |= {name: y / len(columns[x]) for y, name in enumerate(columns[x])}
    return columns


def _places(columns: Sequence[Sequence[str]]) -> dict[str, tuple[int, int]]:
    """The upper left corner of each box. Short columns spread over what is seen without scrolling."""
    longest = max(map(len, columns))
    return {
        name: (x * _COLUMN, round((y + 0.5) * max(len(column), min(longest, _SEEN)) / len(column) * _ROW - _ROW / 2))
        for x, column in enumerate(columns)
        for y, name in enumerate(column)
    }


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + _COLUMN - _GAP, start[1] + _BOX / 2 + 2
    x2, y2 = end[0], end[1] + _BOX / 2 + 2
    bend = _GAP * 0.6
    return f'<path class="edge" d="M{x1} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2} {y2:g}"/>'


def _box(node: Node, x: int, y: int) -> str:
    label = node.label or node.name
    short = label if len(label) <= _LONGEST_NAME else label[: _LONGEST_NAME - 1] + "…"
    layer = node.layer if node.layer.isidentifier() else "other"
    box = (
        f'<g class="node {layer}{" focus" if node.is_focus else ""}"><title>{fmt.escaped(label)}</title>'
        f'<rect x="{x + 1}" y="{y + 2}" width="{_COLUMN - _GAP}" height="{_BOX}" rx="5"/>'
        f'<text x="{x + 9}" y="{y + 16}">{fmt.escaped(short)}</text></g>'
    )
    return f'<a href="{fmt.escaped(node.address)}">{box}</a>' if node.address else box
