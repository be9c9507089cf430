"""Walks: everything once, inner pages too, on from where a killed run was, people and bills of material."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from tests.unit.github.github_run import Run, live, opened, stamp
from tests.unit.github.test_github_budget import assert_nothing_is_missing

from observer.connectors import host
from observer.testing.connector_suite import KilledError, KilledSource
from observer.testing.source import QuietProgress
from observer.testing.upstream import Asked, Reply


def busy(run: Run) -> None:
    tool = run.world.repository("acme/tool")
    live(run.world, tool, run.now - timedelta(days=9), 700, random.Random(3))
    run.config = {"repositories": ["acme/tool"]}


def test_a_long_history_is_read_whole_and_by_its_own_time_on() -> None:
    with opened() as run:
        busy(run)

        run.sync()

        assert_nothing_is_missing(run)
        (row,) = run.rows("select * from raw.github__completeness")
        assert row["complete_to"] == datetime(2024, 4, 1)
        assert row["issues_count"] == run.rows("select count(*) as n from raw.github__issues")[0]["n"]


def test_a_killed_run_goes_on_where_it_was() -> None:
    with opened() as run:
        busy(run)
        run.sync()
        whole, points = run.rows("select * from raw.github__issues order by id"), run.github.points
    with opened() as run:
        busy(run)
        run.github.install(run.upstream)
        with pytest.raises(KilledError):
            host.sync(
                KilledSource(run.source, 600),
                config=run.config_with(),
                warehouse=run.warehouse,
                clock=lambda: run.now,
                progress=QuietProgress(),
                limits=host.Limits(rows=1, seconds=3600.0, attempts=1),
            )
        before = run.github.points

        run.sync()

        assert before > 3
        # The survey is made again, and the page during which the run was killed.
        assert run.github.points + before <= points + 5
        again = run.rows("select * from raw.github__issues order by id")
        assert [{**row, "_load_id": None} for row in again] == [{**row, "_load_id": None} for row in whole]
        assert_nothing_is_missing(run)


def test_what_changes_while_a_walk_rests_is_found_by_the_next_one() -> None:
    with opened() as run:
        busy(run)
        run.github.install(run.upstream)
        with pytest.raises(KilledError):
            host.sync(
                KilledSource(run.source, 600), config=run.config_with(), warehouse=run.warehouse,
                clock=lambda: run.now, progress=QuietProgress(), limits=host.Limits(rows=1, attempts=1),
            )  # fmt: skip
        tool = next(iter(run.github.repositories.values()))
        live(run.world, tool, run.now, 60, random.Random(4))
        run.world.release(tool, "v1", "ann", "2024-04-01T00:10:00Z")
        run.world.commits(tool, ["ann"], "2024-04-01T00:20:00Z")
        run.now += timedelta(days=1)

        run.sync()
        run.now += timedelta(days=1)
        run.sync()

        assert_nothing_is_missing(run)
        assert run.rows("select tag_name from raw.github__releases") == [{"tag_name": "v1"}]
        assert run.rows("select login from raw.github__commit_accounts") == [{"login": "ann"}]


def test_reviews_and_events_beyond_a_page_are_fetched() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        pull = run.world.pull_request(tool, "ann", "2024-02-01T00:00:00Z")
        for number in range(260):
            run.world.review(pull, f"p{number % 7}", "2024-02-02T00:00:00Z")
        issue = run.world.issue(tool, "ann", "2024-02-01T00:00:00Z")
        for number in range(130):
            kind = "ReopenedEvent" if number % 2 else "ClosedEvent"
            run.world.event(issue, kind, "bob", f"2024-02-03T00:{number // 60:02}:{number % 60:02}Z")
        run.config = {"repositories": ["acme/tool"]}

        run.sync()

        assert run.rows("select count(*) as n from raw.github__reviews") == [{"n": 260}]
        assert run.rows("select count(*) as n from raw.github__issue_events") == [{"n": 130}]


def test_bots_have_the_login_that_the_rest_api_gives_them_and_ghosts_none() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        run.world.account("helper", "Bot")
        issue = run.world.issue(tool, "helper", "2024-02-01T00:00:00Z")
        run.world.comment(tool, issue, "helper", "2024-02-01T00:00:00Z")
        run.world.issue(tool, "ann", "2024-02-02T00:00:00Z")["author"] = None
        run.config = {"repositories": ["acme/tool"]}

        run.sync()

        for table in ("issues", "comments"):
            logins = run.rows(f"select distinct author_login from raw.github__{table} where author_type = 'Bot'")
            assert logins == [{"author_login": "helper[bot]"}]
        assert run.rows("select login from raw.github__accounts where type = 'Bot'") == [{"login": "helper[bot]"}]
        assert run.rows("select count(*) as n from raw.github__issues where author_id is null") == [{"n": 1}]


def test_a_login_that_changes_is_a_second_name_of_one_account() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        issue = run.world.issue(tool, "ann", "2024-02-01T00:00:00Z")
        run.config = {"repositories": ["acme/tool"]}
        run.sync()
        issue["author"]["login"] = "anna"
        run.world.comment(tool, issue, "bob", "2024-04-01T10:00:00Z")
        run.now += timedelta(days=1)

        run.sync()

        account = issue["author"]["databaseId"]
        names = run.rows(f"select login from raw.github__account_names where id = {account} order by login")
        assert names == [{"login": "ann"}, {"login": "anna"}]
        assert run.rows(f"select login from raw.github__accounts where id = {account}") == [{"login": "anna"}]


def test_a_release_with_an_old_date_is_found_by_the_count() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        for month in (1, 2, 3):
            run.world.release(tool, f"v{month}", "ann", f"2024-0{month}-01T00:00:00Z")
        run.config = {"repositories": ["acme/tool"]}
        run.sync()
        run.world.release(tool, "v0", "ann", "2020-01-01T00:00:00Z")

        run.sync()

        assert run.rows("select count(*) as n from raw.github__releases") == [{"n": 4}]


def test_a_bill_of_material_is_asked_for_when_it_is_old_and_the_repository_has_changed() -> None:
    with opened() as run:
        document = {"spdxVersion": "SPDX-2.3", "creationInfo": {"created": "2024-03-01T00:00:00Z"}, "packages": []}
        tool = run.world.repository("acme/tool")
        tool["rest"]["dependency-graph/sbom"] = document
        run.world.repository("acme/without")
        run.config = {"repositories": ["acme/tool", "acme/without"], "sbom_days": 7}

        asked = []
        for days in (0, 1, 7, 8):
            run.now += timedelta(days=days)
            if days == 8:
                run.world.commits(tool, ["ann"], stamp(run.now))
            run.sync()
            asked.append(sum("sbom" in one.path for one in run.upstream.asked))

        assert asked == [2, 0, 0, 1]
        (row,) = run.rows("select repository_full_name, document from raw.github__sboms")
        assert row["repository_full_name"] == "acme/tool"
        assert "SPDX-2.3" in row["document"]


def test_a_page_that_takes_too_long_is_made_smaller() -> None:
    with opened() as run:
        busy(run)

        def slow(asked: Asked) -> Reply:
            is_large = b'"pulls":' in asked.body and b'"pulls":13' not in asked.body
            return Reply(504) if is_large and b'"pulls":24' not in asked.body else run.github.graphql(asked)

        run.answer = slow

        run.sync()

        assert_nothing_is_missing(run)


def test_comments_of_one_moment_that_fill_pages_are_all_read() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        issue = run.world.issue(tool, "ann", "2024-02-01T00:00:00Z")
        for _ in range(250):
            run.world.comment(tool, issue, "ann", "2024-02-02T00:00:00Z")
        for number in range(120):
            run.world.comment(tool, issue, "ann", f"2024-02-03T00:{number // 60:02}:{number % 60:02}Z")
        run.config = {"repositories": ["acme/tool"]}

        run.sync()

        assert run.rows("select count(*) as n from raw.github__comments") == [{"n": 370}]


def test_a_repository_that_is_renamed_during_the_run_is_read_under_its_new_name() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        run.world.comment(tool, run.world.issue(tool, "ann", "2024-02-01T00:00:00Z"), "bob", "2024-02-02T00:00:00Z")
        run.config = {"repositories": ["acme/tool"]}

        def renaming(asked: Asked) -> Reply:
            if b"issuesAfter" in asked.body and tool["name"] == "tool":
                run.github.rename("acme/tool", "acme/hammer")
                run.github.install(run.upstream)
            return run.github.graphql(asked)

        run.answer = renaming

        run.sync()

        assert run.rows("select count(*) as n from raw.github__comments") == [{"n": 1}]
