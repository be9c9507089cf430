"""Tables of metrics that are cut at a day and continued are those that a recount of everything gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.metrics.brute_force import compare
from tests.unit.metrics.metric_models import MetricModels, fill
from tests.unit.metrics.random_worlds import (
    AS_OF,
    EVENTS,
    FIRST,
    ITEMS,
    MEMBERS,
    STREAKS,
    coverage_rows,
    event_row,
    item_row,
    streak_rows,
    world,
)

from observer.model.event import EventType

Row = dict[str, Any]
DAY = FIRST + timedelta(days=195)
COMMIT = EventType.COMMIT_CODE
MOMENTS = ("opened_at", "first_response_at", "merged_at", "closed_at")
# How far the last day moves, and how many days before the first new one are restated, build after build.
STEPS = st.tuples(st.integers(0, 9), st.sampled_from((0, 0, 0, 1, 3, 12, 30)))


@settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@given(
    events=st.lists(EVENTS, max_size=60),
    streaks=st.lists(STREAKS, max_size=6),
    items=st.lists(ITEMS, max_size=16),
    # On 13 August 2024 the year 2023 is closed.
    first_as_of=st.sampled_from((AS_OF, date(2024, 8, 9), date(2024, 2, 28), date(2023, 12, 30))),
    steps=st.lists(STEPS, min_size=1, max_size=4),
    seed=st.randoms(use_true_random=False),
)
def test_days_added_and_restated_in_any_steps_give_what_a_recount_gives(
    events: list[tuple[object, ...]],
    streaks: list[tuple[date, str, str, int, int]],
    items: list[tuple[Any, ...]],
    first_as_of: date,
    steps: list[tuple[int, int]],
    seed: Any,
    metric_models: MetricModels,
) -> None:
    """A row comes or goes with a build that makes its day anew."""
    rows: list[Any] = [event_row(*event) for event in events]
    rows += [row for streak in streaks for row in streak_rows(*streak)]
    facts: list[Any] = [item_row(*item) for item in items]
    builds = _builds(first_as_of, steps)
    is_told = [[seed.random() < 0.8 for _ in builds] for _ in rows]
    con = None
    for number, (as_of, tail_from) in enumerate(builds):
        settled = min((start for _, start in builds[number + 1 :] if start), default=date.max)
        made_by = [_made_by(row["bucket_day"], builds[: number + 1]) for row in rows]
        told = [row for row, build, is_there in zip(rows, made_by, is_told, strict=True) if is_there[build]]
        open_ended = [_as_known_before(item, settled) for item in facts if item["opened_at"].date() < settled]
        tables = world(told, coverage_rows([]), open_ended, MEMBERS)
        if con is None:
            con = metric_models.run(as_of, tables)
            continue
        fill(con, tables)
        metric_models.build(as_of, con, tail_from)
        assert compare(con, as_of) == []
    assert con is not None
    con.close()


def _builds(as_of: date, steps: Sequence[tuple[int, int]]) -> list[tuple[date, date | None]]:
    """The last day of each build and the first that it makes anew; the first build makes all."""
    builds: list[tuple[date, date | None]] = [(as_of, None)]
    for ahead, back in steps:
        before = builds[-1][0]
        last = before + timedelta(days=ahead)
        builds.append((last, min(before + timedelta(days=1 - back), last)))
    return builds


def _made_by(day: date, builds: Sequence[tuple[date, date | None]]) -> int:
    """The last of the builds that made a day anew."""
    return max(number for number, (_, start) in enumerate(builds) if start is None or start <= day)


def _as_known_before(item: Row, day: date) -> Row:
    """An item without what happens to it on or after a day."""
    if day == date.max:
        return item
    end = datetime.combine(day, time())
    return {key: None if key in MOMENTS and value and value >= end else value for key, value in item.items()}


def test_a_day_with_an_event_is_continued_from_any_day_on(metric_models: MetricModels) -> None:
    rows: list[Any] = [
        event_row(FIRST + timedelta(days=n), kind, "engine", person, 2.0)
        for n in range(0, 280, 7)
        for kind, person in ((COMMIT, "ada"), (COMMIT, "grace"), (COMMIT, "renovate[bot]"))
        if n % 3 or person == "ada"
    ]
    con = metric_models.run(FIRST + timedelta(days=200), world([r for r in rows if r["bucket_day"] < DAY], []))
    fill(con, world(rows, []))
    before = con.execute("select count(*) from intermediate.int_metrics__events").fetchall()

    metric_models.build(FIRST + timedelta(days=230), con, DAY)

    assert compare(con, FIRST + timedelta(days=230)) == []
    assert con.execute("select count(*) from intermediate.int_metrics__events").fetchall() > before
    con.close()


def test_totals_are_kept_of_entities_without_changes_and_counted_for_those_that_lost_one(
    metric_models: MetricModels,
) -> None:
    last = FIRST + timedelta(days=200)

    def event(back: int, artifact: str, person: str = "ada") -> Any:
        return event_row(last - timedelta(days=back), COMMIT, artifact, person, 2.0)

    def issue(back: int, artifact: str, closed_after: int | None) -> Any:
        opened = datetime.combine(last - timedelta(days=back), time())
        closed = None if closed_after is None else timedelta(days=closed_after)
        return item_row("issue", artifact, "person", opened, None, None, closed, None)

    rows = [event(90, artifact) for artifact in ("engine", "docs", "site")] + [event(80, "docs", "grace")]
    before = [*rows, event(3, "engine"), event(2, "site", "linus")]
    con = metric_models.run(last, world(before, coverage_rows([]), [issue(70, "engine", 67), issue(60, "docs", 5)]))
    after = [*rows, event(3, "engine"), event(-2, "engine", "grace")]

    fill(con, world(after, coverage_rows([]), [issue(70, "engine", None), issue(60, "docs", 5)]))
    metric_models.build(last + timedelta(days=4), con, last - timedelta(days=3))

    assert compare(con, last + timedelta(days=4)) == []
    changed = con.execute(
        """select entity_id, bool_or(metric_name = 'commits'), bool_or(metric_name = 'time_to_close_issue')
        from intermediate.int_metrics__changed_totals join intermediate.int_metrics__entities using (entity_key)
        join intermediate.int_metrics__definitions using (metric_key)
        where entity_type = 'artifact' group by all order by all"""
    ).fetchall()
    assert changed == [("engine", True, True), ("site", True, False)]
    con.close()


def test_a_week_that_begins_in_the_year_before_is_made_anew(metric_models: MetricModels) -> None:
    """As many days before the last one as a tail may begin, so that only the week reaches further back."""
    first, start, last = date(2024, 12, 20), date(2025, 1, 2), date(2025, 2, 16)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows: list[Any] = [event_row(day, COMMIT, "engine", person, 1.0) for day in days for person in ("ada", "grace")]
    con = metric_models.run(date(2025, 1, 3), world(rows, []))

    metric_models.build(last, con, start)

    assert compare(con, last) == []
    con.close()


def test_a_level_lasts_until_something_else_is_known(metric_models: MetricModels) -> None:
    """A day adds runs of entities of which it tells something, and the others' last as long as before."""
    last = date(2024, 3, 14)

    def stars(back: int, artifact: str, amount: float | None) -> Any:
        return event_row(last - timedelta(days=back), EventType.STAR_COUNT, artifact, None, amount)

    rows = [stars(70, "engine", 3.0), stars(60, "docs", 5.0), stars(50, "site", 0.0), stars(30, "engine", 8.0)]
    con = metric_models.run(last, world([*rows, stars(1, "docs", 9.0)], []))
    later = [stars(2, "engine", 8.0), stars(-3, "site", None), stars(-4, "site", 1.0)]

    fill(con, world([*rows, *later], []))
    metric_models.build(last + timedelta(days=4), con, last - timedelta(days=2))

    assert compare(con, last + timedelta(days=4)) == []
    runs = con.execute(
        """select entity_id, start_date - date '2024-03-14', end_date - date '2024-03-14', amount
        from intermediate.int_metrics__latest join intermediate.int_metrics__entities using (entity_key)
        join intermediate.int_metrics__definitions using (metric_key)
        where metric_name = 'star_count' and grain = 'rolling_30_days' and entity_type = 'artifact' order by all"""
    ).fetchall()
    assert runs == [
        ("docs", -60, 4, 5.0),
        *(("engine", -70, -31, 3.0), ("engine", -30, -3, 8.0), ("engine", -2, 4, 8.0)),
        *(("site", -50, -3, 0.0), ("site", -2, 3, 0.0), ("site", 4, 4, 1.0)),
    ]
    con.close()
