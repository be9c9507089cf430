"""What a metric of kind sql declares that it needs of events and entities is all that its values depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import duckdb
import pytest
from tests.unit.metrics.metric_models import MetricModels
from tests.unit.metrics.random_worlds import (
    ARTIFACTS,
    AS_OF,
    FIRST,
    MEMBERS,
    PEOPLE,
    affiliation_rows,
    coverage_rows,
    event_row,
    item_row,
    world,
)

from observer.metrics import Catalogue
from observer.model.event import EventType
from observer.model.metric import Kind, Needs, Total

Row = dict[str, Any]
Series = dict[tuple[str, str, str, date], tuple[float, date, date]]
CUT = FIRST + timedelta(days=150)
MOMENTS = ("opened_at", "first_response_at", "merged_at", "closed_at")
_MODELS = (
    *("definitions", "classes", "entities", "entity_artifacts", "users", "affiliations", "changed_totals", "events"),
    *("items", "window_ends", "buckets", "bucket_days", "closed_amounts", "closed_person_amounts", "closed_people"),
    *("closed_last_days", "sql"),
)
_IN_PARTS = (
    *("sum", "distinct_buckets", "distinct_steps", "closed_amounts", "closed_person_amounts", "closed_last_days"),
    *("sql", "ratio"),
)
_VALUES = """
    select metric_name, entity_type || ' ' || entity_id, runs.grain, runs.start_date, runs.amount,
        buckets.first_day, buckets.last_day
    from intermediate.int_metrics__sql as runs
    join intermediate.int_metrics__definitions using (metric_key)
    join intermediate.int_metrics__entities using (entity_key)
    join intermediate.int_metrics__buckets as buckets on buckets.grain = runs.grain and buckets.bucket = runs.start_date
"""


@pytest.fixture(scope="module")
def sql_models(metric_models: MetricModels) -> MetricModels:
    wanted = {f"intermediate.int_metrics__{name}" for name in _MODELS}
    return replace(metric_models, models=tuple(m for m in metric_models.models if m.relation in wanted))


@pytest.fixture(scope="module")
def facts() -> tuple[list[Row], list[Row]]:
    """Events and items of all types, dense enough that most metrics have values before and after CUT."""
    draw = Random(7)
    days = [FIRST + timedelta(days=n) for n in range((AS_OF - FIRST).days + 1)]
    events: list[Any] = [
        event_row(
            day, draw.choice(list(EventType)), draw.choice(ARTIFACTS[:3]), draw.choice(PEOPLE), draw.choice((1, 4))
        )
        for day in days
        for _ in range(6)
    ]
    events += [
        event_row(day, EventType.COMMIT_CODE, "engine", person, 1.0)
        for person in ("ada", "grace", "linus")
        for day in days
        if draw.random() < (0.9 if day.month in (1, 4, 8) else 0.1)
    ]
    # Somebody who leaves for long and comes back.
    events += [
        event_row(day, event_type, "docs", "hopper", 1.0)
        for day in (FIRST + timedelta(days=5), CUT - timedelta(days=5), AS_OF - timedelta(days=40))
        for event_type in (EventType.COMMIT_CODE, EventType.CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT)
    ]
    items: list[Any] = [
        item_row(
            draw.choice(("issue", "pull_request")),
            draw.choice(ARTIFACTS[:2]),
            "person",
            datetime.combine(draw.choice(days), datetime.min.time()),
            *(draw.choice((None, timedelta(days=draw.randrange(90)))) for _ in range(3)),
            draw.choice((None, True, False)),
        )
        for _ in range(120)
    ]
    return events, [_until(item, AS_OF) for item in items]


def _until(item: Row, last: date) -> Row:
    """An item as it was at the end of a day."""
    return {key: None if key in MOMENTS and value and value.date() > last else value for key, value in item.items()}


def _values(
    models: MetricModels, as_of: date, events: Sequence[Row], items: Sequence[Row], members: Sequence[Any] = MEMBERS
) -> Series:
    with models.run(as_of, world(list(events), coverage_rows([]), list(items), list(members))) as con:
        rows = con.execute(_VALUES).fetchall()
    return {(name, entity, grain, bucket): (amount, *span) for name, entity, grain, bucket, amount, *span in rows}


def _later(series: Series) -> Series:
    """Of buckets that begin on or after CUT."""
    return {key: value for key, value in series.items() if key[2] != "all" and value[1] >= CUT}


def _unlike(one: Series, other: Series) -> set[str]:
    """Metrics with a value that only one of the two has, or that differs."""
    differing = {key for key in one.keys() & other.keys() if one[key][0] != pytest.approx(other[key][0], rel=1e-12)}
    return {key[0] for key in (one.keys() ^ other.keys()) | differing}


def _named(catalogue: Catalogue, *needs: Needs) -> set[str]:
    return {metric.name for metric in catalogue if metric.kind is Kind.SQL and metric.needs in needs}


def _of_total(catalogue: Catalogue, total: Total) -> set[str]:
    return {metric.name for metric in catalogue if metric.total is total}


def test_values_do_not_depend_on_days_that_a_metric_does_not_declare(
    sql_models: MetricModels, facts: tuple[list[Row], list[Row]], catalogue: Catalogue
) -> None:
    """Buckets that begin on or after a day, with and without all that lies before it."""
    events, items = facts
    later = [event for event in events if event["bucket_day"] >= CUT]
    later_items = [item for item in items if any(item[key] and item[key].date() >= CUT for key in MOMENTS)]
    everything = _values(sql_models, AS_OF, events, items)
    without = _values(sql_models, AS_OF, later, later_items)

    def seen(series: Series, *, has_days_before: bool) -> Series:
        def starts(first: date, last: date) -> date:
            return first - max(timedelta(30), last - first + timedelta(1)) if has_days_before else first

        kept = {key: value for key, value in series.items() if key[2] != "all"}
        return {key: value for key, value in kept.items() if starts(value[1], value[2]) >= CUT}

    in_bucket = _unlike(seen(everything, has_days_before=False), seen(without, has_days_before=False))
    with_before = _unlike(seen(everything, has_days_before=True), seen(without, has_days_before=True))

    assert not in_bucket & _named(catalogue, Needs.BUCKET)
    assert not with_before & _named(catalogue, Needs.BUCKET, Needs.BEFORE)
    assert in_bucket >= _named(catalogue, Needs.BEFORE), "without days before they have other values"
    assert with_before >= {"resurrected_contributors", "returning_addresses", "issue_age_average", "open_issues"}


def test_totals_are_those_of_the_entity_and_stay_the_same_on_quiet_days(
    sql_models: MetricModels, facts: tuple[list[Row], list[Row]], catalogue: Catalogue
) -> None:
    events, items = facts
    own = [event for event in events if event["to_artifact_id"] == "engine"]
    own_items = [item for item in items if item["to_artifact_id"] == "engine"]

    def totals(series: Series) -> Series:
        """Without the name of the bucket, which is that of the last day."""
        told = {
            (name, entity, grain, FIRST): value for (name, entity, grain, _), value in series.items() if grain == "all"
        }
        return {key: value for key, value in told.items() if key[1] == "artifact engine"}

    everything = totals(_values(sql_models, AS_OF, events, items))
    alone = totals(_values(sql_models, AS_OF, own, own_items))
    a_week_later = totals(_values(sql_models, AS_OF + timedelta(days=7), events, items))

    lasting = _named(catalogue, Needs.BUCKET, Needs.BEFORE)
    assert {key[0] for key in everything} >= {"bus_factor", "gas_fees", "time_to_merge", "project_velocity"}
    assert not _unlike(everything, alone) & lasting
    assert not _unlike(everything, a_week_later) & lasting
    assert _unlike(everything, a_week_later) >= {"issue_age_average", "issue_age_median", "issue_age_max"}


def test_people_who_have_no_event_in_a_bucket_do_not_change_its_value(
    sql_models: MetricModels, facts: tuple[list[Row], list[Row]], catalogue: Catalogue
) -> None:
    types = (EventType.COMMIT_CODE, EventType.CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT)
    gone: list[Any] = [
        event_row(FIRST + timedelta(days=day), event_type, "engine", person, 1.0)
        for day in range(0, (CUT - FIRST).days, 20)
        for event_type in types
        for person in ("turing", "lovelace")
    ]
    events, items = facts

    unlike = _unlike(
        _later(_values(sql_models, AS_OF, events, items)), _later(_values(sql_models, AS_OF, [*events, *gone], items))
    )

    people = _named(catalogue, Needs.LAST_DAY)
    assert people == {"resurrected_contributors", "returning_addresses"}
    assert {key[0] for key in _later(_values(sql_models, AS_OF, events, items))} >= people
    assert not unlike & people
    assert "churned_contributors" in unlike


def test_of_what_people_did_before_a_bucket_only_the_last_day_matters(
    sql_models: MetricModels, facts: tuple[list[Row], list[Row]], catalogue: Catalogue
) -> None:
    events, items = facts

    def of(event: Row) -> tuple[Any, ...]:
        return event["to_artifact_id"], event["from_artifact_id"], event["event_type"]

    before = sorted((event for event in events if event["bucket_day"] < CUT), key=lambda event: event["bucket_day"])
    last_days = {of(event): event["bucket_day"] for event in before}
    shortened = [
        event | {"amount": event["amount"] if event["bucket_day"] >= CUT else None}
        for event in events
        if event["bucket_day"] >= CUT or event["bucket_day"] == last_days[of(event)]
    ]

    unlike = _unlike(
        _later(_values(sql_models, AS_OF, events, items)), _later(_values(sql_models, AS_OF, shortened, items))
    )

    assert len(shortened) < len(events)
    assert not unlike & _named(catalogue, Needs.LAST_DAY)
    assert "full_time_developers_average" in unlike


def test_totals_are_made_of_what_a_metric_declares(
    sql_models: MetricModels, facts: tuple[list[Row], list[Row]], catalogue: Catalogue
) -> None:
    """The same amounts on other days, in more rows, and by others of the same class and affiliation."""
    draw = Random(8)
    members = [
        *affiliation_rows("ada", "acme", [(0, 4000)]),
        *affiliation_rows("grace", None, [(0, 4000)]),
        *affiliation_rows("linus", "globex", [(0, 4000)]),
    ]
    days = [FIRST + timedelta(days=n) for n in range((AS_OF - FIRST).days + 1)]
    people = ("hopper", "turing", "lovelace")
    events = [
        event | {"from_artifact_id": draw.choice(people)}
        if number % 9 == 0 and event["from_artifact_id"] in PEOPLE[1:4]
        else event
        for number, event in enumerate(facts[0])
    ]

    def halved(by: dict[str, str]) -> list[Row]:
        return [
            event
            | {
                "bucket_day": draw.choice(days),
                "amount": event["amount"] / 2,
                "from_artifact_id": by.get(event["from_artifact_id"], event["from_artifact_id"]),
            }
            for event in events
            for _ in range(2)
        ]

    def values(changed: Sequence[Row], grain: str = "all") -> Series:
        series = _values(sql_models, AS_OF, changed, facts[1], members)
        return {key: value for key, value in series.items() if key[2] == grain}

    told = values(events)
    by_others = [
        event | {"from_artifact_id": draw.choice(people)} if event["from_artifact_id"] in people else event
        for event in halved({})
    ]
    amounts = _unlike(told, values(by_others))
    renamed = _unlike(told, values(halved(dict(zip(people, (*people[1:], people[0]), strict=True)))))
    of_years: dict[tuple[str, str], float] = {}
    for (name, entity, _, _), value in values(events, "year").items():
        of_years[name, entity] = of_years.get((name, entity), 0) + value[0]
    added = {
        name for (name, entity, *_), value in told.items() if of_years.get((name, entity)) != pytest.approx(value[0])
    }

    assert {key[0] for key in told} >= set().union(
        *(_of_total(catalogue, total) for total in Total if total is not Total.EVENTS)
    )
    of_amounts = _of_total(catalogue, Total.AMOUNTS)
    of_people = {metric.name for metric in catalogue if "people_by_amount" in metric.sql}
    assert of_amounts > of_people == {"bus_factor", "project_velocity", "top_contributor_share"}
    assert not amounts & (of_amounts - of_people)
    assert amounts >= {"contributor_active_days", "project_velocity"}
    assert not renamed & of_amounts
    assert "contributor_active_days" in renamed
    assert not added & _of_total(catalogue, Total.YEARS)
    assert added >= of_amounts - {"active_organizations", "project_velocity"}


def _tables_in_parts(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: con.execute(f"from intermediate.int_metrics__{table}").fetchall() for table in _IN_PARTS}


@pytest.mark.parametrize("part_events", [1, 700])
def test_metrics_made_for_some_entities_after_the_others_are_those_made_of_all_at_once(
    metric_models: MetricModels, facts: tuple[list[Row], list[Row]], catalogue: Catalogue, part_events: int
) -> None:
    """Of kind sql only those that say `per_entity`; the others are not cut, whatever a part is."""
    tables = world(list(facts[0]), coverage_rows([]), list(facts[1]), MEMBERS)
    with metric_models.run(AS_OF, tables) as con:
        whole = _tables_in_parts(con)
        named = {row[0] for row in con.execute(_VALUES).fetchall()}
        relations = [relation for relation, _ in metric_models.statements(AS_OF, con, part_events=part_events)]
        entities = con.execute("select count(distinct entity_key) from intermediate.int_metrics__events").fetchall()
        metric_models.build(AS_OF, con, part_events=part_events)
        in_parts = _tables_in_parts(con)

    for table in _IN_PARTS:
        parts = relations.count(f"intermediate.int_metrics__{table}")
        assert parts == entities[0][0] + 1 if part_events == 1 else 2 < parts < entities[0][0]
        assert len(in_parts[table]) == len(whole[table]) > 0
        assert set(in_parts[table]) == set(whole[table])
    # Nobody here has as many transactions as a highly active address.
    assert named == {metric.name for metric in catalogue if metric.kind is Kind.SQL} - {"high_activity_addresses"}
