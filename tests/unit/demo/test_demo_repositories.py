"""The repositories of the demo world, as git itself sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from observer.testing.demo import DemoWorld
from observer.testing.demo.cast.plan import REPOSITORIES

Git = Callable[..., str]
Repositories = dict[str, dict[str, object]]
NAMES = [plan.name for plan in REPOSITORIES]


@pytest.mark.parametrize("name", NAMES)
def test_git_finds_what_the_answers_say(name: str, git: Git, repositories: Repositories) -> None:
    facts = repositories[name]

    git(name, "fsck", "--full", "--strict")

    assert git(name, "symbolic-ref", "HEAD").strip() == f"refs/heads/{facts['default_branch']}"
    branches = git(name, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    assert sorted(branches) == facts["branches"]
    assert sorted(git(name, "tag").split()) == facts["tags"]
    assert int(git(name, "rev-list", "--all", "--count")) == facts["commits_reachable"]
    if not facts["is_empty"]:
        assert git(name, "rev-parse", "HEAD").strip() == facts["head"]
        assert int(git(name, "rev-list", "--count", "HEAD")) == facts["commits_on_default_branch"]


def test_a_commit_counts_in_one_repository_only(world: DemoWorld, git: Git, repositories: Repositories) -> None:
    everywhere = {
        commit
        for name in NAMES
        if not repositories[name]["is_empty"]
        for commit in git(name, "rev-list", "HEAD").split()
    }

    assert sum(int(str(facts["commits_counted_here"])) for facts in repositories.values()) == len(everywhere)
    assert world.counts["commits_on_default_branches"] == len(everywhere)


def test_a_fork_and_a_mirror_share_commits_with_their_origin(git: Git, repositories: Repositories) -> None:
    for copy, origin in (
        ("demo-emberfork/engine", "demo-lanternfish/engine"),
        ("demo-mirrorlake/stone", "demo-quarry/stone"),
    ):
        shared = set(git(copy, "rev-list", "HEAD").split()) & set(git(origin, "rev-list", "HEAD").split())

        assert len(shared) == repositories[copy]["commits_counted_elsewhere"] > 0


def test_a_renamed_repository_answers_to_its_old_name(git: Git) -> None:
    assert git("demo-harborlight/lamp", "rev-parse", "HEAD") == git("demo-harborlight/beacon", "rev-parse", "HEAD")


def test_the_world_has_the_hard_cases(git: Git, repositories: Repositories) -> None:
    assert git("demo-lanternfish/engine", "rev-list", "--merges", "HEAD")
    assert git("demo-lanternfish/engine", "for-each-ref", "refs/pull")
    assert "(#" in git("demo-tidewater/tidewater", "log", "--format=%s")
    assert "Co-authored-by: " in git("demo-wavelength/wavelength", "log", "--format=%B")
    assert "\N{REPLACEMENT CHARACTER}" in git("demo-parrot/polyglot", "log", "--format=%an", "--encoding=UTF-8")
    assert "2106-02-07" in git("demo-timeslip/clock", "log", "--date=short-local", "--format=%cd")
    assert repositories["demo-timeslip/clock"]["undated_commits"] == 1
    assert repositories["demo-blank-slate/slate"]["is_empty"] is True
    assert {facts["default_branch"] for facts in repositories.values()} == {"main", "master", "trunk", "develop"}


def test_commits_and_tags_come_from_people_with_plain_and_private_addresses_and_from_robots(git: Git) -> None:
    emails = {line for name in NAMES[1:3] for line in git(name, "log", "--format=%ae", "HEAD").split()}

    assert any(email.endswith(".example") for email in emails)
    assert any("+" in email and email.endswith("@users.noreply.github.com") for email in emails)
    assert git("demo-clockwork-otter/otter", "log", "--format=%an").count("[bot]") >= 1
