"""What a day costs: at most three points for a repository with news, at most one for an unchanged one, as forecast."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.unit.github.github_run import Run, live, opened

from observer.connectors.sources.github import queries
from observer.ports import Forecaster

REPOSITORIES, ACTIVE = 100, 30


def build(run: Run, chance: random.Random) -> None:
    """A hundred repositories with a past of some weeks, known after a first sync."""
    names = [f"owner{number % 9}/project{number}" for number in range(REPOSITORIES)]
    for name in names:
        repository = run.world.repository(name)
        for day in range(28, 1, -9):
            live(run.world, repository, run.now - timedelta(days=day), chance.randrange(1, 9), chance)
    run.config = {"repositories": names}


def live_a_day(run: Run, chance: random.Random, most: int) -> None:
    repositories = list(run.github.repositories.values())
    for repository in chance.sample(repositories, ACTIVE):
        live(run.world, repository, run.now, chance.randrange(1, most + 1), chance)
    run.now += timedelta(days=1)


@pytest.mark.parametrize("most", [12, pytest.param(40, marks=pytest.mark.slow)])
def test_a_day_of_a_hundred_repositories_keeps_to_the_budget_and_to_the_forecast(most: int) -> None:
    chance = random.Random(7)
    with opened() as run:
        build(run, chance)
        run.sync()
        run.now += timedelta(days=1)

        run.sync()
        unchanged = run.github.points
        for _ in range(3):
            live_a_day(run, chance, most)
            run.sync()
            usage = run.usage()
            changed = run.github.points - unchanged * (REPOSITORIES - ACTIVE) / REPOSITORIES

            assert unchanged / REPOSITORIES <= 1
            assert changed / ACTIVE <= 3
            assert usage["points"] == run.github.points == sum(cost.points for cost in run.github.asked)
            assert abs(usage["forecast"] - usage["points"]) <= 0.1 * usage["points"], usage
        print(unchanged, changed / ACTIVE, usage)
        assert run.rows("select count(*) as n from raw.github__completeness")[0]["n"] == REPOSITORIES
        assert_nothing_is_missing(run)


def test_the_first_collection_is_forecast_from_the_survey() -> None:
    chance = random.Random(8)
    with opened() as run:
        build(run, chance)

        run.sync()

        usage = run.usage()
        print(usage)
        assert abs(usage["forecast"] - usage["points"]) <= 0.1 * usage["points"], usage


def assert_nothing_is_missing(run: Run) -> None:
    """Every issue, pull request, review, event and comment is stored as it stands."""
    nodes = list(run.github.repositories.values())
    expected = {
        "issues": {(int(i["fullDatabaseId"]), i["state"].lower()) for node in nodes for i in node["issues"]},
        "pull_requests": {(int(p["fullDatabaseId"]), p["state"].lower()) for n in nodes for p in n["pullRequests"]},
    }
    for table, wanted in expected.items():
        found = {(row["id"], row["state"]) for row in run.rows(f"select id, state from raw.github__{table}")}
        assert found == wanted
    events = {e["id"] for n in nodes for i in n["issues"] + n["pullRequests"] for e in i["timelineItems"]}
    assert {row["id"] for row in run.rows("select id from raw.github__issue_events")} == events
    comments = {c["id"] for node in nodes for listed in node["rest"].values() for c in listed}
    assert {row["id"] for row in run.rows("select id from raw.github__comments")} == comments


@pytest.mark.parametrize("paid", [1, 2, 3])
@pytest.mark.parametrize(
    "parts", [("issues",), ("pulls",), ("issues", "pulls"), ("issues", "pulls", "releases", "history")]
)
def test_a_page_costs_no_more_than_is_paid_for_it(paid: int, parts: tuple[str, ...]) -> None:
    page = queries.sized_page(dict.fromkeys(parts), {"issues": 1_000, "pulls": 1_000}, paid, None)

    assert queries.points(page.connections) <= paid


def test_the_forecast_of_the_port_asks_for_the_survey_only() -> None:
    chance = random.Random(9)
    with opened() as run:
        build(run, chance)
        run.sync()
        run.now += timedelta(days=1)
        live_a_day(run, chance, 12)
        run.github.asked.clear()
        state = run.warehouse.state("github")

        forecast = run.source.forecast(run.config_with(), state)
        survey = run.github.points

        assert survey == run.github.points == 10
        assert isinstance(run.source, Forecaster)
        run.sync()
        assert forecast.points is not None
        assert abs(forecast.points - run.github.points) <= 0.1 * run.github.points
        assert "100 repositories, 30 with news" in forecast.summary
