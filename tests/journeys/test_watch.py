"""`observer watch` on repositories served over HTTP: one command from nothing to pages whose numbers are git's."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from observer.cli import background
from observer.testing.git_server import GitServer
from tests.journeys.conftest import OBSERVER, Site, environment_of, free_port

FIRST_PAGE_SECONDS = 60
OCTOCAT = "583231+octocat@users.noreply.github.com"
REPOSITORIES: Mapping[str, tuple[list[str], list[str]]] = {
    "lantern": (
        ["ann@example.org", "bob@example.org", OCTOCAT, "octocat@users.noreply.github.com"],
        ["v1.0.0", "v1.1.0"],
    ),
    "reef": (["ann@example.org", "ann@example.org", "carol@example.net"], ["0.1", "nightly"]),
    "shoal": (["bob@example.org"], []),
}
VERSION = re.compile(r"v?\d+(\.\d+)+$")


@dataclass(frozen=True)
class Truth:
    """What git says about one repository."""

    commits: int
    authors: int
    releases: int


def git(*arguments: str, folder: Path, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **variables}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def make(folder: Path, emails: list[str], tags: list[str]) -> None:
    """A bare repository with one commit of each address, some weeks ago, and tags at its end."""
    folder.mkdir(parents=True)
    git("init", "--quiet", "--bare", "--initial-branch=main", folder=folder)
    tree = git("mktree", folder=folder).strip()
    commit = ""
    for day, email in enumerate(emails, 1):
        date = f"2026-10-{day:02}T12:00:00+02:00"
        people = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _person(email, date)}
        parent = ["-p", commit] if commit else []
        commit = git("commit-tree", tree, *parent, "-m", f"{folder.stem} {day}", folder=folder, **people).strip()
    git("update-ref", "refs/heads/main", commit, folder=folder)
    for tag in tags:
        git("tag", tag, commit, folder=folder)


def _person(email: str, date: str) -> list[tuple[str, str]]:
    return [("NAME", email.split("@")[0]), ("EMAIL", email), ("DATE", date)]


def truth(folder: Path) -> Truth:
    """Counts by git itself; the private addresses of one GitHub account are one author."""
    emails = git("log", "--format=%ae", "main", folder=folder).split()
    people = {re.sub(r"^(?:\d+\+)?(\w+)@users\.noreply\.github\.com$", r"\1", email) for email in emails}
    releases = [tag for tag in git("tag", folder=folder).split() if VERSION.match(tag)]
    return Truth(int(git("rev-list", "--count", "main", folder=folder)), len(people), len(releases))


@dataclass(frozen=True)
class Watched:
    """A watched and served observatory, and how long the first page took."""

    site: Site
    truths: Mapping[str, Truth]
    server: GitServer
    seconds: float


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """`observer watch URL URL URL` in an empty folder, as a person would call it."""
    repositories, folder = tmp_path_factory.mktemp("git"), tmp_path_factory.mktemp("observatory")
    for name, (emails, tags) in REPOSITORIES.items():
        make(repositories / "team" / f"{name}.git", emails, tags)
    port = free_port()
    environment = environment_of()
    with GitServer(repositories) as server:
        urls = [f"{server.url}/team/{name}.git" for name in REPOSITORIES]
        start = time.monotonic()
        command = [*OBSERVER, "watch", "--allow-private", "--port", str(port), "--collection", "mine", *urls]
        with (folder.parent / "watch.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        site = Site(folder, f"http://127.0.0.1:{port}", environment)
        try:
            seconds = _wait_for_page(site.url + "/project/lantern-team", process, start, folder.parent / "watch.log")
            yield Watched(site, {n: truth(repositories / "team" / f"{n}.git") for n in REPOSITORIES}, server, seconds)
        finally:
            background.stop(folder / ".observer")
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait_for_page(url: str, process: subprocess.Popen[bytes], start: float, log: Path) -> float:
    while time.monotonic() < start + 600:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                assert b"<h1" in answer.read()
                return time.monotonic() - start
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no page: {log.read_text()}")


@pytest.mark.slow
def test_one_command_ends_with_pages_whose_numbers_are_gits(watched: Watched) -> None:
    for name, expected in watched.truths.items():
        body = watched.site.json(f"/project/{name}-team.json")["data"]
        found = {m["metric"]: m for m in body["key_metrics"] if m["grain"] == "all"}  # type: ignore[index]
        assert Truth(*(found[m]["amount"] or 0 for m in ("commits", "contributors", "releases"))) == expected, name
        assert {found[metric]["state"] for metric in ("commits", "releases")} <= {"value", "zero"}


@pytest.mark.slow
def test_only_what_is_watched_is_shown(watched: Watched) -> None:
    items = watched.site.json("/explore.json")["data"]["items"]  # type: ignore[index]

    assert sorted(item["entity"]["name"] for item in items) == ["lantern-team", "reef-team", "shoal-team"]
    assert b"reef" in watched.site.get("/collection/mine")


@pytest.mark.slow
def test_the_rest_is_filled_in_behind_the_pages(watched: Watched) -> None:
    found = background.read(watched.site.folder / ".observer")

    assert found is not None
    assert found.state in ("running", "done")


@pytest.mark.slow
def test_the_first_page_stands_within_a_minute(watched: Watched) -> None:
    # A machine that has other things to do at the same time is given as much longer.
    waiting = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert watched.seconds < FIRST_PAGE_SECONDS * waiting
