"""---
kind: visualization
title: Network graph
question: Who shares people, funders or dependencies with whom?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  LinLog forces with degree-weighted repulsion over a grid (Noack 2009, Jacomy and others 2014); communities by label
  propagation (Raghavan and others 2007).
data: []
licence: Apache-2.0
tags: [network, people]
---

# Network graph

Discs that share many edges lie near each other and have one colour; the larger a disc, the more neighbours it has.
The places are computed from the edges alone: up, down, left and right mean nothing, and another seed gives another
picture. The best connected ones are named where there is room.

Powered by Open Source Observer.
"""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection

from observer.visualizations.canvas import Canvas, Page, canvas
from observer.visualizations.figure import Figure
from observer.visualizations.frame import Data, checked, release_of
from observer.visualizations.labels import counted, shorten
from observer.visualizations.layout import Network, communities, force_layout, network_of
from observer.visualizations.placement import Spot, place
from observer.visualizations.registry import visualization
from observer.visualizations.theme import ThemeName

QUERY = """
    with work as (
        select distinct e.from_artifact_id as person, p.project_name as project
        from events_daily as e inner join artifacts_by_project as p on p.artifact_id = e.to_artifact_id
        where e.event_type = 'COMMIT_CODE'
    )
    select a.project as source, b.project as target, count(*) as weight
    from work as a inner join work as b on a.person = b.person and a.project < b.project
    group by 1, 2
"""


@visualization
def draw(
    data: Data,
    *,
    source: str = "source",
    target: str = "target",
    weight: str | None = None,
    labels: int = 18,
    seed: int = 1,
    theme: ThemeName = "light",
    title: str | None = None,
    release: int | None = None,
) -> Figure:
    """A network: nodes near their neighbours, communities in colours, the best connected ones by name.

    When to use:
        To see who shares contributors, funders or dependencies, and which project holds parts together. Distance
        and colours are a help for the eye, computed from the edges alone; for a direction take dependency_graph.

    Columns:
        source (text): One end of an edge.
        target (text): The other end. Loops are dropped, repeated edges added up, the direction does not count.
        weight (number): How strong it is, above zero; none for one each. Unknown ones are left out and counted.

    Parameters:
        labels: Names at most.
        seed: Another number gives another of the many equally good pictures.

    Example:
        >>> from observer.visualizations.sample import sample
        >>> figure = network_graph(sample("dependencies"), source="dependent", target="dependency",
        ...                        title="Ethereum repositories that depend on each other")
    """
    numbers = {"weight": weight} if weight else {}
    frame = checked(data, text={"source": source, "target": target}, numbers=numbers)
    weights = frame["weight"].to_numpy(dtype=float) if weight else np.ones(len(frame))
    kept = weights > 0
    found = network_of(list(frame["source"][kept]), list(frame["target"][kept]), weights[kept])
    page = Page(title or "Network", release=release_of(data, release))
    with canvas(theme, page, height=6.2) as made:
        if not kept.all():
            made.note(f"{counted(int((~kept).sum()), 'edge', 'edges')} of no known weight left out")
        if len(found.first):
            made.note(f"{counted(len(found.names), 'node', 'nodes')}, {counted(len(found.first), 'edge', 'edges')}")
            _draw(made, found, labels, seed)
        else:
            made.say("Nothing to draw: there is no edge between two nodes")
    return made.figure


def _draw(made: Canvas, network: Network, labels: int, seed: int) -> None:
    axes, theme = made.plot, made.theme
    group = communities(network)
    places = force_layout(network, groups=group, seed=seed)
    palette = np.array([*theme.series, theme.other])
    node_colour = palette[np.minimum(group, len(theme.series))]
    count, lines = len(network.names), len(network.first)
    inside = group[network.first] == group[network.second]
    line_colour = np.where(inside, node_colour[network.first], theme.other)
    alpha = float(np.clip(9 / np.sqrt(lines), 0.03, 0.55))
    width = 0.9 if lines < 2000 else 0.45
    segments = np.stack([places[network.first], places[network.second]], axis=1)
    is_large = lines > 3000
    for chosen, share in ((~inside, 0.5 if lines < 3000 else 0.3), (inside, 1.0)):
        axes.add_collection(
            LineCollection(
                list(segments[chosen]),
                colors=list(line_colour[chosen]),
                linewidths=width,
                alpha=alpha * share,
                zorder=1,
                rasterized=is_large,
                antialiaseds=True,
            )
        )
    degrees = network.degrees
    scale = np.clip(900 / count, 0.35, 9)
    sizes = 4 * scale + max(30 * scale, 90) * degrees / degrees.max()
    order = np.argsort(degrees, kind="stable")
    axes.scatter(
        places[order, 0],
        places[order, 1],
        s=sizes[order],
        c=list(node_colour[order]),
        linewidths=np.where((sizes[order] > 8) | (count < 1000), 0.5, 0).tolist(),
        edgecolors=theme.paper,
        zorder=2,
        rasterized=is_large,
    )
    axes.set(xlim=(-1.12, 1.12), ylim=(-1.12, 1.12), aspect="auto")
    axes.set_axis_off()
    # The best connected one of each community first, then the others by their neighbours.
    ranked = order[::-1]
    heads = [int(i) for i in ranked[np.sort(np.unique(group[ranked], return_index=True)[1])] if degrees[i] > 2]
    best = list(dict.fromkeys([*heads[: labels * 2 // 3], *map(int, ranked)]))[:labels]
    spots = [
        Spot(places[i, 0], places[i, 1], shorten(network.names[i], 26), float(np.sqrt(sizes[i]) / 2)) for i in best
    ]
    made.later(lambda: place(axes, spots, theme, size=8 if count < 500 else 8.5))
