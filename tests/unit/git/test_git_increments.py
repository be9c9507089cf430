"""Reading in steps ends with the same rows as reading once, and what has not changed costs nothing."""

from __future__ import annotations

import random
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from git_landing import Landing, Row
from git_repositories import BEN, GitRepository

Make = Callable[..., GitRepository]


class Pushes:
    """Random pushes to a repository: commits, merges, branches made and dropped, force pushes, tags, new HEADs."""

    def __init__(self, repository: GitRepository, seed: int) -> None:
        self.repository = repository
        self.draws = random.Random(seed)
        self.tips = {"main": repository.commit({"a": b"0\n"})}

    def push(self) -> None:
        for _ in range(self.draws.randint(1, 3)):
            action = self.draws.choice([self.commit, self.commit, self.merge, self.branch, self.force, self.drop])
            action()
        if self.draws.random() < 0.3:
            self.repository.point(f"refs/tags/t{self.draws.randint(0, 3)}", self.draws.choice(self.repository.commits))
        if self.draws.random() < 0.15:
            self.repository.git("symbolic-ref", "HEAD", f"refs/heads/{self.draws.choice(sorted(self.tips))}")

    def commit(self) -> None:
        name = self.draws.choice(sorted(self.tips))
        self.tips[name] = self._made([self.tips[name]], name)

    def merge(self) -> None:
        name = self.draws.choice(sorted(self.tips))
        parents = list(dict.fromkeys([self.tips[name], self.draws.choice(sorted(self.tips.values()))]))
        self.tips[name] = self._made(parents, name)

    def branch(self) -> None:
        name = f"b{self.draws.randint(0, 4)}"
        self.tips[name] = self._made([self.draws.choice(self.repository.commits)], name)

    def force(self) -> None:
        name = self.draws.choice(sorted(self.tips))
        parents = [self.draws.choice(self.repository.commits)] if self.draws.random() < 0.9 else []
        self.tips[name] = self._made(parents, name)

    def drop(self) -> None:
        if len(self.tips) > 1:
            name = self.draws.choice(sorted(self.tips))
            del self.tips[name]
            self.repository.drop(f"refs/heads/{name}")

    def _made(self, parents: list[str], branch: str) -> str:
        content = {f"f{self.draws.randint(0, 2)}": b"%d\n" % self.draws.randint(0, 9), "same": b"x\n"}
        return self.repository.commit(content, parents=parents, branch=branch, message=f"On {branch}")


def _assert_same(steps: Landing, whole: Landing, url: Path) -> None:
    once = whole.commits(url)
    reached = {row["commit_id"]: row for row in steps.rows("commits", url) if row["commit_id"] in once}
    assert reached == once
    left = [row for row in steps.rows("commits", url) if row["commit_id"] not in once]
    assert not any(row["is_on_default_branch"] or row["is_on_first_parent"] for row in left)
    assert steps.rows("repositories", url) == whole.rows("repositories", url)
    assert _by_key(steps.rows("refs", url), "ref_name", "commit_id") == _by_key(whole.rows("refs", url), "ref_name")
    for stream in ("file_changes", "line_counts"):
        for key, row in whole.tables[stream].items():
            assert _without_place(steps.tables[stream].get(key)) == _without_place(row)


def _without_place(row: Row | None) -> Row:
    """A row without the repository in which it was found first."""
    return {name: value for name, value in (row or {}).items() if name != "_record_ref"}


def _by_key(rows: list[Row], key: str, needed: str | None = None) -> dict[str, Row]:
    return {row[key]: row for row in rows if needed is None or row[needed] is not None}


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_pushes_read_in_steps_equals_one_full_read(seed: int, make: Make, tmp_path: Path) -> None:
    repository = make()
    pushes = Pushes(repository, seed)
    steps = Landing(tmp_path / "steps")
    steps.read(repository.path)

    for round_ in range(6):
        pushes.push()
        steps.read(repository.path)
        if round_ % 2:
            whole = Landing(tmp_path / f"whole-{round_}")
            whole.read(repository.path)
            _assert_same(steps, whole, repository.path)
    assert not steps.quarantined


@pytest.mark.parametrize("seed", range(2))
def test_stops_between_pushes_change_nothing_in_the_end(seed: int, make: Make, tmp_path: Path) -> None:
    draws = random.Random(seed)
    repositories = [make(f"r{i}") for i in range(2)]
    pushes = [Pushes(repository, seed * 10 + i) for i, repository in enumerate(repositories)]
    urls = [repository.path for repository in repositories]
    steps = Landing(tmp_path / "steps")

    for _ in range(5):
        draws.choice(pushes).push()
        steps.read(*urls, stop_after=draws.randint(1, 12))
    steps.read(*urls)

    whole = Landing(tmp_path / "whole")
    whole.read(*urls)
    for url in urls:
        _assert_same(steps, whole, url)


def test_only_new_commits_are_read_again(make: Make, landing: Landing) -> None:
    repository = make()
    first = repository.commit({"a": b"1\n"})
    landing.read(repository.path)

    repository.commit({"a": b"2\n"}, parents=[first])
    landing.read(repository.path)

    assert landing.written == {"commits": 1, "file_changes": 1, "line_counts": 1, "refs": 1, "repositories": 1}


def test_a_force_push_takes_commits_off_the_default_branch(make: Make, landing: Landing) -> None:
    repository = make()
    root = repository.commit({"a": b"1\n"})
    lost = repository.commit({"a": b"2\n"}, parents=[root])
    landing.read(repository.path)

    kept = repository.commit({"a": b"3\n"}, parents=[root])
    landing.read(repository.path)

    commits = landing.commits()
    assert [commits[i]["is_on_default_branch"] for i in (root, lost, kept)] == [True, False, True]
    assert not commits[lost]["is_on_first_parent"]
    assert landing.rows("repositories")[0]["commit_count"] == 2
    assert landing.written["commits"] == 2


def test_a_head_that_is_gone_is_told(make: Make, landing: Landing) -> None:
    repository = make()
    root = repository.commit({"a": b"1\n"})
    repository.commit({"a": b"2\n"}, parents=[root])
    landing.read(repository.path)
    repository.commit({"a": b"3\n"}, parents=[root])
    repository.git("gc", "--prune=now", "--quiet")

    landing.read(repository.path)

    assert any("is gone" in line for line in landing.logs)
    assert landing.rows("repositories")[0]["commit_count"] == 2


def test_a_deleted_ref_keeps_a_row_without_a_commit(make: Make, landing: Landing) -> None:
    repository = make()
    made = repository.commit({"a": b"1\n"})
    repository.point("refs/tags/v1", made)
    landing.read(repository.path)

    repository.drop("refs/tags/v1")
    landing.read(repository.path)

    refs = {row["ref_name"]: row["commit_id"] for row in landing.rows("refs")}
    assert refs == {"refs/heads/main": made, "refs/tags/v1": None}


def test_a_new_default_branch_moves_the_marks(make: Make, landing: Landing) -> None:
    repository = make()
    root = repository.commit({"a": b"1\n"})
    on_main = repository.commit({"a": b"2\n"}, parents=[root])
    on_dev = repository.commit({"a": b"3\n"}, parents=[root], branch="dev")
    landing.read(repository.path)

    repository.git("symbolic-ref", "HEAD", "refs/heads/dev")
    landing.read(repository.path)

    commits = landing.commits()
    assert [commits[i]["is_on_default_branch"] for i in (root, on_main, on_dev)] == [True, False, True]
    assert landing.rows("repositories")[0]["default_branch"] == "dev"


def test_unchanged_repositories_write_nothing_and_cost_little(make: Make, landing: Landing) -> None:
    repositories = [make(f"r{i}") for i in range(5)]
    for repository in repositories:
        repository.commit({"a": b"1\n"})
    urls = [repository.path for repository in repositories]
    landing.read(*urls)

    before = _cpu_seconds()
    messages = landing.read(*urls)
    each = (_cpu_seconds() - before) / len(urls)

    assert messages == 0
    assert each < 0.02


def test_a_fork_brings_no_line_counts_again(make: Make, landing: Landing) -> None:
    origin = make("origin")
    at = origin.commit({"a": b"1\n"})
    for i in range(5):
        at = origin.commit({"a": b"%d\n" % i}, parents=[at])
    landing.read(origin.path)
    fork = make("fork")
    fork.git("fetch", "--quiet", str(origin.path), "refs/heads/main:refs/heads/main")
    fork.commit({"a": b"mine\n"}, parents=[at], author=BEN)

    landing.read(origin.path, fork.path)

    assert landing.written["commits"] == 7
    assert landing.written["line_counts"] == 1


def test_a_stop_at_any_message_loses_and_doubles_nothing(make: Make, tmp_path: Path) -> None:
    repositories = [make(f"r{i}") for i in range(3)]
    for number, repository in enumerate(repositories):
        Pushes(repository, number).push()
    urls = [repository.path for repository in repositories]
    whole = Landing(tmp_path / "whole")
    total = whole.read(*urls)

    for stop in range(1, total, 2):
        stopped = Landing(tmp_path / f"stop-{stop}")
        stopped.read(*urls, stop_after=stop)
        stopped.read(*urls)
        assert stopped.tables == whole.tables, stop


def test_a_lost_folder_of_mirrors_is_made_again(make: Make, landing: Landing, tmp_path: Path) -> None:
    repository = make()
    root = repository.commit({"a": b"1\n"})
    landing.read(repository.path)
    shutil.rmtree(tmp_path / "work" / "mirrors")
    repository.commit({"a": b"2\n"}, parents=[root])

    landing.read(repository.path)

    assert len(landing.commits()) == 2
    assert len(landing.rows("line_counts")) == 2


def test_a_stream_that_is_asked_for_later_is_read_from_the_start(make: Make, landing: Landing) -> None:
    repository = make()
    repository.commit({"a": b"1\n"})
    landing.read(repository.path, streams=["commits", "repositories"])
    assert not landing.rows("file_changes")
    assert not landing.rows("line_counts")

    landing.read(repository.path)

    assert landing.rows("file_changes")
    assert landing.rows("line_counts")


def test_line_counts_can_be_left_out_and_come_later(make: Make, landing: Landing) -> None:
    repository = make()
    repository.commit({"a": b"1\n"})
    landing.config["line_counts"] = False
    landing.read(repository.path)
    assert not landing.rows("line_counts")

    landing.config["line_counts"] = True
    landing.read(repository.path)

    assert landing.written == {"line_counts": 1}


def _cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
