"""The query that recomputes a metric from the published tables, as a reader would write it.

It gives one row per project and month. It is documentation that runs; the build computes all grains and
entities with the models in `transform/models/intermediate/metrics`.
"""

from __future__ import annotations

from collections.abc import Sequence

from observer.metrics.definition_file import MetricText
from observer.model.metric import Activity, Grain, Kind
from observer.model.people import UserClass

_PROJECTS = "(select distinct artifact_id, project_id from artifacts_by_project)"
_LINK = f"inner join {_PROJECTS} as p on p.artifact_id = e.to_artifact_id"
_USERS = "left join users as u on u.user_id = e.from_artifact_id"


def recompute_sql(text: MetricText, classes: Sequence[UserClass]) -> str:
    """SQL over `events_daily`, `artifacts_by_project`, `users` (a ratio: over `timeseries_metrics`)."""
    if text.kind is Kind.RATIO:
        return _ratio(text)
    types = ", ".join(f"'{event}'" for event in text.events)
    if text.kind is Kind.LATEST:
        return _latest(types)
    if text.kind is Kind.SUM:
        return _sum(types, _only(classes))
    return _distinct(text, types, _only(classes))


def _month(day: str) -> str:
    return f"cast(date_trunc('month', {day}) as date)"


def _only(classes: Sequence[UserClass]) -> str | None:
    """The condition that keeps these classes; None where all are kept."""
    if set(classes) == set(UserClass):
        return None
    names = ", ".join(f"'{each}'" for each in classes)
    unnamed = "" if UserClass.UNKNOWN in classes else "e.from_artifact_id is not null and "
    return f"    and {unnamed}coalesce(u.user_class, 'person') in ({names})"


def _sum(types: str, only: str | None) -> str:
    lines = [
        "select",
        "    p.project_id,",
        f"    {_month('e.bucket_day')} as bucket,",
        "    sum(e.amount) as amount",
        "from events_daily as e",
        _LINK,
        *([_USERS] if only else []),
        f"where e.event_type in ({types})",
        *([only] if only else []),
        "group by 1, 2",
        "having sum(e.amount) <> 0",
    ]
    return "\n".join(lines)


def _distinct(text: MetricText, types: str, only: str | None) -> str:
    limits = text.thresholds
    activity = Activity(limits.min_active_days, limits.max_active_days) if limits else Activity()
    at_least, at_most = activity.bounds(Grain.MONTH)
    people = "min(bucket_day)" if text.first_only else "bucket_day"
    lines = [
        "with active_days as (",
        "    select distinct p.project_id, e.from_artifact_id, e.bucket_day",
        "    from events_daily as e",
        f"    {_LINK}",
        *([f"    {_USERS}"] if only else []),
        f"    where e.event_type in ({types})",
        "        and e.from_artifact_id is not null",
        "        and coalesce(e.amount, 1) <> 0",
        *([f"    {only}"] if only else []),
        "),",
        "active_people as (",
        f"    select project_id, from_artifact_id, {_month(people)} as bucket, count(*) as active_days",
        "    from active_days",
        f"    group by project_id, from_artifact_id{'' if text.first_only else ', 3'}",
        ")",
        "select project_id, bucket, count(*) as amount",
        "from active_people",
        f"where active_days >= {at_least}" + ("" if at_most is None else f" and active_days <= {at_most}"),
        "group by 1, 2",
    ]
    return "\n".join(lines)


def _latest(types: str) -> str:
    return "\n".join(
        [
            "with months as (",
            f"    select distinct {_month('bucket_day')} as bucket",
            "    from events_daily",
            "),",
            "known as (",
            "    select p.project_id, m.bucket, e.to_artifact_id, e.event_type, e.amount,",
            "        row_number() over (",
            "            partition by p.project_id, m.bucket, e.to_artifact_id, e.event_type",
            "            order by e.bucket_day desc, e.amount desc",
            "        ) as age",
            "    from events_daily as e",
            f"    {_LINK}",
            "    inner join months as m on e.bucket_day < m.bucket + interval 1 month",
            f"    where e.event_type in ({types}) and e.amount is not null",
            ")",
            "select project_id, bucket, sum(amount) as amount",
            "from known",
            "where age = 1",
            "group by 1, 2",
        ]
    )


def _ratio(text: MetricText) -> str:
    return "\n".join(
        [
            "select",
            "    d.entity_id as project_id,",
            "    d.bucket,",
            "    coalesce(n.amount, 0) / d.amount as amount",
            "from timeseries_metrics as d",
            "left join timeseries_metrics as n",
            f"    on n.metric_name = '{text.numerator}'",
            "    and n.entity_type = d.entity_type",
            "    and n.entity_id = d.entity_id",
            "    and n.grain = d.grain",
            "    and n.bucket = d.bucket",
            f"where d.metric_name = '{text.denominator}'",
            "    and d.entity_type = 'project'",
            "    and d.grain = 'month'",
        ]
    )
