"""SQL that recomputes any definition, in the catalogue or not, from the tables that the metric models read.

It computes one grain for all entities, over `int_metrics__events`, `int_metrics__items`, `int_metrics__bucket_days` and
their like, which each build leaves in the warehouse, so that a definition that was never built can be compared.
"""

from __future__ import annotations

from collections.abc import Callable

from observer.errors import ContentError, Problem
from observer.metrics.catalogue import Catalogue
from observer.model.metric import Absent, Activity, Grain, Kind, MetricDefinition
from observer.model.people import UserClass

CLASS_KEYS = {
    UserClass.PERSON: 1,
    UserClass.BOT: 2,
    UserClass.AGENT: 3,
    UserClass.ORGANIZATION: 4,
    UserClass.UNKNOWN: 5,
}
"""The numbers of classes in the models; equal to the macro metric_user_classes."""


def recount_sql(metric: MetricDefinition, grain: Grain, catalogue: Catalogue) -> str:
    """One query that gives entity_type, entity_id, bucket and amount; parts of a ratio are those of the catalogue.

    Raises ContentError where the definition has no such grain.
    """
    if grain not in metric.grains:
        known = ", ".join(metric.grains)
        raise ContentError([Problem(metric.path, None, f"'{metric.name}' has no grain {grain}", f"one of {known}")])
    return f"""
select entities.entity_type, entities.entity_id, buckets.bucket, cast(result.amount as double) as amount
from (
{_result(metric, grain, catalogue)}
) as result
inner join int_metrics__entities as entities on entities.entity_key = result.entity_key
inner join int_metrics__buckets as buckets on buckets.bucket_key = result.bucket_key
"""  # noqa: S608 - names of a checked definition


def _result(metric: MetricDefinition, grain: Grain, catalogue: Catalogue) -> str:
    """A query that gives entity_key, bucket_key and amount."""
    if metric.kind is Kind.RATIO:
        numerator = _result(catalogue.metric(str(metric.numerator)), grain, catalogue)
        denominator = _result(catalogue.metric(str(metric.denominator)), grain, catalogue)
        return f"""
select d.entity_key, d.bucket_key, coalesce(n.amount, 0) / d.amount as amount
from ({denominator}) as d
left join ({numerator}) as n on n.entity_key = d.entity_key and n.bucket_key = d.bucket_key
where d.amount <> 0"""  # noqa: S608 - queries of this module
    body = _BODIES[metric.kind](metric, grain)
    keeps = "true" if metric.kind is Kind.LATEST or metric.absent is Absent.UNKNOWN else "amount <> 0"
    return f"""
with {_relations(metric, grain)},
counted as (
{body}
)
select entity_key, bucket_key, amount from counted where amount is not null and {keeps}"""  # noqa: S608 - the same


def _relations(metric: MetricDefinition, grain: Grain) -> str:
    """What a query of kind sql reads, as the models give it."""
    types = ", ".join(f"'{event}'" for event in metric.events)
    people_types = ", ".join(f"'{event}'" for event in metric.people_events)
    classes = ", ".join(str(CLASS_KEYS[each]) for each in metric.classes)
    words = " ".join(f"when {number} then '{each}'" for each, number in CLASS_KEYS.items())
    named = f"case sender_class_key {words} end"
    columns, join = _AFFILIATION if metric.kind is Kind.SQL and "affiliation" in metric.sql else ("", "")
    return f"""
events as (
    select seen.entity_key, seen.event_type, seen.user_key, seen.day, seen.day - date '1970-01-01' as day_number,
        seen.amount, {named} as user_class{columns}
    from int_metrics__events as seen {join}
    where seen.event_type in ({types}) and seen.sender_class_key in ({classes})
),
items as (select * from int_metrics__items where sender_class_key in ({classes})),
bucket_days as (
    select days.day, days.day - date '1970-01-01' as day_number, days.bucket_key, buckets.first_day, buckets.last_day,
        buckets.first_day - cast(buckets.last_day - buckets.first_day + 1 as integer) as first_day_before,
        buckets.last_day - date '1970-01-01' as last_day_number
    from int_metrics__bucket_days as days
    inner join int_metrics__buckets as buckets on buckets.bucket_key = days.bucket_key
    where days.grain = '{grain}'
),
people_by_amount as (
    select entity_key, bucket_key, amount, count(*) as person_count
    from (
        select events.entity_key, bucket_days.bucket_key, events.user_key, sum(events.amount) as amount
        from events inner join bucket_days on bucket_days.day = events.day
        where events.user_key is not null and events.event_type in ({people_types})
        group by all
    )
    group by all
),
entity_types as (select entity_key, entity_type from int_metrics__entities),
entity_parts as (
    select links.entity_key, parts.entity_key as part_key from int_metrics__entity_artifacts as links
    inner join int_metrics__entities as parts
        on parts.entity_type = 'artifact' and parts.entity_id = links.artifact_id
)"""  # noqa: S608 - words of enums


_AFFILIATION = (
    """, case when a.is_independent then 'independent' when a.organization_name is not null then 'organization'
            else 'unknown' end as affiliation,
        case when not a.is_independent then a.organization_name end as organization_name""",
    """left join int_metrics__affiliations as a on a.user_key = seen.user_key
        and a.start_date <= seen.day and coalesce(a.end_date, date '9999-12-31') >= seen.day""",
)
"""Further columns of the events of a query that names the affiliation of senders, and the join that they need."""


def _sum(metric: MetricDefinition, grain: Grain) -> str:
    return """
select events.entity_key, bucket_days.bucket_key, sum(events.amount) as amount
from events inner join bucket_days on bucket_days.day = events.day
group by events.entity_key, bucket_days.bucket_key"""


def _distinct(metric: MetricDefinition, grain: Grain) -> str:
    least, most = (metric.activity or Activity()).bounds(grain)
    day = "min(day)" if metric.is_first_only else "day"
    upper = "" if most is None else f" and day_count <= {most}"
    return f"""
select entity_key, bucket_key, count(*) as amount
from (
    select days.entity_key, bucket_days.bucket_key, days.user_key, count(distinct days.day) as day_count
    from (
        select entity_key, user_key, {day} as day from events
        where user_key is not null
        group by entity_key, user_key{"" if metric.is_first_only else ", day"}
    ) as days
    inner join bucket_days on bucket_days.day = days.day
    group by days.entity_key, bucket_days.bucket_key, days.user_key
)
where day_count >= {least}{upper}
group by entity_key, bucket_key"""  # noqa: S608 - numbers


def _latest(metric: MetricDefinition, grain: Grain) -> str:
    types = ", ".join(f"'{event}'" for event in metric.events)
    return f"""
select entity_key, bucket_key, sum(amount) as amount
from (
    select links.entity_key, spans.bucket_key, arg_max(observed.amount, observed.day) as amount
    from (
        select to_artifact_id, event_type, bucket_day as day, max(amount) as amount from int_events_daily
        where event_type in ({types}) and amount is not null
        group by to_artifact_id, event_type, bucket_day
    ) as observed
    inner join int_metrics__entity_artifacts as links on links.artifact_id = observed.to_artifact_id
    inner join (select distinct bucket_key, last_day from bucket_days) as spans on observed.day <= spans.last_day
    group by links.entity_key, spans.bucket_key, observed.to_artifact_id, observed.event_type
)
group by entity_key, bucket_key"""  # noqa: S608 - words of enums


def _own(metric: MetricDefinition, grain: Grain) -> str:
    return metric.sql


_BODIES: dict[Kind, Callable[[MetricDefinition, Grain], str]] = {
    Kind.SUM: _sum,
    Kind.DISTINCT: _distinct,
    Kind.LATEST: _latest,
    Kind.SQL: _own,
}
