"""What a forge's API tells goes before the archive, counts once and makes days known; listings tell of changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.transform.world import World, archive_file, event, listing, moment, project

from observer.model.identifier import entity_id

AS_OF = date(2024, 11, 6)
TOOL, SITE = (10, "acme/tool"), (11, "acme/site")
ANN, BOB, EVE = (7, "Ann"), (8, "bob"), (13, "eve")
READ_AT = moment("4T06:00")
SEEN = {"_observed_at": READ_AT, "_record_ref": "github:x"}


def person(account: tuple[int, str], role: str = "author") -> dict[str, object]:
    return {f"{role}_id": account[0], f"{role}_login": account[1]}


def item(number: int, when: str, author: tuple[int, str], **more: object) -> dict[str, object]:
    return {
        "id": 500 + number,
        "repository_id": TOOL[0],
        "number": number,
        "state": "open",
        "created_at": moment(when),
        "updated_at": moment(when),
        **person(author),
        **SEEN,
        **more,
    }


def comment(number: int, on: int, when: str, author: tuple[int, str], **more: object) -> dict[str, object]:
    row: dict[str, object] = {"id": number, "kind": "issue", "repository_id": TOOL[0], "number": on}
    return {**row, "created_at": moment(when), **person(author), **SEEN, **more}


def step(number: int, kind: str, when: str, actor: tuple[int, str]) -> dict[str, object]:
    row: dict[str, object] = {"id": f"e{number}{kind}{when}", "repository_id": TOOL[0], "number": number, "event": kind}
    return {**row, "created_at": moment(when), **person(actor, "actor"), **SEEN}


def gitlab_issue(number: int, updated: str, state: str, content: str, **more: object) -> dict[str, object]:
    return {
        "id": 900 + number,
        "iid": number,
        "project_id": 77,
        "state": state,
        "author_id": 70,
        "author_login": "ann",
        "created_at": moment("1T01:00"),
        "updated_at": moment(updated),
        "content_hash": content,
        "_observed_at": moment(updated) + timedelta(hours=1),
        "_record_ref": f"gitlab:issues/{number}",
        **more,
    }


def version(number: int, day: int, content: str | None, **more: object) -> dict[str, object]:
    return {
        "artifact_source": "GITHUB",
        "repository_name": "acme/site",
        "kind": "issue",
        "number": number,
        "item_id": 600 + number,
        "snapshot_at": moment(f"{day}T00:00"),
        "is_deleted": content is None,
        "content_hash": content,
        "state": "open" if content else None,
        "author_login": "eve",
        "created_at": moment("1T00:00"),
        "updated_at": moment("1T00:00"),
        "_record_ref": "issue-snapshots:x",
        **more,
    }


RAW: dict[str, list[dict[str, Any]]] = {
    "oss_directory__projects": [dict(project("alpha"))],
    "oss_directory__project_artifacts": [
        dict(listing("alpha", "acme", "tool")),
        dict(listing("alpha", "acme", "site")),
        dict(
            listing(
                "alpha", "acme/kits", "kit", artifact_source="GITLAB", artifact_url="https://gitlab.com/acme/kits/kit"
            )
        ),
    ],
    "github_archive__files": [dict(archive_file(day, hour)) for day in (1, 2, 5) for hour in range(24)],
    "github_archive__events": [
        dict(one)
        for one in (
            event("a1", "IssuesEvent", "1T05:00", TOOL, ANN, action="opened", number=1, subject_id=501),
            event("a2", "IssuesEvent", "1T05:00", TOOL, ANN, action="opened", number=1, subject_id=501),
            event("a3", "IssuesEvent", "2T05:01", TOOL, BOB, action="closed", number=1, subject_id=501),
            event("a4", "IssueCommentEvent", "1T06:00", TOOL, BOB, action="created", number=1, subject_id=801),
            event("a5", "IssuesEvent", "5T05:00", TOOL, EVE, action="opened", number=9, subject_id=509),
            event("a6", "IssuesEvent", "4T05:59", TOOL, EVE, action="closed", number=2, subject_id=502),
            event("a7", "WatchEvent", "1T07:00", TOOL, EVE, action="started", stargazers_count=3),
            event("a8", "IssuesEvent", "1T05:00", SITE, ANN, action="opened", number=1, subject_id=601),
            event("a9", "PullRequestReviewEvent", "5T07:00", TOOL, BOB, action="created", number=3, subject_id=702),
        )
    ],
    "github__repositories": [
        {
            "id": TOOL[0],
            "full_name": "Acme/Tool",
            "is_fork": True,
            "parent_full_name": "origin/tool",
            "license": "MIT",
            "primary_language": "Rust",
            "stargazers_count": 12,
            "forks_count": 4,
            "watchers_count": 2,
            "created_at": moment("1T00:00"),
            "observed_at": READ_AT,
            **SEEN,
        }
    ],
    "github__completeness": [
        {"repository_id": TOOL[0], "complete_from": moment("1T00:00"), "complete_to": READ_AT, **SEEN}
    ],
    "github__counters": [
        {
            "id": TOOL[0],
            "day": date(2024, 11, 4),
            "stargazers_count": 12,
            "forks_count": 4,
            "watchers_count": 2,
            "observed_at": READ_AT,
            **SEEN,
        }
    ],
    "github__issues": [
        item(1, "1T05:00", ANN, state="closed", closed_at=moment("3T05:00")),
        item(2, "3T08:00", BOB, state="closed", closed_at=moment("4T05:59")),
    ],
    "github__pull_requests": [
        item(3, "2T08:00", BOB, state="closed", closed_at=moment("3T09:00"), merged_at=moment("3T09:00"))
    ],
    "github__issue_events": [
        step(1, "closed", "2T05:00", BOB),
        step(1, "reopened", "2T06:00", ANN),
        step(1, "closed", "3T05:00", ANN),
        {**step(3, "closed", "3T09:00", ANN), "is_pull_request": True},
        {**step(3, "merged", "3T09:00", ANN), "is_pull_request": True},
    ],
    "github__comments": [
        comment(800, 1, "1T05:30", ANN),
        comment(801, 1, "1T06:00", BOB),
        comment(802, 3, "2T09:00", ANN, is_pull_request=True),
        comment(803, 3, "2T10:00", ANN, kind="review", is_pull_request=True),
    ],
    "github__reviews": [
        {"id": 701, "repository_id": TOOL[0], "number": 3, "submitted_at": moment("2T08:30"), **person(EVE), **SEEN}
    ],
    "github__releases": [
        {
            "id": 91,
            "repository_id": TOOL[0],
            "tag_name": "v1",
            "published_at": moment("3T10:00"),
            **person(ANN),
            **SEEN,
        },
        {
            "id": 92,
            "repository_id": TOOL[0],
            "tag_name": "v2",
            "is_draft": True,
            "created_at": moment("3T10:00"),
            **SEEN,
        },
    ],
    "github__item_versions": [
        {
            "kind": "issue",
            "id": 502,
            "repository_id": TOOL[0],
            "number": 2,
            "state": state,
            "content_hash": digest,
            "created_at": moment("3T08:00"),
            "updated_at": moment(updated),
            "_observed_at": moment(seen),
            "_record_ref": "g",
        }
        for state, digest, updated, seen in (
            ("open", "h1", "3T08:00", "3T12:00"),
            ("closed", "h2", "4T05:59", "4T06:00"),
        )
    ],
    "gitlab__projects": [
        {
            "id": 77,
            "path_with_namespace": "Acme/Kits/Kit",
            "web_url": "https://gitlab.com/Acme/Kits/Kit",
            "requested_path": "acme/kits/kit",
            "created_at": datetime(2023, 5, 1),
            "star_count": 5,
            "license_key": "mit",
            "_observed_at": READ_AT,
            "_record_ref": "gitlab:projects/77",
        }
    ],
    "gitlab__issues": [
        gitlab_issue(1, "1T01:00", "opened", "h1"),
        gitlab_issue(1, "2T01:00", "closed", "h2", closed_at=moment("2T01:00"), closed_by_login="bob", closed_by_id=71),
        gitlab_issue(2, "1T01:00", "opened", "h3", confidential=True),
    ],
    "gitlab__issue_listings": [
        gitlab_issue(1, "2T01:00", "closed", "h2", listed_on=date(2024, 11, 4)),
        gitlab_issue(3, "1T01:00", "opened", "h4", listed_on=date(2024, 11, 2)),
    ],
    "gitlab__merge_requests": [
        {**gitlab_issue(1, "3T01:00", "merged", "m1"), "merged_at": moment("3T00:59"), "author_login": "bob"}
    ],
    "gitlab__events": [
        {
            "id": 1,
            "project_id": 77,
            "action_name": "commented on",
            "note_id": 31,
            "note_type": "DiffNote",
            "noteable_type": "MergeRequest",
            "noteable_iid": 1,
            "noteable_id": 901,
            "author_login": "ann",
            "created_at": moment("2T09:00"),
            "_observed_at": READ_AT,
            "_record_ref": "gitlab:events/1",
        },
        {
            "id": 2,
            "project_id": 77,
            "action_name": "commented on",
            "note_id": 32,
            "noteable_type": "Issue",
            "noteable_iid": 1,
            "noteable_id": 901,
            "author_login": "bob",
            "created_at": moment("1T09:00"),
            "_observed_at": READ_AT,
            "_record_ref": "gitlab:events/2",
        },
        {
            "id": 3,
            "project_id": 77,
            "action_name": "commented on",
            "note_id": 33,
            "noteable_type": "Snippet",
            "author_login": "bob",
            "created_at": moment("1T09:00"),
            "_observed_at": READ_AT,
            "_record_ref": "g",
        },
        {
            "id": 4,
            "project_id": 77,
            "action_name": "approved",
            "target_type": "MergeRequest",
            "target_id": 901,
            "target_iid": 1,
            "author_login": "ann",
            "created_at": moment("2T10:00"),
            "_observed_at": READ_AT,
            "_record_ref": "gitlab:events/4",
        },
    ],
    "gitlab__releases": [
        {
            "project": "Acme/Kits/Kit",
            "tag_name": "v1",
            "released_at": moment("3T02:00"),
            "author_login": "ann",
            "_observed_at": READ_AT,
            "_record_ref": "gitlab:releases/v1",
        }
    ],
    "issue_snapshots__snapshots": [
        {
            "artifact_source": "GITHUB",
            "repository_name": "acme/site",
            "kind": "issue",
            "snapshot_at": moment(f"{day}T00:00"),
            "item_count": 2,
            "_record_ref": "s",
        }
        for day in (1, 2, 3, 4, 5)
    ],
    "issue_snapshots__versions": [
        version(1, 1, "h1"),
        version(2, 1, "h2", state="closed", closed_at=moment("1T00:00")),
        version(1, 2, "h3"),
        version(2, 2, "h4", updated_at=moment("1T20:00")),
        version(3, 4, "h5", created_at=moment("3T08:00")),
        version(1, 4, None),
        version(1, 5, "h3"),
    ],
    "loads": [
        {"load_id": "g", "connector": "gitlab", "stream": stream, "observed_at": READ_AT, "written": 1}
        for stream in ("issues", "merge_requests", "releases", "events")
    ],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> Iterator[World]:
    built = World(tmp_path_factory.mktemp("forge"), dbt_folder)
    built.fill(RAW)
    built.build(as_of=AS_OF)
    yield built


def events(world: World, name: str, kinds: str) -> list[tuple[Any, ...]]:
    return world.rows(f"""
        select e.event_type, strftime(e.time, '%-dT%H:%M'), u.user_name, e.basis
        from marts.events as e
        inner join marts.artifacts as a on a.artifact_id = e.to_artifact_id
        left join marts.users as u on u.user_id = e.from_artifact_id
        where a.artifact_name = '{name}' and e.event_type like '{kinds}'
        order by e.time, e.event_type
    """)


def test_what_archive_and_api_both_saw_counts_once_and_the_archive_tells_of_later(world: World) -> None:
    assert events(world, "tool", "ISSUE_%") == [
        ("ISSUE_OPENED", "1T05:00", "ann", "api"),
        ("ISSUE_COMMENT", "1T05:30", "ann", "api"),
        ("ISSUE_COMMENT", "1T06:00", "bob", "api"),
        ("ISSUE_CLOSED", "2T05:00", "bob", "api"),
        ("ISSUE_REOPENED", "2T06:00", "ann", "api"),
        ("ISSUE_COMMENT", "2T09:00", "ann", "api"),
        ("ISSUE_CLOSED", "3T05:00", "ann", "api"),
        ("ISSUE_OPENED", "3T08:00", "bob", "api"),
        ("ISSUE_CLOSED", "4T05:59", None, "api"),
        ("ISSUE_OPENED", "5T05:00", "eve", "archive"),
    ]


def test_a_merge_belongs_to_the_author_and_closes_the_pull_request(world: World) -> None:
    assert events(world, "tool", "PULL_REQUEST_%") == [
        ("PULL_REQUEST_OPENED", "2T08:00", "bob", "api"),
        ("PULL_REQUEST_REVIEW", "2T08:30", "eve", "api"),
        ("PULL_REQUEST_REVIEW_COMMENT", "2T10:00", "ann", "api"),
        ("PULL_REQUEST_CLOSED", "3T09:00", "ann", "api"),
        ("PULL_REQUEST_MERGED", "3T09:00", "bob", "api"),
        ("PULL_REQUEST_REVIEW", "5T07:00", "bob", "archive"),
    ]


def test_the_same_happening_has_the_same_id_from_both_sources(world: World) -> None:
    rows = world.rows("select event_id from marts.events where record_ref like '%#a5' or record_ref like '%#a9'")

    assert {row[0] for row in rows} == {
        entity_id("GITHUB", "ISSUE_OPENED", "509"),
        entity_id("GITHUB", "PULL_REQUEST_REVIEW", "702"),
    }


def test_releases_and_counts_come_from_the_api(world: World) -> None:
    assert events(world, "tool", "RELEASE%") == [("RELEASE_PUBLISHED", "3T10:00", "ann", "api")]
    rows = world.rows("""
        select event_type, strftime(time, '%-d'), amount, basis from marts.events
        where event_type like '%_COUNT' order by all
    """)
    assert rows == [
        ("FORK_COUNT", "4", 4.0, "api"),
        ("STAR_COUNT", "1", 3.0, "archive"),
        ("STAR_COUNT", "4", 12.0, "api"),
        ("WATCHER_COUNT", "4", 2.0, "api"),
    ]


def coverage(world: World, name: str, kind: str) -> list[tuple[Any, ...]]:
    return world.rows(f"""
        select strftime(c.start_date, '%-d'), strftime(c.end_date, '%-d'), c.state, c.basis
        from marts.coverage as c
        inner join marts.artifacts as a using (artifact_id)
        where a.artifact_name = '{name}' and c.event_type = '{kind}'
        order by c.start_date
    """)


def test_days_that_the_api_tells_whole_are_known_though_the_archive_lacks_them(world: World) -> None:
    assert coverage(world, "tool", "ISSUE_REOPENED") == [
        ("1", "1", "zero", "api"),
        ("2", "2", "value", "api"),
        ("3", "3", "zero", "api"),
        ("4", "4", "unknown", "archive"),
        ("5", "5", "zero", "archive"),
        ("6", "6", "unknown", "archive"),
    ]


def test_a_group_of_gitlab_is_the_namespace_and_its_events_have_the_types_of_github(world: World) -> None:
    rows = world.rows("""
        select artifact_namespace, artifact_source_id, license, star_count
        from marts.repositories where artifact_name = 'kit'
    """)

    assert rows == [("acme/kits", "77", "mit", 5)]
    assert events(world, "kit", "%") == [
        ("ISSUE_OPENED", "1T01:00", "ann", "api"),
        ("PULL_REQUEST_OPENED", "1T01:00", "bob", "api"),
        ("ISSUE_COMMENT", "1T09:00", "bob", "api"),
        ("ISSUE_CLOSED", "2T01:00", "bob", "api"),
        ("PULL_REQUEST_REVIEW_COMMENT", "2T09:00", "ann", "api"),
        ("PULL_REQUEST_REVIEW", "2T10:00", "ann", "api"),
        ("PULL_REQUEST_CLOSED", "3T00:59", None, "api"),
        ("PULL_REQUEST_MERGED", "3T00:59", "bob", "api"),
        ("RELEASE_PUBLISHED", "3T02:00", "ann", "api"),
    ]
    assert coverage(world, "kit", "ISSUE_REOPENED") == [("1", "3", "zero", "api"), ("4", "6", "unknown", "api")]


def test_the_api_says_of_whom_a_repository_is_a_fork(world: World) -> None:
    sql = """
        select is_fork, parent_name, license, primary_language, star_count, fork_count, watcher_count
        from marts.repositories where artifact_name = 'tool'
    """

    assert world.rows(sql) == [(True, "origin/tool", "MIT", "Rust", 12, 4, 2)]


def test_lifecycles_go_from_opening_to_first_response_and_end(world: World) -> None:
    rows = world.rows("""
        select number, strftime(first_response_at, '%-dT%H:%M'), strftime(merged_at, '%-dT%H:%M'),
            strftime(first_closed_at, '%-dT%H:%M'), strftime(closed_at, '%-dT%H:%M'), reopen_count, state
        from lake.intermediate.int_item_lifecycles
        inner join lake.intermediate.int_artifacts on artifact_id = to_artifact_id
        where artifact_name = 'tool' order by number
    """)

    assert rows == [
        (1, "1T06:00", None, "2T05:00", "3T05:00", 1, "closed"),
        (2, None, None, "4T05:59", "4T05:59", 0, "closed"),
        (3, "2T08:30", "3T09:00", "3T09:00", "3T09:00", 0, "merged"),
    ]


def test_items_have_an_author_and_the_first_answer_of_another_person(world: World) -> None:
    rows = world.rows("""
        select number, item_kind, users.user_name, author_class, strftime(items.first_response_at, '%-dT%H:%M'),
            items.closed_at = lifecycles.closed_at
        from lake.intermediate.int_items as items
        inner join lake.intermediate.int_artifacts on artifact_id = to_artifact_id
        inner join lake.intermediate.int_item_lifecycles as lifecycles
            using (event_source, to_artifact_id, item_kind, number)
        left join lake.marts.users on users.user_id = items.author_id
        where artifact_name = 'tool' order by number
    """)

    assert rows == [
        (1, "issue", "ann", "person", "1T06:00", True),
        (2, "issue", "bob", "person", None, True),
        (3, "pull_request", "bob", "person", "2T08:30", True),
    ]


def changes(world: World, name: str) -> list[tuple[Any, ...]]:
    return world.rows(f"""
        select number, strftime(changed_at, '%-d'), change_type, is_closed, is_reopened, is_silent
        from lake.intermediate.int_issue_changes where artifact_name = '{name}' order by number, changed_at
    """)


def test_listings_tell_of_inserts_updates_reopenings_silence_deletions_and_returns(world: World) -> None:
    assert changes(world, "site") == [
        (1, "2", "update", False, False, True),
        (1, "4", "delete", False, False, False),
        (1, "5", "restore", False, False, False),
        (2, "2", "update", False, True, False),
        (3, "4", "insert", False, False, False),
    ]
    assert world.rows("select is_identical from lake.intermediate.int_issue_snapshots order by snapshot_at") == [
        (False,),
        (False,),
        (True,),
        (False,),
        (False,),
    ]


def test_histories_kept_over_syncs_tell_of_changes_and_deletions(world: World) -> None:
    assert changes(world, "tool") == [(2, "4", "update", True, False, False)]
    assert changes(world, "kit") == [(1, "2", "update", True, False, False), (3, "3", "delete", False, False, False)]


def test_changes_of_state_in_listings_are_events_where_no_api_was_asked(world: World) -> None:
    assert events(world, "site", "%") == [
        ("ISSUE_CLOSED", "1T00:00", None, "api"),
        ("ISSUE_OPENED", "1T00:00", "eve", "api"),
        ("ISSUE_OPENED", "1T00:00", "eve", "api"),
        ("ISSUE_REOPENED", "1T20:00", None, "api"),
        ("ISSUE_OPENED", "3T08:00", "eve", "api"),
    ]
