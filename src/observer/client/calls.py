"""Questions as data: what to send, and how to read the answer. Knows HTTP's words, does no I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from observer.client.errors import AnswerError
from observer.client.model import (
    Entity,
    Event,
    Explanation,
    KeyMetric,
    Listed,
    Metric,
    Page,
    SearchHit,
    Series,
    build,
    build_explanation,
    build_page,
)
from observer.client.table import Table

T = TypeVar("T")
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: headers in lower case, and the body."""

    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise AnswerError("the answer is no JSON; is this the address of an observatory?") from error


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One question: none changes anything, so each may be asked again."""

    method: str
    path: str
    read: Callable[[Answer], T]
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def _get(path: str, read: Callable[[Answer], T], **params: object) -> Call[T]:
    return Call("GET", API + path, read, {name: _text(value) for name, value in params.items() if value is not None})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def reference(entity: Entity | str) -> str:
    """An entity as questions name it."""
    return entity.reference if isinstance(entity, Entity) else entity


def listing(kind: str, options: Mapping[str, object]) -> Call[Page[Listed]]:
    return _get(f"/{kind}", lambda answer: build_page(Listed, answer.json()), **options)


def search(text: str, entity_type: str | None, limit: int, release: int | None) -> Call[tuple[SearchHit, ...]]:
    return _get("/search", _items(SearchHit), text=text, entity_type=entity_type, limit=limit, release=release)


def metrics(release: int | None) -> Call[tuple[Metric, ...]]:
    return _get("/metrics", _items(Metric), release=release)


def key_metrics(entity: Entity | str, release: int | None) -> Call[tuple[KeyMetric, ...]]:
    return _get("/key-metrics", _items(KeyMetric), entity=reference(entity), release=release)


def series(
    metric: str, entity: Entity | str, grain: str, start: date | None, end: date | None, release: int | None
) -> Call[Series]:
    return _get(
        "/series",
        lambda answer: build(Series, answer.json()["data"]),
        metric=metric,
        entity=reference(entity),
        grain=grain,
        start=start,
        end=end,
        release=release,
    )


def explain(
    metric: str,
    entity: Entity | str,
    grain: str,
    bucket: date | None,
    people: bool | None,
    limit: int,
    release: int | None,
) -> Call[Explanation]:
    return _get(
        "/explain",
        lambda answer: build_explanation(answer.json()),
        metric=metric,
        entity=reference(entity),
        grain=grain,
        bucket=bucket,
        people=people,
        limit=limit,
        release=release,
    )


def events(entity: Entity | str, options: Mapping[str, object]) -> Call[Page[Event]]:
    return _get("/events", lambda answer: build_page(Event, answer.json()), entity=reference(entity), **options)


def rest(path: str, params: Mapping[str, object]) -> Call[Any]:
    return _get("/" + path.lstrip("/"), lambda answer: answer.json(), **params)


def sql(query: str) -> Call[Table]:
    return Call("POST", f"{API}/sql", lambda answer: _table(answer, query), body={"query": query, "format": "minimal"})


def graphql(query: str, variables: Mapping[str, Any] | None) -> Call[dict[str, Any]]:
    return Call("POST", f"{API}/graphql", _graphql_data, body={"query": query, "variables": dict(variables or {})})


def _items(kind: type[T]) -> Callable[[Answer], tuple[T, ...]]:
    return lambda answer: tuple(build(kind, item) for item in answer.json()["data"])


def _graphql_data(answer: Answer) -> dict[str, Any]:
    found = answer.json()
    if found.get("errors"):
        raise AnswerError("; ".join(str(error.get("message", error)) for error in found["errors"]), status=200)
    data: dict[str, Any] = found["data"]
    return data


def _table(answer: Answer, query: str) -> Table:
    names: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for document in _lines(answer.body):
        names += document.get("columns", ())
        rows += map(tuple, document.get("data", ()))
    release = answer.headers.get("x-observer-release")
    return Table(tuple(names), tuple(rows), query, int(release) if release and release.isdigit() else None)


def _lines(body: bytes) -> Iterable[dict[str, Any]]:
    try:
        return [json.loads(line) for line in body.splitlines() if line.strip()]
    except ValueError as error:
        raise AnswerError("the answer is cut off or no JSON; ask again") from error
