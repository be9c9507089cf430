"""Views of events by period, entity and direction; what was indexed; the event table under its older names."""

# ruff: noqa: S608 - every statement is text of this module

from __future__ import annotations

from collections.abc import Iterator

from observer.model.compatibility.directory import PROJECT
from observer.model.compatibility.view import Era, View, same
from observer.model.event import EventType
from observer.model.table import ColumnType, EntityType, maybe

UNVERSIONED = (Era.EARLY_2024, Era.LATE_2024)
VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
EVENT_TYPE = maybe("event_type", "What happened.")
EVENT_SOURCE = maybe("event_source", "Where the events come from: GITHUB, a registry, a network.")
AMOUNT = maybe("amount", "Sum of the known amounts; empty where none is known.", ColumnType.DOUBLE)
_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month"}


def bucket(period: str) -> str:
    """The first day of the period that `bucket_day` is in."""
    return "bucket_day" if period == "day" else f"cast(date_trunc('{period}', bucket_day) as date)"


def _periodic() -> Iterator[View]:
    for adverb, period in _PERIODS.items():
        for direction in ("to", "from"):
            for entity in EntityType:
                yield _by_entity(adverb, period, direction, entity, is_by_source=False)
                yield _by_entity(adverb, period, direction, entity, is_by_source=True)


def _by_entity(adverb: str, period: str, direction: str, entity: EntityType, *, is_by_source: bool) -> View:
    column, end = f"{entity.value}_id", f"{direction}_artifact_id"
    members = None if entity is EntityType.ARTIFACT else f"artifacts_by_{entity.value}"
    join = f"\n    inner join {members} on events_daily.{end} = {members}.artifact_id" if members else ""
    own = column if members else end
    day = maybe(
        f"bucket_{period}", f"First day of the {period}, UTC." if period != "day" else "Day, UTC.", ColumnType.DATE
    )
    what = f"happened to the {entity.value}" if direction == "to" else f"came from the {entity.value}"
    sources = (
        (EVENT_SOURCE, maybe("from_namespace", "The same, as it was called early in 2024.")) if is_by_source else ()
    )
    grouped = [own, "event_type", bucket(period), *(["event_source"] if is_by_source else [])]
    selected = "event_source, event_source as from_namespace, " if is_by_source else ""
    return View(
        f"events_{adverb}_{direction}_{entity.value}{'_by_source' if is_by_source else ''}",
        UNVERSIONED,
        f"One row per {entity.value}, event type{', source' if is_by_source else ''} and {period}: what {what}.",
        ("events_daily", members) if members else ("events_daily",),
        (maybe(column, f"Id of the {entity.value}."), EVENT_TYPE, day, AMOUNT, *sources),
        f"""
    select {own} as {column}, event_type, {bucket(period)} as {day.name}, {selected}sum(amount) as amount
    from events_daily{join}
    where {end} is not null
    group by {", ".join(grouped)}
        """,
        key=(column, "event_type", day.name, *(["event_source"] if is_by_source else [])),
    )


_CONTRIBUTIONS = "('COMMIT_CODE', 'ISSUE_OPENED', 'PULL_REQUEST_OPENED', 'PULL_REQUEST_MERGED')"


def _contribution(which: str, function: str) -> Iterator[View]:
    for version, eras in (("", (Era.EARLY_2024,)), ("_v1", (Era.LATE_2024,))):
        yield View(
            f"{which}_contribution_to_project{version}",
            eras,
            f"One row per project, contributor and event type: the day of the {which} one.",
            ("events_daily", "artifacts_by_project"),
            (
                EVENT_TYPE,
                *same("projects", "project_id"),
                maybe("artifact_id", "Id of the contributor."),
                maybe("event_time", "Midnight of the day, UTC; the original had the second.", ColumnType.TIMESTAMP),
            ),
            f"""
    select event_type, project_id, from_artifact_id as artifact_id, {function}(bucket_day) as event_time
    from events_daily
    inner join artifacts_by_project on events_daily.to_artifact_id = artifacts_by_project.artifact_id
    where event_type in {_CONTRIBUTIONS} and from_artifact_id is not null
    group by event_type, project_id, from_artifact_id
            """,
            key=("event_type", "project_id", "artifact_id"),
        )


def _indexing_status(version: str, eras: tuple[Era, ...]) -> View:
    day = ColumnType.DATE
    return View(
        f"event_indexing_status_by_project{version}",
        eras,
        "One row per project, source and event type: since when and until when there are events.",
        ("events_daily", "artifacts_by_project"),
        (
            *PROJECT,
            EVENT_SOURCE,
            EVENT_TYPE,
            maybe("first_event_date", "Day of the first event.", day),
            maybe("last_event_date", "Day of the last event.", day),
            maybe("eventful_day_count", "Days with an event.", ColumnType.BIGINT),
            AMOUNT,
        ),
        """
    select
        project_id, project_source, project_namespace, project_name, event_source, event_type,
        min(bucket_day) as first_event_date, max(bucket_day) as last_event_date,
        count(distinct bucket_day) as eventful_day_count, sum(amount) as amount
    from events_daily
    inner join artifacts_by_project on events_daily.to_artifact_id = artifacts_by_project.artifact_id
    group by project_id, project_source, project_namespace, project_name, event_source, event_type
        """,
        key=("project_id", "event_source", "event_type"),
    )


def _event_types(name: str, eras: tuple[Era, ...]) -> View:
    values = ", ".join(f"('{kind.value}')" for kind in EventType)
    return View(
        name,
        eras,
        "One row per type of event that the observatory knows.",
        (),
        (EVENT_TYPE,),
        f"    select event_type from (values {values}) as known (event_type)",
        key=("event_type",),
    )


EVENT_VIEWS = (
    *_periodic(),
    *_contribution("first", "min"),
    *_contribution("last", "max"),
    _indexing_status("", (Era.EARLY_2024,)),
    _indexing_status("_v1", VERSIONED),
    _event_types("event_types", (Era.EARLY_2024,)),
    _event_types("event_types_v1", VERSIONED),
    View(
        "timeseries_events_by_artifact_v0",
        VERSIONED,
        "One row per event.",
        ("events",),
        (
            *same("events", "time", "to_artifact_id", "from_artifact_id", "event_type", "event_source_id"),
            *same("events", "event_source", "amount"),
        ),
        "    select * from events",
    ),
)
