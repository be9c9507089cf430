"""Coverage of the small world: what is a value, what is zero, and what nobody knows."""

from __future__ import annotations

import pytest
from tests.unit.transform.world import World

RUNS = """
    select day(start_date), day(end_date), expected_count, seen_count, state, basis
    from marts.coverage c join marts.artifacts a using (artifact_id)
    where a.artifact_namespace || '/' || a.artifact_name = '{artifact}' and event_type = '{event_type}'
    order by start_date
"""

CASES = {
    "a whole day without an event is zero, a broken day with one is a value": (
        "acme/site",
        "STARRED",
        [
            (1, 1, 24, 24, "value", "archive"),
            (2, 2, 24, 23, "value", "archive"),
            (3, 3, 24, 24, "zero", "archive"),
            (4, 5, 48, 0, "unknown", "archive"),
        ],
    ),
    "a broken day without an event is unknown": (
        "acme/tool",
        "ISSUE_OPENED",
        [
            (1, 1, 24, 24, "zero", "archive"),
            (2, 2, 24, 23, "unknown", "archive"),
            (3, 3, 24, 24, "zero", "archive"),
            (4, 5, 48, 0, "unknown", "archive"),
        ],
    ),
    "a push without its commits makes the day unknown, a cut list makes it partial": (
        "beta/core",
        "COMMIT_CODE",
        [
            (1, 1, 24, 24, "value", "archive"),
            (2, 2, 24, 22, "unknown", "archive"),
            (3, 3, 24, 23, "value", "archive"),
            (4, 5, 48, 0, "unknown", "archive"),
        ],
    ),
    "git knows everything up to the day before the clone": (
        "acme/tool",
        "COMMIT_CODE",
        [(1, 3, 3, 3, "value", "git"), (4, 5, 2, 0, "unknown", "git")],
    ),
    "a fork whose commits are counted elsewhere has none of its own": (
        "beta/tool",
        "COMMIT_CODE",
        [(1, 3, 3, 3, "zero", "git"), (4, 4, 1, 0, "value", "git"), (5, 5, 1, 0, "unknown", "git")],
    ),
    "a repository that was never seen is unknown, not idle": (
        "beta/never-seen",
        "STARRED",
        [(1, 5, 120, 0, "unknown", "archive")],
    ),
    "an owner without known repositories is unknown": ("ghost/ghost", "FORKED", [(1, 5, 120, 0, "unknown", "archive")]),
    "a star count is known where it was read": (
        "acme/tool",
        "STAR_COUNT",
        [
            (1, 2, 2, 0, "unknown", "archive"),
            (3, 3, 1, 1, "value", "archive"),
            (4, 5, 2, 0, "unknown", "archive"),
        ],
    ),
    "packages have no coverage of repository events": ("left-pad/left-pad", "STARRED", []),
}


@pytest.mark.parametrize(("artifact", "event_type", "expected"), CASES.values(), ids=CASES)
def test_coverage(world: World, artifact: str, event_type: str, expected: list[tuple[object, ...]]) -> None:
    assert world.rows(RUNS.format(artifact=artifact, event_type=event_type)) == expected


def test_runs_follow_each_other_without_gap_or_overlap_up_to_the_last_day(world: World) -> None:
    broken = world.rows("""
        with runs as (
            select *, lag(end_date) over same_thing as before from marts.coverage
            window same_thing as (partition by artifact_id, event_source, event_type order by start_date)
        )
        select * from runs where end_date < start_date or start_date <> coalesce(before + 1, date '2024-11-01')
    """)
    ends = world.rows("""
        select distinct max(end_date)::varchar from marts.coverage group by artifact_id, event_source, event_type
    """)

    assert broken == []
    assert ends == [("2024-11-05",)]
