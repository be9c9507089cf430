"""Small worlds for the metric models: strategies for random ones, and the rows of their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from observer.model.event import EventType
from observer.model.people import class_of_example

FIRST = date(2023, 11, 20)
AS_OF = date(2024, 9, 2)
ARTIFACTS = ("engine", "docs", "site", "wallet")
KINDS = {"site": "PACKAGE", "wallet": "EOA"}
PEOPLE = (None, "ada", "grace", "linus", "renovate[bot]", "coder[agent]", "acme[org]")
LINKS = [
    *(("artifact", artifact, artifact) for artifact in ARTIFACTS),
    ("project", "p1", "engine"),
    ("project", "p1", "docs"),
    ("project", "p1", "wallet"),
    ("project", "p2", "docs"),
    ("project", "p2", "site"),
    ("project", "p4", "engine"),
    ("project", "p4", "site"),
    ("collection", "p1", "engine"),
    ("collection", "p1", "docs"),
    ("collection", "p1", "site"),
    ("collection", "p1", "wallet"),
]
DAYS = st.integers(0, (AS_OF - FIRST).days + 3).map(lambda n: FIRST + timedelta(days=n))
EVENT_TYPES = [EventType.COMMIT_CODE] * 6 + list(EventType)
EVENTS = st.tuples(
    DAYS,
    st.sampled_from(EVENT_TYPES),
    st.sampled_from(ARTIFACTS[:3]),
    st.sampled_from(PEOPLE),
    st.sampled_from((None, 0.0, 1.0, 1.0, 2.0, 7.0)),
)
STREAKS = st.tuples(
    DAYS,
    st.sampled_from(ARTIFACTS[:3]),
    st.sampled_from(PEOPLE[1:]),
    st.integers(2, 70),
    st.sampled_from((1, 1, 2, 3)),
)
COVERAGE = st.tuples(
    st.sampled_from(ARTIFACTS[:3]),
    st.sampled_from(("GITHUB", "GIT")),
    st.sampled_from(list(EventType)),
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3), st.sampled_from((0, 0, 7, 24, 24, 24))), max_size=4),
)

MOMENTS = st.integers(0, ((AS_OF - FIRST).days + 3) * 24).map(
    lambda hours: datetime.combine(FIRST, time()) + timedelta(hours=hours)
)
WAITS = st.none() | st.integers(0, 100 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
ITEMS = st.tuples(
    st.sampled_from(("issue", "pull_request")),
    st.sampled_from(ARTIFACTS[:2]),
    st.sampled_from(("person", "person", "bot", "unknown")),
    MOMENTS,
    WAITS,
    WAITS,
    WAITS,
    st.sampled_from((None, True, False)),
)

AFFILIATIONS = st.tuples(
    st.sampled_from(("acme", "acme", "globex", None)),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 200)), max_size=3),
)


def affiliation_rows(person: str, organization: str | None, spans: Sequence[tuple[int, int]]) -> list[object]:
    """Spans one after the other: so many days of which nothing is known, then so many in the organization."""
    rows: list[object] = []
    start = FIRST - timedelta(days=30)
    for gap, length in spans:
        start += timedelta(days=gap)
        end = start + timedelta(days=length - 1)
        rows.append(
            {
                "user_id": person,
                "start_date": start,
                "end_date": end if end < AS_OF else None,
                "organization_name": organization or "independent",
                "is_independent": organization is None,
            }
        )
        start = end + timedelta(days=1)
        if end >= AS_OF:
            break
    return rows


MEMBERS = [
    *affiliation_rows("ada", "acme", [(20, 90), (30, 160)]),
    *affiliation_rows("grace", "globex", [(0, 200)]),
    *affiliation_rows("linus", None, [(0, 400)]),
]


def event_row(day: date, event_type: EventType, artifact: str, person: str | None, amount: float | None) -> object:
    return {
        "bucket_day": day,
        "event_type": event_type.value,
        "event_source": "GITHUB",
        "to_artifact_id": artifact,
        "from_artifact_id": None if event_type is EventType.STAR_COUNT else person,
        "amount": amount,
        "event_count": 1,
        "basis": "git",
    }


def streak_rows(start: date, artifact: str, person: str, length: int, step: int) -> list[object]:
    days = (start + timedelta(days=number * step) for number in range(length))
    return [event_row(day, EventType.COMMIT_CODE, artifact, person, 1.0) for day in days]


def coverage_rows(spans: Sequence[tuple[str, str, EventType, list[tuple[int, int, int]]]]) -> list[object]:
    """Runs one after the other: so many days, so many days of gap, so many of 24 hours seen."""
    by_key = {(artifact, source, event_type): runs for artifact, source, event_type, runs in spans}
    rows: list[object] = []
    for (artifact, source, event_type), runs in by_key.items():
        start = FIRST - timedelta(days=20)
        for length, gap, seen in runs:
            start += timedelta(days=gap)
            end = start + timedelta(days=length - 1)
            rows.append(
                {
                    "artifact_id": artifact,
                    "event_source": source,
                    "event_type": event_type.value,
                    "start_date": start,
                    "end_date": end,
                    "expected_count": 24 * length,
                    "seen_count": seen * length,
                    "state": "zero" if seen == 24 else "unknown",
                    "basis": "archive",
                }
            )
            start = end + timedelta(days=1)
    return rows


def item_row(
    kind: str,
    artifact: str,
    author_class: str,
    opened: datetime,
    responded: timedelta | None,
    merged: timedelta | None,
    closed: timedelta | None,
    is_merged_by_author: bool | None,
) -> object:
    merged_at = opened + merged if merged is not None and kind == "pull_request" else None
    return {
        "to_artifact_id": artifact,
        "item_kind": kind,
        "author_class": author_class,
        "opened_at": opened,
        "first_response_at": None if responded is None else opened + responded,
        "merged_at": merged_at,
        "is_merged_by_author": None if merged_at is None else is_merged_by_author,
        "closed_at": merged_at or (None if closed is None else opened + closed),
    }


def world(
    events: list[object],
    coverage: list[object],
    items: list[object] | None = None,
    affiliations: list[object] | None = None,
) -> Mapping[str, Sequence[Mapping[str, object]]]:
    people = [{"user_id": person, "user_class": class_of_example(str(person)).value} for person in PEOPLE[1:]]
    names = ("entity_type", "entity_id", "artifact_id")
    return {
        "intermediate.int_events_daily": events,
        "intermediate.int_users": people,
        "intermediate.int_affiliations": affiliations or [],
        "intermediate.int_artifacts_by_entity": [dict(zip(names, link, strict=True)) for link in LINKS],
        "intermediate.int_coverage": coverage,
        "intermediate.int_items": items or [],
        "marts.artifacts": [
            {"artifact_id": artifact, "artifact_type": KINDS.get(artifact, "REPOSITORY"), "artifact_source": "SOME"}
            for artifact in (*ARTIFACTS, "orphan")
        ],
        "marts.projects": [{"project_id": "p1"}, {"project_id": "p2"}, {"project_id": "p3"}, {"project_id": "p4"}],
        "marts.collections": [{"collection_id": "p1"}],
    }
