"""Metric files are read whole, refused with file and line, and become rows and text."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.metrics.metric_models import ROOT

from observer.errors import ContentError, NotFoundError
from observer.metrics import DEFINITIONS_SCHEMA, Catalogue, definition_rows, describe, load_metrics
from observer.model.event import EventType
from observer.model.metric import KEY_GRAINS, Absent, Activity, Grain, Kind, scaled_days
from observer.model.people import UserClass

GOOD = """\
name: stars
version: 1
title: Stars
unit: stars
summary: Stars given.
description: The sum of stars.
owner: somebody
kind: sum
events: [STARRED]
headline_grain: all
caveats:
  - Nothing.
examples:
  - title: One star
    as_of: 2024-01-02
    events:
      - {day: 2024-01-01, type: STARRED, to: engine, from: ada}
    rows:
      - {entity: engine, grain: day, bucket: 2024-01-01, amount: 1}
"""


def write(folder: Path, text: str, name: str = "stars.yaml") -> Path:
    (folder / "metrics").mkdir(exist_ok=True)
    (folder / "metrics" / name).write_text(text)
    return folder / "metrics"


def problems(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load_metrics(folder)
    return [str(problem) for problem in caught.value.problems]


def test_every_file_is_a_metric_in_the_order_of_names(catalogue: Catalogue) -> None:
    files = sorted(path.stem for path in (ROOT / "metrics").rglob("*.yaml") if path.parent.name != "impact")

    assert [metric.name for metric in catalogue] == files
    assert {"commits", "bus_factor", "funding_received", "transactions", "tvl", "package_count"} <= set(files)


def test_every_metric_says_what_it_leaves_out(catalogue: Catalogue) -> None:
    for metric in catalogue:
        assert metric.caveats, metric.name
        assert metric.examples, metric.name
        assert metric.headline_grain in KEY_GRAINS, metric.name
        left_out = ("leave", "left out", "not ", "include", "misses")
        assert any(word in metric.summary for word in left_out), metric.name


def test_a_metric_has_its_defaults(tmp_path: Path) -> None:
    metric = load_metrics(write(tmp_path, GOOD)).metric("stars")

    assert metric.grains == tuple(Grain)
    assert metric.classes == tuple(UserClass)
    assert metric.activity is None
    assert metric.path == "metrics/stars.yaml"
    assert metric.yaml == GOOD


def test_people_metrics_count_persons_alone_and_sums_count_everybody(catalogue: Catalogue) -> None:
    people = [metric for metric in catalogue if metric.unit == "people"]
    sums = [metric for metric in catalogue if metric.kind in (Kind.SUM, Kind.LATEST, Kind.RATIO)]

    assert {metric.classes for metric in people if metric.kind in (Kind.DISTINCT, Kind.SQL)} == {(UserClass.PERSON,)}
    assert {frozenset(metric.classes) for metric in sums} == {frozenset(UserClass)}


def test_means_and_shares_of_nothing_are_unknown_and_counts_are_zero(catalogue: Catalogue, tmp_path: Path) -> None:
    assert catalogue.metric("burstiness").absent is Absent.UNKNOWN
    assert catalogue.metric("commits").absent is Absent.ZERO
    write(tmp_path, GOOD.replace("kind: sum", "kind: sum\nabsent: unknown"))
    assert any("'absent' has no meaning for kind sum" in problem for problem in problems(tmp_path / "metrics"))


def test_a_ratio_has_the_events_of_its_parts(catalogue: Catalogue) -> None:
    ratio = catalogue.metric("pull_request_merge_ratio")

    assert ratio.events == (EventType.PULL_REQUEST_MERGED, EventType.PULL_REQUEST_OPENED)


def test_an_unknown_metric_names_the_nearest(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'commits'"):
        catalogue.metric("comits")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("STARRED]", "STARED]", ":9: unknown event type 'STARED'; did you mean 'STARRED'?"),
        ("STARRED]", "starred]", ":9: unknown event type 'starred'; did you mean 'STARRED'?"),
        ("type: STARRED", "type: STARR", ":17: unknown event type 'STARR'; did you mean 'STARRED'?"),
        ("kind: sum", "kind: summ", ":8: unknown kind 'summ'; did you mean 'sum'?"),
        ("kind: sum", "kind: sum\nneeds: buckets", ":9: unknown needs 'buckets'; did you mean 'bucket'?"),
        ("kind: sum", "kind: sum\nneeds: bucket", ":9: 'needs' has no meaning for kind sum; remove it"),
        ("kind: sum", "kind: sum\ntotal: amount", ":9: unknown total 'amount'; did you mean 'amounts'?"),
        ("kind: sum", "kind: sum\ntotal: years", ":9: 'total' has no meaning for kind sum; remove it"),
        (
            "headline_grain: all",
            "headline_grain: all\ngrains: [day, all]",
            ":11: its values for all time are sums of those of years; add 'year', or leave out 'all'",
        ),
        ("kind: sum", "kind: sum\nper_entity: true", ":9: 'per_entity' has no meaning for kind sum; remove it"),
        ("headline_grain: all", "headline_grain: al", ":10: unknown grain 'al'; did you mean 'all'?"),
        ("headline_grain: all", "headline_grain: week", ":10: 'week' has no current value"),
        ("owner: somebody\n", "", ":1: 'owner' is missing"),
        ("owner: somebody", "ownr: somebody", ":7: unknown key 'ownr'; did you mean 'owner'?"),
        ("unit: stars", "unit: stars\nunit: stars", ":5: key 'unit' is given twice"),
        ("name: stars", "name: star", ":1: name 'star' differs from the file name 'stars'"),
        ("name: stars", "name: Stars", ":1: name: string should match pattern"),
        ("version: 1", "version: 0", ":2: version: input should be greater than or equal to 1"),
        ("[STARRED]", "[STARRED, STARRED]", ":9: an event type is given twice"),
        ("events: [STARRED]\n", "", ":8: kind sum needs 'events'"),
        ("events: [STARRED]", "events: [STARRED]\nfirst_only: true", "have no meaning for kind sum"),
        ("kind: sum", "kind: sum\nnumerator: forks", "have no meaning for kind sum"),
        ("kind: sum", "kind: sql", ":8: kind sql needs a .sql file of the same name"),
        ("kind: sum", "kind: ratio", ":8: a ratio needs 'numerator' and 'denominator'"),
        ("kind: sum", "kind: latest\nclasses: [person]", ":9: 'classes' has no meaning for kind latest"),
        ("kind: sum", "kind: sum\nclasses: [bot]", ":9: persons are not among the classes"),
        ("kind: sum", "kind: sum\nclasses: [person, robot]", "unknown class 'robot'"),
        ("kind: sum", "kind: distinct\nthresholds: {min_active_days: 10}", "active days in 30 mean nothing at"),
        (
            "kind: sum",
            "kind: distinct\nthresholds: {min_active_days: 9, max_active_days: 3}",
            ":9: 'max_active_days' is less than 'min_active_days'",
        ),
        ("entity: engine", "entity: engin", ":19: unknown entity 'engin'; did you mean 'engine'?"),
        ("as_of: 2024-01-02", "as_of: 2023-01-02", ":14: an event lies after as_of"),
        ("amount: 1}", "amount: one}", ":19: examples.0.rows.0.amount: input should be a valid number"),
        ("day: 2024-01-01", "day: 2024-02-31", ":17: '2024-02-31' cannot be read"),
        ("[STARRED]", "&a [STARRED]\nx: *a", ":9: anchors and aliases are not allowed"),
        ("caveats:", "caveats", ":13: not YAML"),
        (GOOD, "", ":1: the file is empty"),
        (GOOD, "- stars\n", ":1: the file: input should be"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD

    found = problems(write(tmp_path, GOOD.replace(old, new, 1)))

    assert any(message in problem for problem in found), found
    assert all(problem.startswith("metrics/stars.yaml") for problem in found)


@pytest.mark.parametrize(
    ("fields", "query", "message"),
    [
        ("total: years", "from events", ":9: 'total: years' is for metrics that need the days of a bucket alone"),
        (
            "total: amounts\nneeds: bucket",
            "user_key from events",
            ":9: 'total: amounts' gives no user_key, which the query reads; total: events",
        ),
        (
            "needs: bucket\npeople_events: [STARRED]",
            "from events",
            ":10: 'people_events' are those of 'events' that 'people_by_amount' adds up in the query",
        ),
        (
            "needs: bucket\nper_entity: true",
            "from people_by_amount",
            "'total: events' gives no people_by_amount, which the query reads; total: amounts",
        ),
        ("total: amounts\nneeds: bucket", "from people_by_amount", "for one bucket of one entity"),
        (
            "total: years\nneeds: bucket\ngrains: [day, month, all]",
            "from events",
            ":11: its values for all time are sums",
        ),
        ("total: amounts\nneeds: bucket\ngrains: [day, rolling_30_days]", "from events", ":9: 'total' has no meaning"),
        ("needs: last_day", "from events", ":9: 'needs: last_day' says nothing of all time"),
    ],
)
def test_values_for_all_time_are_made_of_what_a_query_reads(
    tmp_path: Path, fields: str, query: str, message: str
) -> None:
    headline = "headline_grain: all" if "rolling" not in fields else "headline_grain: rolling_30_days"
    text = GOOD.replace("kind: sum", f"kind: sql\n{fields}").replace("headline_grain: all", headline)
    write(tmp_path, f"select entity_key, bucket_key, amount {query}", "stars.sql")

    found = problems(write(tmp_path, text))

    assert [message in problem for problem in found] == [True], found


def test_all_problems_of_all_files_are_told(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("STARRED]", "STARED]").replace("owner: somebody\n", ""))
    folder = write(tmp_path, GOOD.replace("name: stars", "name: forks").replace("kind: sum", "kind: add"), "forks.yaml")
    write(tmp_path, "select 1", "lost.sql")
    write(tmp_path, GOOD, "stars.yml")

    found = problems(folder)

    assert [problem.split(":")[0] for problem in found] == [
        "metrics/forks.yaml",
        "metrics/lost.sql",
        "metrics/stars.yaml",
        "metrics/stars.yaml",
        "metrics/stars.yml",
    ]


RATIO = GOOD.replace("name: stars", "name: share").replace("events: [STARRED]", "numerator: stars\ndenominator: stars")
RATIO = RATIO.replace("kind: sum", "kind: ratio")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("share.yaml", RATIO.replace("numerator: stars", "numerator: star", 1), "unknown metric 'star'; did you mean"),
        ("share.yaml", RATIO.replace("denominator: stars", "denominator: share"), "'share' is itself a ratio"),
        ("stars.sql", "select 1", "kind sum has no .sql file; remove it or use kind sql"),
        (
            "share.yaml",
            RATIO.replace("numerator: stars", "numerator: few"),
            "'few' has no week, month, quarter",
        ),
    ],
)
def test_files_must_fit_together(tmp_path: Path, name: str, text: str, message: str) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("name: stars", "name: few") + "grains: [day, year, all]\n", "few.yaml")

    found = problems(write(tmp_path, text, name))

    assert len(found) == 1
    assert message in found[0]


def test_one_name_in_two_folders_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "other").mkdir()
    (folder / "other" / "stars.yaml").write_text(GOOD)

    assert problems(folder) == ["metrics/stars.yaml:1: metric 'stars' is defined already in metrics/other/stars.yaml"]


def test_rows_have_the_columns_of_the_warehouse(catalogue: Catalogue) -> None:
    table = definition_rows(catalogue)

    assert table.schema == DEFINITIONS_SCHEMA
    rows = {row["metric_name"]: row for row in table.to_pylist()}
    assert rows["part_time_developers"]["max_active_days"] == 9
    assert rows["contributors"]["distinct_of"] == "from_artifact_id"
    assert rows["contributors"]["event_types"] == sorted(rows["new_contributors"]["event_types"])
    assert rows["commits"]["min_active_days"] is None
    assert rows["comments"]["caveats"].count("\n") == len(catalogue.metric("comments").caveats) - 1


@pytest.mark.parametrize(
    ("days", "grain", "expected"),
    [
        (1, Grain.ROLLING_180_DAYS, 1),
        (10, Grain.MONTH, 10),
        (10, Grain.ROLLING_30_DAYS, 10),
        (10, Grain.ROLLING_90_DAYS, 30),
        (10, Grain.ROLLING_180_DAYS, 60),
        (10, Grain.QUARTER, 30),
        (10, Grain.YEAR, 120),
        (2, Grain.WEEK, 1),
        (5, Grain.WEEK, 2),
    ],
)
def test_thresholds_grow_with_the_period(days: int, grain: Grain, expected: int) -> None:
    assert scaled_days(days, grain) == expected


def test_full_time_and_part_time_share_their_limit() -> None:
    for grain in (Grain.MONTH, Grain.ROLLING_90_DAYS, Grain.YEAR):
        low, _ = Activity(10).bounds(grain)
        _, high = Activity(1, 9).bounds(grain)
        assert high == low - 1


def test_a_threshold_over_all_time_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="no meaning at grain all"):
        scaled_days(10, Grain.ALL)


def test_the_page_of_a_metric_has_all_that_a_reader_needs(catalogue: Catalogue) -> None:
    for metric in catalogue:
        text = describe(metric)
        assert text.startswith(f"# {metric.title}\n")
        assert metric.summary in text
        assert metric.sql in text
        assert all(caveat in text for caveat in metric.caveats)
        assert all(f"`{event}`" in text for event in metric.events)
        assert f"| unit | {metric.unit} |" in text
        assert all(example.title in text for example in metric.examples)
    assert "rolling_180_days: 60 or more" in describe(catalogue.metric("full_time_developers"))
    assert "| formula | `pull_requests_merged` / `pull_requests_opened` |" in describe(
        catalogue.metric("pull_request_merge_ratio")
    )
