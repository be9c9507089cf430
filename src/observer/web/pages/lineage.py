"""From the sources to a number: the graph of models behind a metric, around a model, or of the whole warehouse."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request

from observer.errors import NotFoundError
from observer.model.metric import Grain, Kind
from observer.query.answers import Lineage, LineageNode
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.web import format as fmt
from observer.web.lineage_chart import Node, lineage_chart
from observer.web.page import Page
from observer.web.parameters import choice, day, named_entity, release_number

VALUES = "timeseries_metrics"
"""The table that a metric's values are published in."""

_ALL_KINDS = "int_metrics__runs"
"""The model that puts the kinds of metrics together."""

LAYERS = ("source", "staging", "intermediate", "marts", "metric", "number")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on the way to a number, with its page."""

    name: str
    layer: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """`reader` is made from `source`."""

    source: str
    reader: str


def lineage(read_model: ReadModel, request: Request) -> Page:
    """The whole warehouse, and where to begin."""
    with read_model.pinned(release_number(request)) as reader:
        graph = reader.graph()
        return _page(reader, graph, "Lineage", "Everything that is computed, from the sources to the published tables.")


def of_model(read_model: ReadModel, request: Request) -> Page:
    """One model: all that it is made from, and all that is made from it."""
    name = request.path_params["name"]
    with read_model.pinned(release_number(request)) as reader:
        graph = reader.graph()
        if name not in {node.name for node in graph.nodes}:
            raise NotFoundError(f"there is no model or source '{name[:100]}'", hint="see /lineage")
        around = _reached(name, graph.edges) | _reached(name, [(below, above) for above, below in graph.edges])
        return _page(
            reader, _within(graph, around), f"Lineage of {name}", "What it is made from and what is made from it.", name
        )


def of_metric(read_model: ReadModel, request: Request) -> Page:
    """One metric, or one number of it: from the sources over the models to the value."""
    query = request.query_params
    with read_model.pinned(release_number(request)) as reader:
        metric = reader.metric(request.path_params["name"])
        graph = _of_kind(reader.graph(), metric.kind)
        graph = _within(graph, _reached(VALUES, [(below, above) for above, below in graph.edges]))
        steps = [Step(metric.display_name, "metric", f"/metric/{metric.name}")]
        title = f"Lineage of {metric.display_name}"
        if query.get("entity"):
            entity = named_entity(reader, query["entity"])
            grain = choice(query.get("grain"), Grain, Grain.ALL)
            why = reader.explain(metric.name, entity, grain, day(query.get("bucket")), limit=1)
            number = fmt.value(why.point.amount, why.point.state, unit=metric.unit)
            address = f"/explain/{metric.name}{fmt.path(entity)}?grain={grain.value}&bucket={why.point.bucket}"
            steps.append(Step(f"{fmt.title(entity)}: {number}", "number", address))
            title = f"{title}, {fmt.title(entity)}"
        chain = [VALUES, *(step.name for step in steps)]
        graph = Lineage(metric.name, graph.nodes, (*graph.edges, *itertools.pairwise(chain)))
        return _page(reader, graph, title, "From the sources to the number.", steps[-1].name, steps)


def _page(
    reader: ReleaseReader,
    graph: Lineage,
    title: str,
    description: str,
    focus: str = "",
    further: Iterable[Step] = (),
) -> Page:
    steps = [*(_step(node) for node in graph.nodes), *further]
    edges = tuple(Edge(above, below) for above, below in graph.edges)
    return Page(
        reader.release,
        "lineage.html",
        title,
        description,
        {
            "chart": _chart(steps, graph.edges, title, focus),
            "layers": _by_layer(steps),
            "metrics": reader.metrics(),
            "is_whole": not focus,
        },
        {"steps": steps, "edges": edges},
        edges,
    )


def _chart(steps: Iterable[Step], edges: Iterable[tuple[str, str]], title: str, focus: str) -> Markup:
    nodes = [Node(step.name, step.layer, step.address, step.name == focus) for step in steps]
    return lineage_chart(nodes, edges, label=title)


def _by_layer(steps: Iterable[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for step in sorted(steps, key=lambda step: (LAYERS.index(step.layer) if step.layer in LAYERS else 2, step.name)):
        found[step.layer].append(step)
    return found


def _step(node: LineageNode) -> Step:
    return Step(node.name, node.layer, None if node.is_source else f"/model/{node.name}")


def _reached(start: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    """All nodes that can be reached along the edges, the start among them."""
    following: dict[str, list[str]] = defaultdict(list)
    for above, below in edges:
        following[above].append(below)
    found, waiting = {start}, [start]
    while waiting:
        for name in following[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _of_kind(graph: Lineage, kind: str) -> Lineage:
    """The graph without the way that metrics of other kinds take: one model computes all metrics of a kind."""
    others = {f"int_metrics__{other}" for other in Kind} - {f"int_metrics__{kind}"}
    edges = tuple(edge for edge in graph.edges if not (edge[1] == _ALL_KINDS and edge[0] in others))
    return Lineage(graph.model, graph.nodes, edges)


def _within(graph: Lineage, names: set[str]) -> Lineage:
    return Lineage(
        graph.model,
        tuple(node for node in graph.nodes if node.name in names),
        tuple(edge for edge in graph.edges if edge[0] in names and edge[1] in names),
    )
