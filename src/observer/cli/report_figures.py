"""The numbers that reports are written from: lists by SQL on the frozen catalogue, series from the read side.

Zeros of series are not in SQL: what has no row is zero or unknown by what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from observer.errors import NotFoundError
from observer.insights.reports.figures import WINDOWS, Bucket, Current, Funding, Known, Standing, Subject, Word
from observer.model.metric import Grain
from observer.model.table import EntityType
from observer.query.answers import Series
from observer.query.catalog import run_sql
from observer.query.read_model import ReadModel

_MOST_ROWS = 10_000_000
_COLLECTION = """select collection_id as id, collection_name as name,
    coalesce(display_name, collection_name) as title, description from collections where collection_name = ?"""
_MEMBERS = """select distinct p.project_id as id, p.project_name as name,
    coalesce(p.display_name, p.project_name) as title
from projects as p inner join projects_by_collection as m on m.project_id = p.project_id
where m.collection_id = ? order by name"""
_CURRENT = """select entity_type, entity_id, metric_name, grain,
    case when state <> 'unknown' then amount end as amount, coverage_ratio
from key_metrics
where metric_name in (select unnest(?)) and grain in (select unnest(?)) and (
    (entity_type = 'collection' and entity_id = ?) or (entity_type = 'project' and entity_id in
        (select project_id from projects_by_collection where collection_id = ?)))"""
_FUNDING = """select coalesce(u.display_name, nullif(f.funder_name, '')) as funder,
    nullif(f.grant_pool_name, '') as grant_pool,
    coalesce(p.display_name, p.project_name) as project,
    f.award_count as awards, f.amount
from funding_by_project as f inner join projects as p on p.project_id = f.project_id
    left join users as u on u.user_source = 'OSS_FUNDING' and u.user_name = f.funder_name
where f.project_id in (select project_id from projects_by_collection where collection_id = ?)
order by 3, 1 nulls last, 2 nulls last, 5"""
_STANDING = """select coalesce(p.display_name, d.project_name) as project, d.dependent_count as dependents,
    d.development_dependent_count as development
from dependents_by_collection as d left join projects as p on p.project_id = d.project_id
where d.collection_id = ? and d.dependent_count > 0 order by d.dependent_count desc, d.project_name limit 100"""


class ReleaseFigures:
    """The `ReportFigures` of the release that a read model is pinned to."""

    def __init__(self, model: ReadModel) -> None:
        found = model.current_release()
        self.release, self.as_of = found.number, found.as_of
        self._model, self._catalog = model, model.catalog(found.number)

    def words(self) -> Mapping[str, Word]:
        rows = self._rows("select metric_name, display_name, unit from metrics")
        return {row["metric_name"]: Word(row["display_name"], row["unit"]) for row in rows}

    def collection(self, name: str) -> Subject:
        rows = self._rows(_COLLECTION, name)
        if not rows:
            hint = 'see `observer sql "select collection_name from collections"`'
            raise NotFoundError(f"release {self.release} has no collection '{name}'", hint=hint)
        return Subject(**rows[0])

    def members(self, collection: Subject) -> Sequence[Subject]:
        rows = self._rows(_MEMBERS, collection.id)
        return [Subject(**row) for row in rows]

    def current(self, collection: Subject, metrics: Sequence[str]) -> Current:
        windows = [grain.value for grain in WINDOWS]
        rows = self._rows(_CURRENT, list(metrics), windows, collection.id, collection.id)
        return {
            (EntityType(row["entity_type"]), row["entity_id"], row["metric_name"], Grain(row["grain"])): Known(
                _number(row["amount"]), _number(row["coverage_ratio"])
            )
            for row in rows
        }

    def months(self, collection: Subject, metrics: Sequence[str], start: date) -> Mapping[str, Sequence[Bucket]]:
        with self._model.pinned() as reader:
            of = reader.collection(collection.name)
            found = reader.series_of_metrics(metrics, of, Grain.MONTH, start)
        return {series.metric.name: _buckets(series) for series in found}

    def quarters(self, members: Sequence[Subject], metric: str, start: date) -> Mapping[str, Sequence[Bucket]]:
        with self._model.pinned() as reader:
            entities = [reader.project(member.name) for member in members]
            found = reader.series_of_entities(metric, entities, Grain.QUARTER, start) if entities else ()
        return {series.entity.id: _buckets(series) for series in found}

    def funding(self, collection: Subject) -> Sequence[Funding]:
        rows = self._rows(_FUNDING, collection.id)
        return [Funding(**{**row, "amount": _number(row["amount"])}) for row in rows]

    def standing(self, collection: Subject) -> Sequence[Standing]:
        rows = self._rows(_STANDING, collection.id)
        return [Standing(**row) for row in rows]

    def _rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = run_sql(self._catalog, statement, parameters, limit=_MOST_ROWS).to_pylist()
        return rows


def _buckets(series: Series) -> list[Bucket]:
    return [Bucket(point.first_day, point.amount, point.is_complete) for point in series.points]


def _number(amount: object) -> float | None:
    return None if amount is None else float(str(amount))
