"""The metric catalogue and the current values."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import yaml

from observer.errors import NotFoundError, QueryError, ServingError
from observer.model.metric import KEY_GRAINS, Absent, Activity, Grain, Kind
from observer.model.people import UserClass, default_classes
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import Entity, KeyMetric, Metric
from observer.query.once import OncePerRelease
from observer.query.session import Session


@dataclass(frozen=True, slots=True)
class Rules:
    """What a definition says about counting: who counts, at which grains, and the two halves of a ratio."""

    activity: Activity
    grains: tuple[Grain, ...]
    is_first_only: bool
    classes: tuple[UserClass, ...]
    absent: Absent
    numerator: str | None
    denominator: str | None


def metrics(session: Session) -> tuple[Metric, ...]:
    """All metrics by name."""
    return _metrics(session)


def metric(session: Session, name: str) -> Metric:
    """The metric of this name or id."""
    known = metrics(session)
    found = next((each for each in known if name in (each.name, each.id)), None)
    if found is None:
        near = get_close_matches(name[:100], [each.name for each in known], n=1)
        hint = f"did you mean '{near[0]}'?" if near else "see the list of metrics"
        raise NotFoundError(f"there is no metric '{name}'", hint=hint)
    return found


def rules(of: Metric) -> Rules:
    """The rules in a metric's published definition; ServingError where it is not readable."""
    try:
        return _read_rules(of.definition)
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise ServingError("the definition cannot be read", where=f"metric {of.name}") from error


def is_zero_if_absent(metric: Metric) -> bool:
    """Whether no row means 0 where all was seen: of counts it does, of ratios, latest values and means it does not."""
    return metric.kind in (Kind.SUM, Kind.DISTINCT, Kind.SQL) and rules(metric).absent is Absent.ZERO


def check_grain(metric: Metric, grain: Grain) -> None:
    """QueryError where the metric has no values at this grain."""
    grains = rules(metric).grains
    if grain not in grains:
        raise QueryError(f"metric {metric.name} has no values at grain {grain}", hint=f"it has {', '.join(grains)}")


def key_metrics(session: Session, entity: Entity) -> tuple[KeyMetric, ...]:
    """The current values of one entity, by metric and grain."""
    return tuple(value for _, value in key_metrics_of(session, entity.entity_type, [entity.id]))


def key_metrics_of(
    session: Session,
    entity_type: EntityType,
    ids: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    grain: Grain | None = None,
) -> list[tuple[str, KeyMetric]]:
    """Current values of several entities of one type as (entity id, value), by metric and grain."""
    values = {
        "type": entity_type.value,
        "ids": list(ids),
        "names": None if names is None else list(names),
        "grains": [grain.value] if grain else [each.value for each in KEY_GRAINS],
        "as_of": session.release.as_of,
    }
    found = session.all(_key_metric, _KEY_METRICS, values)
    places = {place: number for number, place in enumerate(Grain)}
    return sorted(found, key=lambda item: (item[1].metric, places[item[1].grain]))


def _read_metrics(session: Session) -> tuple[Metric, ...]:
    return tuple(session.all(_metric, _METRICS + " order by metric_name"))


_metrics = OncePerRelease(_read_metrics)


@functools.lru_cache(maxsize=256)
def _read_rules(text: str) -> Rules:
    definition = yaml.safe_load(text) or {}
    thresholds = definition.get("thresholds") or {}
    return Rules(
        activity=Activity(int(thresholds.get("min_active_days") or 1), thresholds.get("max_active_days")),
        grains=tuple(Grain(grain) for grain in definition.get("grains") or Grain),
        is_first_only=bool(definition.get("first_only")),
        classes=tuple(map(UserClass, definition.get("classes") or _default_classes(definition))),
        absent=Absent(definition.get("absent") or Absent.ZERO),
        numerator=definition.get("numerator"),
        denominator=definition.get("denominator"),
    )


def _default_classes(definition: Mapping[str, object]) -> tuple[UserClass, ...]:
    return default_classes(counts_people=definition.get("kind") in (Kind.DISTINCT, Kind.SQL))


_METRICS = (
    "select metric_id, metric_name, display_name, description, unit, kind, version, owner, caveats, event_types, "
    "definition, sql, headline_grain, topic from metrics"
)
# An artifact has rows for the metrics of which something is known; all other values of it are unknown.
_KEY_METRICS = (
    "select entities.entity_id, metrics.metric_name, display_name, metrics.unit, kind, grains.grain, "
    "coalesce(key_metrics.sample_date, %(as_of)s), key_metrics.amount, coalesce(key_metrics.state, 'unknown'), "
    "coalesce(key_metrics.coverage_ratio, 0), key_metrics.covered_from, key_metrics.covered_to "
    "from unnest(%(ids)s::text[]) as entities (entity_id) cross join metrics "
    "cross join unnest(%(grains)s::text[]) as grains (grain) left join key_metrics "
    "on key_metrics.entity_id = entities.entity_id and key_metrics.entity_type = %(type)s "
    "and key_metrics.metric_name = metrics.metric_name and key_metrics.grain = grains.grain "
    "where %(names)s::text[] is null or metrics.metric_name = any(%(names)s)"
)


def _metric(
    key: str,
    name: str,
    title: str,
    description: str,
    unit: str,
    kind: str,
    version: int,
    owner: str | None,
    caveats: str | None,
    event_types: str,
    definition: str,
    sql: str,
    headline_grain: str | None,
    topic: str,
) -> Metric:
    types = tuple(json.loads(event_types))
    words = (key, name, title, description, unit, kind)
    return Metric(*words, version, owner, caveats, types, definition, sql, headline_grain, topic)


def _key_metric(
    entity_id: str,
    name: str,
    title: str,
    unit: str,
    kind: str,
    grain: str,
    sample_date: date,
    amount: float | None,
    state: str,
    ratio: float,
    covered_from: date | None,
    covered_to: date | None,
) -> tuple[str, KeyMetric]:
    return entity_id, KeyMetric(
        name, title, unit, kind, Grain(grain), sample_date, amount, State(state), ratio, covered_from, covered_to
    )
