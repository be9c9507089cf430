from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable

import pytest
from archive_records import LOCAL, Reading, old_push, push

from observer.connectors.sources.github_archive import people

Read = Callable[..., Reading]


def test_an_event_that_comes_twice_is_one_event_and_its_last_version_wins(read: Read) -> None:
    first, other, second = push(1), push(2), push(1)
    second["payload"]["size"] = 3

    reading = read([first, other, second])

    assert reading.events("event_id, push_size, occurrences, line") == [
        ("2489368002", 1, 1, 2),
        ("2489368001", 3, 2, 3),
    ]
    assert (reading.outcome.loaded, reading.outcome.duplicates) == (2, 1)


def test_one_id_on_two_repositories_is_two_events(read: Read) -> None:
    assert read([push(1), push(1, repo={"id": 9, "name": "other/other"})]).outcome.loaded == 2


def test_identical_lines_of_the_timeline_are_one_event(read: Read) -> None:
    reading = read([old_push(1), old_push(1), old_push(2)])

    assert (reading.outcome.loaded, reading.outcome.duplicates) == (2, 1)


def test_different_records_of_the_same_second_stay_apart(read: Read) -> None:
    one = old_push(1, type="IssueCommentEvent", payload={"issue_id": 1, "comment_id": 77})
    two = old_push(1, type="IssueCommentEvent", payload={"issue_id": 1, "comment_id": 78})

    assert read([one, two]).outcome.loaded == 2


@pytest.mark.parametrize("make", [push, old_push])
def test_another_form_of_the_address_gives_the_same_rows(read: Read, make: Callable[..., dict[str, object]]) -> None:
    hashed = hashlib.sha1(b"ann.smith").hexdigest()
    columns = "* exclude (file_sha256)"

    plain, restated = read([make(1, email="ann.smith@example.org")]), read([make(1, email=f"{hashed}@example.org")])

    assert plain.events(columns) == restated.events(columns)
    assert plain.commits(columns) == restated.commits(columns)


def test_a_key_does_not_depend_on_the_file(read: Read) -> None:
    one = read([push(1), old_push(2)], "2015-01-01-0.json.gz").events("event_key")
    two = read([old_push(2), b"", push(1)], "2015-01-01-1.json.gz").events("event_key")

    assert sorted(one) == sorted(two)


def test_every_row_points_at_its_line(read: Read) -> None:
    reading = read([b"", push(1), push(2)])

    assert reading.events("file_name, line, _record_ref") == [
        ("2015-01-01-0.json.gz", 2, "github-archive:2015-01-01-0.json.gz#L2"),
        ("2015-01-01-0.json.gz", 3, "github-archive:2015-01-01-0.json.gz#L3"),
    ]
    assert reading.events("distinct file_sha256")[0][0] == reading.outcome.sha256


@pytest.mark.parametrize(
    ("email", "expected_hash", "domain"),
    [
        (f"{LOCAL}@example.org", LOCAL, "example.org"),
        (LOCAL, LOCAL, None),
        ("ann@example.org", hashlib.sha1(b"ann").hexdigest(), "example.org"),
        ("ann", hashlib.sha1(b"ann").hexdigest(), None),
        ("a@b@example.org", hashlib.sha1(b"a@b").hexdigest(), "example.org"),
        (" <ann@example.org> ", hashlib.sha1(b"ann").hexdigest(), "example.org"),
        ("ann@", hashlib.sha1(b"ann").hexdigest(), None),
        (LOCAL.upper() + "@x.org", hashlib.sha1(LOCAL.upper().encode()).hexdigest(), "x.org"),
    ],
)
def test_local_parts_are_hashed_once(read: Read, email: str, expected_hash: str, domain: str | None) -> None:
    reading = read([push(1, email=email)])

    assert reading.commits("author_email_hash, author_email_domain") == [(expected_hash, domain)]


def test_an_address_written_as_name_or_branch_loses_its_local_part(read: Read) -> None:
    record = push(1)
    record["payload"]["commits"][0]["author"]["name"] = "Ann ann.smith@example.org"
    record["payload"]["ref"] = "refs/heads/ann@example.org"
    version = push(2)
    version["payload"]["ref"] = "refs/heads/package@1.2.3-beta.rc"

    reading = read([record, version])

    assert reading.commits("author_name")[0] == ("Ann @example.org",)
    assert reading.events("ref") == [("@example.org",), ("refs/heads/package@1.2.3-beta.rc",)]


def test_what_is_quarantined_shows_no_address(read: Read) -> None:
    broken = b'{"id":"1","email":"ann.smith@example.org","name":"ann@exa'

    (rejected,) = read([push(1), broken]).outcome.rejected

    assert "ann" not in rejected.excerpt.replace(people.hash_local("ann"), "").replace('"name"', "")
    assert f"{people.hash_local('ann.smith')}@example.org" in rejected.excerpt


def test_reading_the_same_bytes_gives_the_same_file(read: Read) -> None:
    records = [push(number) for number in range(50)] + [b"broken", push(3)]
    content = gzip.compress(b"", mtime=0)

    one, two = read(records).events(), read(records).events()

    assert one == two
    assert read(content, is_packed=True).events() == []
