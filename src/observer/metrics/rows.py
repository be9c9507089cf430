"""The catalogue as rows of `raw.metrics__definitions`, from which the models compute every metric."""

from __future__ import annotations

import pyarrow as pa

from observer.metrics.catalogue import Catalogue
from observer.model.event import FORGE_EVENTS
from observer.model.metric import MetricDefinition

DEFINITIONS_SCHEMA = pa.schema(
    [
        pa.field("metric_name", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("display_name", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("summary", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("caveats", pa.string(), nullable=False),
        pa.field("event_types", pa.list_(pa.string()), nullable=False),
        pa.field("grains", pa.list_(pa.string()), nullable=False),
        pa.field("distinct_of", pa.string()),
        pa.field("min_active_days", pa.int32()),
        pa.field("max_active_days", pa.int32()),
        pa.field("is_first_only", pa.bool_(), nullable=False),
        pa.field("absent", pa.string(), nullable=False),
        pa.field("needs", pa.string()),
        pa.field("total", pa.string()),
        pa.field("is_per_entity", pa.bool_(), nullable=False),
        pa.field("people_event_types", pa.list_(pa.string()), nullable=False),
        pa.field("numerator", pa.string()),
        pa.field("denominator", pa.string()),
        pa.field("user_classes", pa.list_(pa.string()), nullable=False),
        pa.field("headline_grain", pa.string(), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("original_names", pa.list_(pa.string()), nullable=False),
        pa.field("event_source", pa.string()),
        pa.field("definition_path", pa.string(), nullable=False),
        pa.field("definition_yaml", pa.string(), nullable=False),
        pa.field("sql", pa.string(), nullable=False),
    ]
)


def definition_rows(catalogue: Catalogue) -> pa.Table:
    """One row per metric in the order of names, with the columns of DEFINITIONS_SCHEMA.

    `event_types` are sorted, so that equal sets are equal lists. `caveats` has one sentence per line.
    `distinct_of` is the column that a distinct metric counts. `event_source` is what the original's names of the metric
    begin with, GITHUB for every forge; None where each source has a name of its own.
    """
    return pa.Table.from_pylist([_row(metric) for metric in catalogue], schema=DEFINITIONS_SCHEMA)


def _row(metric: MetricDefinition) -> dict[str, object]:
    activity = metric.activity
    return {
        "metric_name": metric.name,
        "version": metric.version,
        "display_name": metric.title,
        "unit": metric.unit,
        "kind": metric.kind.value,
        "summary": metric.summary,
        "description": metric.description,
        "owner": metric.owner,
        "caveats": "\n".join(metric.caveats),
        "event_types": sorted(event.value for event in metric.events),
        "grains": [grain.value for grain in metric.grains],
        "distinct_of": "from_artifact_id" if activity else None,
        "min_active_days": activity.min_days if activity else None,
        "max_active_days": activity.max_days if activity else None,
        "is_first_only": metric.is_first_only,
        "absent": metric.absent.value,
        "needs": metric.needs and metric.needs.value,
        "total": metric.total and metric.total.value,
        "is_per_entity": metric.is_per_entity,
        "people_event_types": sorted(event.value for event in metric.people_events),
        "numerator": metric.numerator,
        "denominator": metric.denominator,
        "user_classes": [each.value for each in metric.classes],
        "headline_grain": metric.headline_grain.value,
        "topic": metric.topic,
        "original_names": list(metric.original_names),
        "event_source": "GITHUB" if FORGE_EVENTS.issuperset(metric.events) else None,
        "definition_path": metric.path,
        "definition_yaml": metric.yaml,
        "sql": metric.sql,
    }
