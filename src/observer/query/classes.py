"""Values of a metric for a chosen set of classes of users: what the metric counts, with and without each class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from observer.errors import QueryError
from observer.model.metric import Grain, Kind
from observer.model.people import UserClass
from observer.query import catalogue
from observer.query.answers import Entity, Metric
from observer.query.session import Session

Amounts = Mapping[date, float]


def chosen_classes(session: Session, metric: Metric, classes: Sequence[UserClass]) -> tuple[UserClass, ...] | None:
    """The classes to count, in their order; None where they are those that the metric counts anyway.

    QueryError where the metric cannot be told apart by class.
    """
    if not classes:
        return None
    if metric.kind == Kind.LATEST:
        raise QueryError(f"metric {metric.name} counts no users", hint="leave 'classes' out")
    wanted = tuple(each for each in UserClass if each in classes)
    if set(wanted) == set(counted_classes(session, metric)):
        return None
    if metric.kind == Kind.SQL:
        raise QueryError(f"metric {metric.name} does not add up over classes", hint="leave 'classes' out")
    return wanted


def counted_classes(session: Session, metric: Metric) -> tuple[UserClass, ...]:
    """The classes that a metric counts by definition: none for a latest value, for a ratio those of its divisor."""
    if metric.kind == Kind.LATEST:
        return ()
    rules = catalogue.rules(metric)
    if metric.kind == Kind.RATIO and rules.denominator:
        return counted_classes(session, catalogue.metric(session, rules.denominator))
    return rules.classes


def class_amounts(
    session: Session,
    metric: Metric,
    entity: Entity,
    grain: Grain,
    classes: tuple[UserClass, ...],
    start: date | None,
    end: date,
) -> Amounts:
    """The values that are not zero, of these classes alone, by bucket; of a ratio where its divisor is not zero.

    Users are in one class each, so that the series of classes are added to the metric or taken from it.
    """
    if metric.kind == Kind.RATIO:
        return _ratio(session, metric, entity, grain, classes, start, end)
    counted = set(catalogue.rules(metric).classes)
    signs = dict.fromkeys(classes, 1)
    amounts: dict[date, float] = defaultdict(float)
    if UserClass.PERSON in classes:
        signs = dict.fromkeys(set(classes) - counted, 1) | dict.fromkeys(counted - set(classes), -1)
        amounts |= amounts_of(session, metric, entity, grain, start, end)
    for user_class, bucket, amount in _class_rows(session, metric, entity, grain, list(signs), start, end):
        amounts[bucket] = amounts.get(bucket, 0.0) + signs[UserClass(user_class)] * amount
    return {bucket: amount for bucket, amount in amounts.items() if abs(amount) > 1e-9}


def _ratio(
    session: Session,
    metric: Metric,
    entity: Entity,
    grain: Grain,
    classes: tuple[UserClass, ...],
    start: date | None,
    end: date,
) -> Amounts:
    rules = catalogue.rules(metric)
    parts = [catalogue.metric(session, name) for name in (rules.numerator, rules.denominator) if name]
    above, below = (class_amounts(session, part, entity, grain, classes, start, end) for part in parts)
    return {bucket: above.get(bucket, 0.0) / amount for bucket, amount in below.items()}


def amounts_of(
    session: Session, metric: Metric, entity: Entity, grain: Grain, start: date | None, end: date
) -> dict[date, float]:
    """The published values of a metric by bucket, from a year before `start` to `end`."""
    found: list[tuple[date, float]] = session.all(
        lambda bucket, amount: (bucket, amount), _AMOUNTS, _values(metric, entity, grain, start, end)
    )
    return dict(found)


def amounts_of_metrics(
    session: Session, metrics: Sequence[Metric], entity: Entity, grain: Grain, start: date | None, end: date
) -> dict[str, dict[date, float]]:
    """The published values of several metrics, by metric and bucket, from a year before `start` to `end`."""
    found: dict[str, dict[date, float]] = {metric.name: {} for metric in metrics}
    if not metrics:
        return found
    values = _values(metrics[0], entity, grain, start, end) | {"metrics": list(found)}
    rows: list[tuple[str, date, float]] = session.all(lambda *row: row, _AMOUNTS_OF_METRICS, values)
    for name, bucket, amount in rows:
        found[name][bucket] = amount
    return found


def _class_rows(
    session: Session,
    metric: Metric,
    entity: Entity,
    grain: Grain,
    classes: list[UserClass],
    start: date | None,
    end: date,
) -> list[tuple[str, date, float]]:
    values = _values(metric, entity, grain, start, end) | {"classes": [each.value for each in classes]}
    return session.all(lambda user_class, bucket, amount: (user_class, bucket, amount), _CLASS_AMOUNTS, values)


def _values(metric: Metric, entity: Entity, grain: Grain, start: date | None, end: date) -> dict[str, object]:
    return {
        "id": entity.id,
        "type": entity.entity_type.value,
        "metric": metric.name,
        "grain": grain.value,
        "start": start,
        "end": end,
    }


_AMOUNTS = (
    "select bucket, amount from timeseries_metrics where entity_id = %(id)s and entity_type = %(type)s "
    "and metric_name = %(metric)s and grain = %(grain)s and bucket <= %(end)s "
    "and (%(start)s::date is null or bucket >= %(start)s::date - 366)"
)
_AMOUNTS_OF_METRICS = (
    "select metric_name, bucket, amount from timeseries_metrics where entity_id = %(id)s and entity_type = %(type)s "
    "and metric_name = any(%(metrics)s) and grain = %(grain)s and bucket <= %(end)s "
    "and (%(start)s::date is null or bucket >= %(start)s::date - 366)"
)
_CLASS_AMOUNTS = (
    "select user_class, bucket, amount from timeseries_metrics_by_class where entity_id = %(id)s "
    "and entity_type = %(type)s and metric_name = %(metric)s and grain = %(grain)s and bucket <= %(end)s "
    "and (%(start)s::date is null or bucket >= %(start)s::date - 366) and user_class = any(%(classes)s) "
    "order by user_class, bucket"
)
