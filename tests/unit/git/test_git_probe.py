"""What a probe tells of repositories that answer, and of those that do not; git's own server plays the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import git_repositories
import pytest
from git_repositories import GitRepository

from observer.connectors.sources.git.probe import Probe, probe
from observer.connectors.sources.git.source import GitSource
from observer.testing.git_server import GitServer

Make = Callable[..., GitRepository]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    folder = tmp_path / "repositories"
    folder.mkdir()
    with GitServer(folder) as running:
        yield running


def probed(tmp_path: Path, *urls: str, **config: object) -> list[Probe]:
    folders = {"mirrors_dir": str(tmp_path / "mirrors"), "staging_dir": str(tmp_path / "staging")}
    return list(probe({**folders, "repositories": [{"url": url} for url in urls], **config}))


def test_a_repository_that_answers_has_branches_and_tags_and_an_empty_one_has_none(
    server: GitServer, make: Make, tmp_path: Path
) -> None:
    git_repositories.tags(make("full"))
    make("empty")

    urls = [f"{server.url}/full.git", f"{server.url}/empty.git"]
    full, empty = probed(tmp_path, *urls, private_hosts=["127.0.0.1"])

    assert (full.fault, full.is_empty, empty.fault, empty.is_empty) == (None, False, None, True)
    assert full.branches and full.tags


def test_a_repository_that_wants_credentials_says_what_to_do(server: GitServer, make: Make, tmp_path: Path) -> None:
    make("secret")
    server.private.add("secret.git")

    (found,) = probed(tmp_path, f"{server.url}/secret.git", private_hosts=["127.0.0.1"])

    assert "Authentication failed" in (found.fault or "") or "could not read Username" in (found.fault or "")
    assert "git clone --mirror" in (found.hint or "") and "url_rewrites" in (found.hint or "")


def test_a_repository_that_is_not_there_says_so(server: GitServer, tmp_path: Path) -> None:
    (found,) = probed(tmp_path, f"{server.url}/nothing.git", private_hosts=["127.0.0.1"])

    assert "not found" in (found.fault or "")
    assert "check the address" in (found.hint or "")


def test_a_host_that_does_not_answer_says_so(tmp_path: Path) -> None:
    (found,) = probed(tmp_path, "http://127.0.0.1:9/a/b", private_hosts=["127.0.0.1"])

    assert "try again" in (found.hint or "")


def test_a_host_of_the_own_network_is_refused_unless_it_is_named(server: GitServer, make: Make, tmp_path: Path) -> None:
    git_repositories.tags(make("full"))

    (closed,) = probed(tmp_path, f"{server.url}/full.git", allowed_protocols=["http"])
    (other,) = probed(tmp_path, f"{server.url}/full.git", private_hosts=["10.0.0.1"], allowed_protocols=["http"])

    assert closed.fault == other.fault == "the host '127.0.0.1' is not allowed"
    assert len(server.asked) == 0


def test_the_forecast_holds_for_a_first_and_a_second_sync(server: GitServer, make: Make, tmp_path: Path) -> None:
    git_repositories.merges(make("r"))
    folders = {"mirrors_dir": str(tmp_path / "mirrors"), "staging_dir": str(tmp_path / "staging")}
    config = {**folders, "repositories": [{"url": f"{server.url}/r.git"}], "private_hosts": ["127.0.0.1"]}
    source = GitSource()
    catalog = {"streams": [{"stream": stream} for stream in source.discover(config)["streams"]]}  # type: ignore[attr-defined]

    first = source.forecast(config, {})
    (*_, last) = [m for m in source.read(config, catalog, []) if m["type"] == "STATE"]
    asked = len(server.asked)
    shared = last["state"]["global"]["shared_state"]  # type: ignore[index]
    second = source.forecast(config, {"": shared})
    list(source.read(config, catalog, [last]))

    assert (asked, len(server.asked) - asked) == (first.requests, second.requests)
    assert (first.summary, second.summary) == (
        "history of 1 new repository, line counts",
        "what is new in 1, line counts",
    )
