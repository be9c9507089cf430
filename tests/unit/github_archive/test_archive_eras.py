from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from archive_records import LOCAL, Reading, event, old_push, push, slim_push

Read = Callable[..., Reading]


def test_a_push_of_the_events_era_has_size_and_commits(read: Read) -> None:
    reading = read([push(1)])

    assert reading.events("type, era, event_id, actor_id, actor_login, repository_id, repository_name, ref") == [
        ("PushEvent", "events", "2489368001", 101, "person1", 201, "owner/repository1", "refs/heads/main")
    ]
    assert reading.events("push_size, push_distinct_size, push_head, push_before, subject_id") == [
        (1, 1, f"{1:040x}", f"{2:040x}", 501)
    ]
    assert reading.commits("position, commit_id, author_name, author_email_hash, author_email_domain, is_distinct") == [
        (1, f"{1:040x}", "Ann", LOCAL, "example.org", True)
    ]


def test_a_push_without_commits_has_an_unknown_size_and_not_zero(read: Read) -> None:
    reading = read([slim_push()], "2025-11-01-10.json.gz")

    assert reading.events("era, push_size, push_distinct_size, push_head") == [("slim", None, None, "a" * 40)]
    assert reading.commits() == []
    assert reading.outcome.rejected == []


def test_a_push_of_no_commits_has_size_zero(read: Read) -> None:
    record = push(1)
    record["payload"] |= {"size": 0, "distinct_size": 0, "commits": []}

    assert read([record]).events("era, push_size, push_distinct_size") == [("events", 0, 0)]


def test_a_push_of_the_timeline_is_bucketed_in_utc(read: Read) -> None:
    reading = read([old_push(1)], "2013-10-10-0.json.gz")

    assert reading.events("era, event_id, created_at, actor_id, actor_login, repository_id, repository_name") == [
        ("timeline", None, datetime(2013, 10, 10, 7, 1, 54), None, "person1", 301, "owner/repository")
    ]
    assert reading.events("push_size, push_distinct_size, stargazers_count, forks_count") == [(1, None, 3, 2)]
    assert reading.commits("commit_id, author_name, author_email_hash, author_email_domain, is_distinct") == [
        (f"{1:040x}", "Ann", LOCAL, "example.org", True)
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2012/03/10 22:00:00 -0800", datetime(2012, 3, 11, 6)),
        ("2012-03-10T22:00:00-08:00", datetime(2012, 3, 11, 6)),
        ("2012-07-01T01:02:03Z", datetime(2012, 7, 1, 1, 2, 3)),
        ("2015-02-01T00:00:00.00001Z", datetime(2015, 2, 1, 0, 0, 0, 10)),
    ],
)
def test_every_form_of_time_becomes_utc(read: Read, written: str, expected: datetime) -> None:
    assert read([old_push(1, created_at=written)]).events("created_at") == [(expected,)]


def test_the_timeline_knows_events_without_repository_and_without_actor(read: Read) -> None:
    gist = {
        "created_at": "2013-10-10T00:02:10-07:00",
        "payload": {"id": 6914194, "action": "create"},
        "type": "GistEvent",
        "url": "https://gist.github.com/6914194",
        "actor": None,
    }
    follow = {
        "created_at": "2013-10-10T00:02:56-07:00",
        "payload": {"target": {"id": 27786, "login": "someone"}},
        "type": "FollowEvent",
        "actor": "person",
    }

    columns = "type, actor_login, repository_name, subject_id, subject_actor_login"
    assert read([gist, follow]).events(columns) == [
        ("GistEvent", None, None, 6914194, None),
        ("FollowEvent", "person", None, 27786, "someone"),
    ]


def test_old_issue_comment_and_fork_events_give_number_subject_and_forkee(read: Read) -> None:
    comment = old_push(1, type="IssueCommentEvent", payload={"issue_id": 1, "comment_id": 77})
    comment["url"] = "https://github.com/owner/repository/pull/593#issuecomment-77"
    issue = old_push(2, type="IssuesEvent", payload={"action": "opened", "issue": 20790498, "number": 206})
    fork = old_push(3, type="ForkEvent", payload={})
    fork["url"] = "https://github.com/person3/repository"

    rows = read([comment, issue, fork]).events("type, number, subject_id, is_pull_request, action, forkee_name")

    assert rows == [
        ("IssueCommentEvent", 593, 77, True, None, None),
        ("IssuesEvent", 206, 20790498, False, "opened", None),
        ("ForkEvent", None, None, None, None, "person3/repository"),
    ]


def _pull_request(**fields: Any) -> dict[str, Any]:
    user = {"id": 7, "login": "author"}
    return {"id": 70, "number": 4, "state": "closed", "user": user, "merged": False, "merged_at": None} | fields


@pytest.mark.parametrize(
    ("action", "pull_request", "created_at", "expected"),
    [
        (
            "closed",
            _pull_request(merged=True, merged_at="2015-01-01T00:00:04Z", merge_commit_sha="c" * 40),
            "2015-01-01T00:00:05Z",
            ("events", True, datetime(2015, 1, 1, 0, 0, 4), "c" * 40, "author"),
        ),
        (
            "closed",
            _pull_request(merge_commit_sha="c" * 40),
            "2015-01-01T00:00:05Z",
            ("events", False, None, None, "author"),
        ),
        (
            "opened",
            {"id": 70, "number": 4, "head": {}, "base": {}},
            "2025-11-01T00:00:05Z",
            ("slim", False, None, None, None),
        ),
        (
            "merged",
            {"id": 70, "number": 4, "head": {}, "base": {}},
            "2025-11-01T00:00:05Z",
            ("slim", True, None, None, None),
        ),
        (
            "closed",
            {"id": 70, "number": 4, "head": {}, "base": {}},
            "2025-11-01T00:00:05Z",
            ("slim", None, None, None, None),
        ),
    ],
    ids=["merged", "not merged", "slim opened", "slim merged", "slim closed is unknown"],
)
def test_a_pull_request_is_merged_not_merged_or_unknown(
    read: Read, action: str, pull_request: dict[str, Any], created_at: str, expected: tuple[object, ...]
) -> None:
    payload = {"action": action, "number": 4, "pull_request": pull_request}
    reading = read([event("PullRequestEvent", payload, created_at=created_at)])

    assert reading.events("era, is_merged, merged_at, merge_commit_id, subject_actor_login") == [expected]
    assert reading.events("action, number, subject_id, is_pull_request") == [(action, 4, 70, True)]


def test_a_comment_names_its_author_and_whether_it_is_on_a_pull_request(read: Read) -> None:
    payload = {
        "action": "created",
        "issue": {"id": 1, "number": 5, "user": {"id": 1, "login": "opener"}, "pull_request": {}},
        "comment": {"id": 9, "user": {"id": 2, "login": "commenter"}, "author_association": "MEMBER"},
    }
    plain = {**payload, "issue": {"id": 1, "number": 6, "user": {"id": 1, "login": "opener"}}}

    reading = read([event("IssueCommentEvent", payload), event("IssueCommentEvent", plain, number=2)])

    assert reading.events("number, is_pull_request, subject_id, subject_actor_login, author_association") == [
        (5, True, 9, "commenter", "MEMBER"),
        (6, False, 9, "commenter", "MEMBER"),
    ]


def test_releases_forks_and_branches_keep_what_they_say(read: Read) -> None:
    release = event("ReleaseEvent", {"action": "published", "release": {"id": 3, "tag_name": "v1.0.0"}})
    forkee = {"id": 8, "full_name": "other/repository", "owner": {"id": 2, "login": "other"}}
    fork = event("ForkEvent", {"forkee": forkee}, number=2)
    branch = event("CreateEvent", {"ref": "x", "ref_type": "branch", "master_branch": "main"}, number=3)

    rows = read([release, fork, branch]).events("tag_name, forkee_id, forkee_name, ref, ref_type, default_branch")

    assert rows == [
        ("v1.0.0", None, None, None, None, None),
        (None, 8, "other/repository", None, None, None),
        (None, None, None, "x", "branch", "main"),
    ]


def test_a_file_may_hold_records_of_all_eras(read: Read) -> None:
    reading = read([push(1), old_push(2), slim_push(3), old_push(4)])

    assert reading.events("era") == [("events",), ("timeline",), ("slim",), ("timeline",)]
    assert reading.outcome.rejected == []
    assert len(reading.commits()) == 3
