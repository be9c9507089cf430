"""What `observer watch` would write and collect, decided without a warehouse; a local server plays GitHub and git."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.cli.observatory import Observatory
from observer.cli.watch_plan import WatchPlan, plan_watch
from observer.errors import ContentError
from observer.project import content_of
from observer.settings import read_settings
from observer.testing.git_server import GitServer
from observer.testing.upstream import Reply, Upstream

API = """[connectors.github]
enabled = false
api_url = "{url}"
transport = {{private_hosts = ["127.0.0.1"]}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    folder = tmp_path / "repositories"
    for name in ("tool", "kit"):
        path = folder / "acme" / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
        stream = b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 1\nx\n\n"
        subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input=stream, check=True)
    with GitServer(folder) as running:
        yield running


def observatory(tmp_path: Path, text: str = "") -> Observatory:
    folder = tmp_path / "observatory"
    folder.mkdir(exist_ok=True)
    (folder / "observer.toml").write_text(text)
    return Observatory(read_settings(folder / "observer.toml"), content_of(folder))


def plan(tmp_path: Path, *urls: str, text: str = "", **options: object) -> WatchPlan:
    return plan_watch(observatory(tmp_path, text), urls, **options)  # type: ignore[arg-type]


def test_a_repository_is_listed_and_git_collects_it(server: GitServer, tmp_path: Path) -> None:
    found = plan(tmp_path, f"{server.url}/acme/tool.git", allow_private=True)

    assert list(found.additions.files) == ["projects/t/tool-acme.yaml"]
    assert found.settings == {"connectors.git": {"enabled": True, "private_hosts": ["127.0.0.1"]}}
    assert [repository["url"] for repository in found.repositories] == [f"{server.url}/acme/tool.git"]
    assert [(name, forecast.requests) for name, forecast in found.forecasts] == [("git", 7)]


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_decided(server: GitServer, tmp_path: Path) -> None:
    server.private.add("acme/kit.git")
    urls = ["acme/tool", f"{server.url}/acme/nothing.git", f"{server.url}/acme/kit.git", f"{server.url}/acme/tool.git"]

    with pytest.raises(ContentError) as caught:
        plan(tmp_path, *urls, "http://example.org/a/b", allow_private=True)

    told = {problem.path: f"{problem.what}; {problem.hint}" for problem in caught.value.problems}
    assert len(told) == 4
    assert "did you mean https://github.com/acme/tool?" in told["acme/tool"]
    assert "check the address" in told[urls[1]]
    assert "git clone --mirror" in told[urls[2]]
    assert "write https://example.org/a/b" in told["http://example.org/a/b"]


def test_a_host_of_the_own_network_needs_to_be_allowed(server: GitServer, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="inside your own network; say --allow-private"):
        plan(tmp_path, f"{server.url}/acme/tool.git")
    text = '[connectors.git]\nprivate_hosts = ["127.0.0.1"]\n'
    assert plan(tmp_path, f"{server.url}/acme/tool.git", text=text).settings == {"connectors.git": {"enabled": True}}


def test_packages_enable_their_registries_and_cost_nothing_of_git(tmp_path: Path) -> None:
    urls = ("https://www.npmjs.com/package/kit", "https://crates.io/crates/kit", "mainnet:0x" + "ab" * 20)

    found = plan(tmp_path, *urls, project="kit", collection="mine")

    assert sorted(found.additions.files) == ["collections/mine.yaml", "projects/k/kit.yaml"]
    assert {"connectors.npm", "connectors.crates"} <= set(found.settings)
    assert found.repositories == ()


def test_an_organisation_is_listed_with_its_repositories_the_smallest_first(tmp_path: Path) -> None:
    rows = [
        {"full_name": "Acme/Large", "size": 90_000, "fork": False},
        {"full_name": "Acme/small", "size": 10, "fork": False},
        {"full_name": "Acme/copy", "size": 1, "fork": True},
    ]
    with Upstream({"/users/acme/repos": Reply(200, json.dumps(rows).encode())}) as github:
        text = API.format(url=github.url)
        found = plan(tmp_path, "https://github.com/Acme", text=text)

    (file,) = found.additions.files.values()
    assert file.count("- url:") == 3
    assert "https://github.com/acme/copy" not in file
    assert [repository["artifact_name"] for repository in found.repositories] == ["small", "large"]
    assert any("forks left out: 1" in note for note in found.notes)


def test_an_owner_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Upstream() as github:
        text = API.format(url=github.url)
        with pytest.raises(ContentError, match="there is no such owner on GitHub"):
            plan(tmp_path, "https://github.com/nobody", text=text)


def test_a_directory_elsewhere_gets_a_folder_beside_it(server: GitServer, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "projects" / "t").mkdir(parents=True)
    (source / "projects/t/tool.yaml").write_text(
        f"version: 7\nname: tool\ndisplay_name: Tool\ngit:\n  - url: {server.url}/acme/tool.git\n"
    )
    archive = tmp_path / "directory.tar.gz"
    subprocess.run(["tar", "-C", str(source), "-czf", str(archive), "projects"], check=True)
    text = f'[directory]\nlocation = "{archive}"\n[connectors.git]\nprivate_hosts = ["127.0.0.1"]\n'

    found = plan(tmp_path, f"{server.url}/acme/tool.git", f"{server.url}/acme/kit.git", text=text)

    assert list(found.additions.files) == ["projects/k/kit-acme.yaml"]
    assert found.additions.projects == ("tool", "kit-acme")
    assert found.settings["directory"] == {"extra": "directory"}
    assert any("is only read: entries go to directory/" in note for note in found.notes)
