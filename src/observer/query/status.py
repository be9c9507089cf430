"""Freshness and completeness: what was loaded, how much was seen, what was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from observer.model.state import State
from observer.query.answers import (
    ArtifactCoverage,
    Entity,
    EventCoverage,
    Page,
    QuarantinedRecord,
    SourceStatus,
    Status,
)
from observer.query.connectors import freshness
from observer.query.entity import MEMBERS
from observer.query.session import Session, checked_limit, decode_cursor, encode_cursor


def status(session: Session) -> Status:
    """The state of every stream, and coverage by source and event type."""
    fresh = freshness(session)
    ages = {found.connector: found.age for found in fresh}
    sources = session.all(
        SourceStatus,
        "select connector, stream, last_load_at, last_event_at, covered_from, covered_to, row_count, "
        "quarantined_count, state, null from source_status order by connector, stream",
    )
    aged = tuple(replace(source, age=ages.get(source.connector)) for source in sources)
    coverage = session.all(
        EventCoverage,
        "select event_source, event_type, artifact_count, covered_from, covered_to, known_days, unknown_days, "
        "known_days::double precision / greatest(known_days + unknown_days, 1) from event_coverage "
        "order by event_type, event_source",
    )
    quarantined = session.release.table("quarantine").rows
    return Status(session.release, aged, tuple(coverage), quarantined, fresh)


def quarantine(session: Session, limit: int, cursor: str | None) -> Page[QuarantinedRecord]:
    """What was refused, newest first."""
    limit = checked_limit(limit)
    offset = int(str(decode_cursor(cursor, int)[0])) if cursor else 0
    rows = session.all(
        QuarantinedRecord,
        "select connector, stream, file, line, reason, observed_at from quarantine "
        "order by observed_at desc nulls last, connector, stream, file, line, reason limit %s offset %s",
        (limit + 1, offset),
    )
    following = encode_cursor(offset + limit) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following, session.release.table("quarantine").rows)


def artifact_coverage(session: Session, entity: Entity, limit: int, cursor: str | None) -> Page[ArtifactCoverage]:
    """The coverage runs of an entity's artifacts, by artifact, source, type and day."""
    limit = checked_limit(limit)
    after = decode_cursor(cursor, str, str, str, str) if cursor else [None] * 4
    names = ("after_artifact", "after_source", "after_type", "after_day")
    rows = session.all(
        _coverage,
        "select coverage.artifact_id, artifact_namespace, artifact_name, event_source, event_type, start_date, "  # noqa: S608
        "end_date, expected_count, seen_count, state, basis from coverage inner join artifacts using (artifact_id) "
        f"where artifact_id in ({MEMBERS[entity.entity_type]}) and (%(after_artifact)s::text is null "
        "or (artifact_id, event_source, event_type, start_date) > "
        "(%(after_artifact)s::text, %(after_source)s::text, %(after_type)s::text, %(after_day)s::date)) "
        "order by artifact_id, event_source, event_type, start_date limit %(limit)s",
        {"entity_id": entity.id, "limit": limit + 1} | dict(zip(names, after, strict=True)),
    )
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(last.artifact_id, last.event_source, last.event_type, last.start_date.isoformat())
    return Page(tuple(rows[:limit]), following, None)


def _coverage(
    artifact_id: str,
    namespace: str,
    name: str,
    source: str,
    event_type: str,
    start: date,
    end: date,
    expected: int | None,
    seen: int | None,
    state: str,
    basis: str | None,
) -> ArtifactCoverage:
    return ArtifactCoverage(
        artifact_id, namespace, name, source, event_type, start, end, expected, seen, State(state), basis
    )
