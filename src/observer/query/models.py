"""The models of the warehouse and what each is made from."""

from __future__ import annotations

import json
from typing import LiteralString

from observer.errors import NotFoundError
from observer.query.answers import Lineage, LineageNode, Model
from observer.query.session import Session

_MODELS: LiteralString = (
    "select model_name, layer, materialization, description, raw_sql, compiled_sql, depends_on, columns from models"
)


def models(session: Session) -> tuple[Model, ...]:
    """All models by layer and name."""
    return tuple(session.all(_model, _MODELS + " order by layer, model_name"))


def model(session: Session, name: str) -> Model:
    """The model of this name."""
    found = session.first(_model, _MODELS + " where model_name = %s", (name,))
    if found is None:
        raise NotFoundError(f"there is no model '{name}'")
    return found


def lineage(session: Session, name: str) -> Lineage:
    """Everything that a model is made from, nearest first."""
    model(session, name)
    edges = session.all(
        lambda below, above, layer, place: (below, above, layer, place), _UPSTREAM + _EDGES, {"name": name}
    )
    distances = {name: 0}
    for _, above, _, place in edges:
        distances[above] = min(place, distances.get(above, place))
    layers = {above: layer for _, above, layer, _ in edges} | {name: model(session, name).layer}
    nodes = tuple(
        LineageNode(node, layers[node] or "source", distance, is_source=layers[node] is None)
        for node, distance in sorted(distances.items(), key=lambda item: (item[1], item[0]))
    )
    return Lineage(name, nodes, tuple(sorted({(above, below) for below, above, _, _ in edges})))


def graph(session: Session) -> Lineage:
    """All models and sources with what each reads; no model is asked for, so every distance is 0."""
    rows: list[tuple[str, str, str]] = session.all(
        lambda *row: row, "select model_name, layer, depends_on from models order by model_name"
    )
    layers = {name: layer for name, layer, _ in rows}
    edges = tuple(sorted({(above, name) for name, _, reads in rows for above in json.loads(reads)}))
    sources = sorted({above for above, _ in edges} - layers.keys())
    nodes = [LineageNode(name, layer, 0, is_source=False) for name, layer in layers.items()]
    return Lineage("", (*(LineageNode(name, "source", 0, is_source=True) for name in sources), *nodes), edges)


def upstream(session: Session, name: str) -> tuple[Model, ...]:
    """A model and all models that it is made from, nearest first; empty where it is not published."""
    statement = _UPSTREAM + _MODELS + " inner join nearest using (model_name) order by distance, model_name"
    return tuple(session.all(_model, statement, {"name": name}))


_UPSTREAM: LiteralString = """
    with recursive walk (model_name, distance) as (
        select %(name)s::text collate "C", 0
        union
        select read.name collate "C", walk.distance + 1
        from walk
        inner join models using (model_name)
        cross join lateral jsonb_array_elements_text(models.depends_on::jsonb) as read (name)
        where walk.distance < 50
    ),
    nearest as (select model_name, min(distance) as distance from walk group by model_name)
"""

_EDGES: LiteralString = """
    select models.model_name, read.name, above.layer, nearest.distance + 1
    from nearest
    inner join models using (model_name)
    cross join lateral jsonb_array_elements_text(models.depends_on::jsonb) as read (name)
    left join models as above on above.model_name = read.name collate "C"
"""


def _model(
    name: str, layer: str, materialization: str, description: str, raw: str, compiled: str, reads: str, columns: str
) -> Model:
    return Model(
        name, layer, materialization, description, raw, compiled, tuple(json.loads(reads)), tuple(json.loads(columns))
    )
