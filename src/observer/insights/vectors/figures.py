"""The numbers of a release as vectors read them, by SQL: of a frozen catalogue, or asked of an observatory's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from observer.errors import NotFoundError, QueryError
from observer.insights.vectors.definition import Period
from observer.insights.vectors.evaluate import Member
from observer.model.metric import Grain

Query = Callable[[str], Sequence[Mapping[str, Any]]]
"""Runs one SELECT on the release and gives all of its rows."""

Buckets = Callable[[str, Grain, Any, Sequence[str]], Mapping[str, float]]
"""The known values of a metric in one bucket by project id, for the projects of the ids: their zeros are not in SQL."""

_PROJECTS = "select project_id, project_name, display_name from projects order by project_name"
_MEMBERS = """select distinct p.project_id, p.project_name, p.display_name
from projects as p join projects_by_collection as m on m.project_id = p.project_id
where m.collection_name in ({names}) order by p.project_name"""
_COLLECTIONS = "select collection_name from collections where collection_name in ({names})"
_AMOUNTS = """select entity_id, amount from key_metrics
where entity_type = 'project' and metric_name = {metric} and grain = {grain} and state <> 'unknown'
and amount is not null"""


class SqlFigures:
    """The `Figures` over SQL. Without `buckets` a period that is no current one is refused."""

    def __init__(self, query: Query, release: int, as_of: str, buckets: Buckets | None = None) -> None:
        self.release = release
        self.as_of = as_of
        self._query = query
        self._buckets = buckets

    def projects(self, collections: Sequence[str]) -> Sequence[Member]:
        if not collections:
            return [Member(**row) for row in self._query(_PROJECTS)]
        names = ", ".join(map(_literal, collections))
        there = {row["collection_name"] for row in self._query(_COLLECTIONS.format(names=names))}
        missing = [name for name in collections if name not in there]
        if missing:
            raise NotFoundError(f"release {self.release} has no collection '{missing[0]}'")
        return [Member(**row) for row in self._query(_MEMBERS.format(names=names))]

    def amounts(self, metric: str, period: Period) -> Mapping[str, float]:
        if period.bucket is not None:
            if self._buckets is None:
                raise QueryError(f"the period {period} cannot be read here", hint="run `observer vectors run` on it")
            ids = [member.project_id for member in self.projects(())]
            return self._buckets(metric, period.grain, period.bucket, ids)
        statement = _AMOUNTS.format(metric=_literal(metric), grain=_literal(period.grain.value))
        return {row["entity_id"]: float(row["amount"]) for row in self._query(statement)}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
