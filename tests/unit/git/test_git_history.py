"""What the source says of a repository is what git says of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import git_repositories
import pytest
from git_landing import Landing
from git_repositories import GitRepository

Make = Callable[..., GitRepository]
ALL_REFS = ("--branches", "--tags")


@dataclass(frozen=True)
class Read:
    """A repository and what the source made of it."""

    repository: GitRepository
    landing: Landing


@pytest.fixture(scope="module", params=git_repositories.ALL, ids=lambda build: build.__name__)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("git")
    repository = GitRepository(folder / "repository.git")
    request.param(repository)
    landing = Landing(folder / "work")
    landing.read(repository.path)
    return Read(repository, landing)


def _hash(email: str) -> str:
    return hashlib.sha1(email.partition("@")[0].encode()).hexdigest()


def _numstat(repository: GitRepository, *revisions: str) -> dict[tuple[str, bytes], tuple[bytes, bytes]]:
    said = repository.git("log", "--numstat", "-z", "--no-renames", "--format=%x00%x00%H", *revisions)
    found = {}
    for part in said.split(b"\0\0\0")[0:]:
        commit, _, rest = part.lstrip(b"\0").partition(b"\0")
        for line in rest.lstrip(b"\n").split(b"\0"):
            if line.strip(b"\n"):
                added, deleted, path = line.lstrip(b"\n").split(b"\t", 2)
                found[commit.decode(), path] = (added, deleted)
    return found


def test_commits_and_their_places_are_gits(done: Read) -> None:
    built, landing = done.repository, done.landing

    commits = landing.commits()
    assert set(commits) == set(built.lines("rev-list", *ALL_REFS))
    on_branch = {row["commit_id"] for row in commits.values() if row["is_on_default_branch"]}
    assert on_branch == set(built.lines("rev-list", "HEAD"))
    first_parent = {row["commit_id"] for row in commits.values() if row["is_on_first_parent"]}
    assert first_parent == set(built.lines("rev-list", "--first-parent", "HEAD"))
    (repository,) = landing.rows("repositories")
    assert repository["commit_count"] == int(built.lines("rev-list", "--count", "HEAD")[0])
    assert repository["head_commit_id"] == built.lines("rev-parse", "HEAD")[0]
    assert repository["default_branch"] == "main"


def test_trees_parents_and_names_are_gits(done: Read) -> None:
    built, landing = done.repository, done.landing

    form = "--format=%H%x00%T%x00%P%x00%an%x00%cn%x00%s"
    said = built.git("-c", "i18n.logOutputEncoding=UTF-8", "log", *ALL_REFS, form).decode("utf-8", "replace")
    for line in said.split("\n")[:-1]:
        commit_id, tree, parents, author, committer, subject = line.split("\0")
        row = landing.commits()[commit_id]
        assert row["tree_id"] == tree
        assert row["parent_ids"] == parents.split()
        assert row["parent_count"] == len(parents.split())
        assert (row["author_name"], row["committer_name"]) == (author, committer)
        assert row["subject_length"] == len(subject)


def test_authors_are_those_of_shortlog(done: Read) -> None:
    built, landing = done.repository, done.landing

    rows = [row for row in landing.commits().values() if row["is_on_default_branch"]]
    ours = Counter((row["author_name"], row["author_email_hash"], row["author_email_domain"]) for row in rows)
    said = built.git("-c", "i18n.logOutputEncoding=UTF-8", "shortlog", "-sne", "HEAD").decode("utf-8", "replace")
    theirs: Counter[tuple[str, str, str]] = Counter()
    for line in said.splitlines():
        number, who = line.strip().split("\t")
        name, _, email = who.rstrip(">").rpartition("<")
        theirs[name.strip(), _hash(email), email.partition("@")[2]] += int(number)
    assert ours == theirs


def test_file_changes_are_those_of_raw_log(done: Read) -> None:
    built, landing = done.repository, done.landing

    theirs = set()
    for commit_id in built.lines("rev-list", "--no-merges", *ALL_REFS):
        said = built.git("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--no-renames", commit_id)
        tokens = said.split(b"\0")[:-1]
        for header, path in zip(tokens[::2], tokens[1::2], strict=True):
            name = path.decode("utf-8", "backslashreplace")
            theirs.add((commit_id, name, *header.decode().removeprefix(":").split(" ")))
    ours = {
        (r["commit_id"], r["path"], r["old_mode"], r["new_mode"], r["old_blob_id"], r["new_blob_id"], r["status"])
        for r in landing.rows("file_changes")
    }
    assert ours == theirs


def test_line_counts_are_those_of_numstat(done: Read) -> None:
    built, landing = done.repository, done.landing

    ours = {}
    counts = {(row["old_blob_id"], row["new_blob_id"]): row for row in landing.rows("line_counts")}
    for change in landing.rows("file_changes"):
        row = counts[change["old_blob_id"], change["new_blob_id"]]
        key = change["commit_id"], change["path"]
        assert row["is_binary"] == (row["additions"] is None) == (row["deletions"] is None)
        ours[key] = (b"-", b"-") if row["is_binary"] else (b"%d" % row["additions"], b"%d" % row["deletions"])
    theirs = _numstat(built, *ALL_REFS)
    assert ours == {(c, p.decode("utf-8", "backslashreplace")): n for (c, p), n in theirs.items()}
    assert len(counts) == landing.written.get("line_counts", 0)


def test_refs_are_gits(done: Read) -> None:
    built, landing = done.repository, done.landing

    theirs = {}
    for line in built.lines("for-each-ref", "--format=%(refname) %(objectname) %(objecttype)"):
        name, object_id, kind = line.split(" ")
        theirs[name] = (built.lines("rev-parse", f"{object_id}^{{}}")[0], kind == "tag")
    ours = {row["ref_name"]: (row["commit_id"], row["is_annotated"]) for row in landing.rows("refs")}
    assert ours == theirs


def test_dates_are_gits_where_they_are_possible(done: Read) -> None:
    built, landing = done.repository, done.landing

    for line in built.lines("log", *ALL_REFS, "--format=%H %ct %cd", "--date=format:%z"):
        commit_id, seconds, _ = line.split(" ")
        row = landing.commits()[commit_id]
        assert row["committed_at"].replace(tzinfo=UTC) == datetime.fromtimestamp(int(seconds), UTC)


def test_a_repository_of_sha256_objects_is_read(make: Make, landing: Landing) -> None:
    repository = make(object_format="sha256")
    git_repositories.kinds(repository)
    git_repositories.tags(repository)

    landing.read(repository.path)

    assert set(landing.commits()) == set(repository.lines("rev-list", *ALL_REFS))
    assert len(next(iter(landing.commits()))) == 64
    numstat = _numstat(repository, *ALL_REFS)
    assert sum(int(n) for n, _ in numstat.values() if n != b"-") == sum(
        {(r["old_blob_id"], r["new_blob_id"]): r for r in landing.rows("line_counts")}[
            change["old_blob_id"], change["new_blob_id"]
        ]["additions"]
        or 0
        for change in landing.rows("file_changes")
    )


def test_an_empty_repository_is_a_repository(make: Make, landing: Landing) -> None:
    repository = make()

    landing.read(repository.path)

    (row,) = landing.rows("repositories")
    assert (row["is_empty"], row["commit_count"], row["head_commit_id"]) == (True, 0, None)
    assert not landing.quarantined
    assert landing.read(repository.path) == 0


def test_impossible_dates_stay_as_they_are_written(make: Make, landing: Landing) -> None:
    repository = make()
    git_repositories.odd_dates(repository)

    landing.read(repository.path)

    rows = [landing.commits()[commit_id] for commit_id in repository.commits[1:]]
    assert [row["authored_raw"] for row in rows] == [
        "4294967295 +0000",
        "-86400 +0000",
        "1600000000 +9900",
        "1600000000 -051800",
        "99999999999999999999 +0000",
        "0 +0000",
        "",
        "1600000000 +1400",
        "1600000000 -0330",
    ]
    assert [row["has_valid_date"] for row in rows] == [False] * 7 + [True] * 2
    assert [row["authored_at"] is None for row in rows] == [True] * 7 + [False] * 2
    assert [row["author_offset_minutes"] for row in rows[-2:]] == [840, -210]
    assert {row["committed_raw"] for row in rows} == {"1600000500 +0200"}
    assert {row["committer_offset_minutes"] for row in rows} == {120}


def test_broken_bytes_never_break_a_load(make: Make, landing: Landing) -> None:
    repository = make()
    git_repositories.mojibake(repository)

    landing.read(repository.path)

    rows = [landing.commits()[commit_id] for commit_id in repository.commits]
    assert [row["author_name"] for row in rows] == ["José", "Jos�", "", "名前"]
    assert {r["path"] for r in landing.rows("file_changes")} == {"a", "caf\\xe9", "caf\\xe8"}


def test_ways_of_merging_are_told_apart(make: Make, landing: Landing) -> None:
    for build in (git_repositories.merges, git_repositories.squash, git_repositories.rebase):
        repository = make(build.__name__)
        build(repository)
        landing.read(repository.path)
        kinds = [
            (landing.commits(repository.path)[commit_id]["merge_kind"],
             landing.commits(repository.path)[commit_id]["pull_request_number"])
            for commit_id in repository.lines("rev-list", "--reverse", "--first-parent", "HEAD")
        ]  # fmt: skip
        landing.state = []
        expected = {
            "merges": [(None, None), (None, None), ("merge", 7), (None, None)],
            "squash": [(None, None), ("squash", 1), ("squash", 2), (None, 3), ("squash", 44)],
            "rebase": [(None, None), ("rebase", None), ("rebase", None), (None, None)],
        }
        assert kinds == expected[build.__name__]


def test_people_are_hashed_and_accounts_recognised(make: Make, landing: Landing) -> None:
    repository = make()
    message = (
        "Work\n\nCo-authored-by: Ben <12+ben@users.noreply.github.com>\n"
        "co-authored-by: Ben <12+ben@users.noreply.github.com>\nCo-authored-by: Claude <noreply@anthropic.com>\n"
    )
    repository.commit(
        {"a": b"1"},
        author="Ada <583231+Ada-L@users.noreply.github.com>",
        committer="Ada <old-form@users.noreply.github.com>",
        message=message,
    )

    landing.read(repository.path)

    (row,) = landing.rows("commits")
    assert (row["author_account_id"], row["author_login"], row["committer_login"]) == (583231, "Ada-L", "old-form")
    assert row["author_email_hash"] == _hash("583231+Ada-L@")
    assert row["is_agent_assisted"]
    assert row["co_authors"] == [
        {
            "login": "ben",
            "account_id": 12,
            "email_hash": _hash("12+ben@"),
            "email_domain": "users.noreply.github.com",
            "name": "Ben",
        },
        {
            "login": None,
            "account_id": None,
            "email_hash": _hash("noreply@"),
            "email_domain": "anthropic.com",
            "name": "Claude",
        },
    ]
    text = str(landing.tables)
    assert "ada@example.org" not in text


def test_a_work_tree_and_a_linked_one_are_read_in_place(make: Make, landing: Landing) -> None:
    origin = make()
    git_repositories.merges(origin)
    checkout = origin.path.parent / "checkout"
    origin.git("clone", "--quiet", str(origin.path), str(checkout))
    linked = origin.path.parent / "linked"
    origin.git("-C", str(checkout), "worktree", "add", "--quiet", "--detach", str(linked))

    landing.read(checkout, linked)

    assert len(landing.commits(checkout)) == len(landing.commits(linked)) == 6
    assert not landing.quarantined


def test_what_is_referred_to_can_be_found(make: Make, landing: Landing) -> None:
    repository = make()
    made = repository.commit({"a": b"1"})

    landing.read(repository.path)

    assert landing.rows("commits")[0]["_record_ref"] == f"git+{repository.path}@{made}"
    assert landing.rows("file_changes")[0]["_record_ref"] == f"git+{repository.path}@{made}"
