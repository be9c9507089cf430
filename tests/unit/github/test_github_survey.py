"""The survey: repositories by number through renames and transfers, owners, what is gone, what is too much at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.github.github_run import opened

from observer.connectors.sources.github import queries
from observer.errors import SourceError, TransientSourceError
from observer.testing.upstream import Asked, Reply


def test_a_renamed_and_transferred_repository_stays_the_same_one() -> None:
    with opened() as run:
        tool = run.world.repository("acme/tool")
        run.world.issue(tool, "ann", "2024-02-01T00:00:00Z")
        run.config = {"repositories": ["acme/tool"]}
        run.sync()
        run.now += timedelta(days=1)
        run.world.account("Elsewhere", "Organization")
        run.github.rename("acme/tool", "Elsewhere/hammer")
        item = tool["issues"][0]
        run.world.comment(tool, item, "bob", "2024-04-01T12:00:00Z")

        run.sync()

        assert run.rows("select id, full_name, owner_login from raw.github__repositories") == [
            {"id": tool["databaseId"], "full_name": "Elsewhere/hammer", "owner_login": "Elsewhere"}
        ]
        names = run.rows("select * from raw.github__repository_names order by full_name")
        assert [(row["full_name"], row["first_observed_at"].day, row["last_observed_at"].day) for row in names] == [
            ("Elsewhere/hammer", 2, 2),
            ("acme/tool", 1, 1),
        ]
        (target,) = run.rows("select target, status, full_name from raw.github__targets")
        assert target == {"target": "acme/tool", "status": "found", "full_name": "Elsewhere/hammer"}
        assert run.rows("select count(*) as n from raw.github__comments") == [{"n": 1}]


def test_a_former_name_in_the_directory_leads_to_the_repository_and_is_a_name_without_times() -> None:
    with opened() as run:
        run.world.repository("acme/tool")
        run.world.account("new", "Organization")
        run.github.rename("acme/tool", "new/tool")
        run.config = {"repositories": ["acme/tool", "new/tool"]}

        run.sync()

        assert len(run.rows("select id from raw.github__repositories")) == 1
        names = run.rows("select full_name, first_observed_at from raw.github__repository_names order by full_name")
        assert [(row["full_name"], row["first_observed_at"] is None) for row in names] == [
            ("acme/tool", True),
            ("new/tool", False),
        ]


def test_a_new_repository_under_an_old_name_is_not_taken_for_the_old_one() -> None:
    with opened() as run:
        old = run.world.repository("acme/tool")
        run.config = {"repositories": ["acme/tool"]}
        run.sync()
        run.github.rename("acme/tool", "acme/former")
        run.world.repository("acme/tool")

        run.sync()

        assert run.rows("select id, full_name from raw.github__repositories") == [
            {"id": old["databaseId"], "full_name": "acme/former"}
        ]


def test_what_is_gone_is_noted_and_costs_the_others_nothing() -> None:
    with opened() as run:
        gone = run.world.repository("acme/gone")
        run.world.repository("acme/tool")
        run.config = {"repositories": ["acme/gone", "acme/never", "acme/tool"]}
        run.sync()
        del run.github.repositories[gone["databaseId"]]

        report = run.sync()

        assert report.quarantined == 0
        status = "select target, status, reason from raw.github__targets order by target"
        assert [tuple(row.values()) for row in run.rows(status)] == [
            ("acme/gone", "missing", "NOT_FOUND"),
            ("acme/never", "missing", "NOT_FOUND"),
            ("acme/tool", "found", None),
        ]
        run.github.repositories[gone["databaseId"]] = gone
        run.sync()
        assert run.rows("select status from raw.github__targets where target = 'acme/gone'") == [{"status": "found"}]


def test_an_owner_is_all_its_public_repositories_page_by_page() -> None:
    with opened() as run:
        for number in range(230):
            run.world.repository(f"big/part{number:03}", isFork=number == 5, isArchived=number == 6)
        run.world.repository("small/one", owner_kind="User")
        run.config = {"owners": ["big", "small", "nobody"]}

        run.sync()

        assert run.rows("select count(*) as n from raw.github__repositories") == [{"n": 231}]
        assert run.rows("select name from raw.github__repositories where is_fork or is_archived order by name") == [
            {"name": "part005"},
            {"name": "part006"},
        ]
        owners = "select target, status, repositories_count as n from raw.github__targets order by target"
        assert [tuple(row.values()) for row in run.rows(owners)] == [
            ("big", "found", 230),
            ("nobody", "missing", None),
            ("small", "found", 1),
        ]


def test_a_batch_that_takes_too_long_is_asked_in_halves() -> None:
    with opened() as run:
        names = [f"acme/part{number}" for number in range(8)]
        for name in names:
            run.world.repository(name)
        run.config = {"repositories": names}

        def slow(asked: Asked) -> Reply:
            is_large = asked.body.count(b"acme") > 3
            return Reply(502) if is_large else run.github.graphql(asked)

        run.answer = slow

        run.sync()

        assert run.rows("select count(*) as n from raw.github__repositories") == [{"n": 8}]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}, SourceError),
        ({"message": "Something went wrong"}, TransientSourceError),
    ],
    ids=["the question is wrong", "for now"],
)
def test_errors_of_the_whole_answer_end_the_run(error: dict[str, object], kind: type[Exception]) -> None:
    with opened() as run:
        run.world.repository("acme/tool")
        run.config = {"repositories": ["acme/tool"]}
        run.upstream.fail("/graphql", *[Reply.json({"errors": [error]})] * 9)

        with pytest.raises(kind, match=str(error["message"])):
            run.sync()


def test_a_survey_costs_a_point_for_eleven_repositories() -> None:
    assert queries.repositories_by_id(["x"] * queries.REPOSITORIES_AT_ONCE).points * 11 == queries.REPOSITORIES_AT_ONCE
