"""Repositories behind a URL: served on this machine by git's own daemon, mirrored without blobs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import git_repositories
import pytest
from git_landing import Landing
from git_repositories import GitRepository

from observer.connectors.sources.git.command import Git, GitError, GitLimitError, Limits
from observer.errors import SourceError, TransientSourceError

Make = Callable[..., GitRepository]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs git daemon")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address under which `tmp_path / "repositories"` is served, partial clones allowed."""
    base = tmp_path / "repositories"
    base.mkdir(exist_ok=True)
    settings = tmp_path / "daemon.gitconfig"
    settings.write_text("[uploadpack]\n\tallowFilter = true\n[safe]\n\tdirectory = *\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    daemon = subprocess.Popen(
        ["git", "daemon", "--export-all", f"--base-path={base}", "--listen=127.0.0.1", f"--port={port}", str(base)],
        env={"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_GLOBAL": str(settings)},
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        _wait_for(port)
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(daemon.pid, 15)
        daemon.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.skip("git daemon does not start here")


@pytest.fixture
def remote(landing: Landing) -> Landing:
    landing.config |= {"allowed_protocols": ["git"], "allowed_hosts": ["127.0.0.1"]}
    return landing


@pytest.mark.parametrize(
    "build", [git_repositories.merges, git_repositories.kinds, git_repositories.tags], ids=lambda b: b.__name__
)
def test_a_mirror_gives_what_the_repository_itself_gives(
    build: Callable[[GitRepository], None], make: Make, served: str, remote: Landing, tmp_path: Path
) -> None:
    repository = make("r")
    build(repository)
    url = f"{served}/r.git"
    local = Landing(tmp_path / "local")

    remote.read(url)
    local.read(repository.path)

    assert not remote.quarantined
    for stream in ("commits", "file_changes", "refs", "line_counts"):
        ours = [{k: v for k, v in row.items() if k[:4] not in ("repo", "_rec")} for row in remote.rows(stream)]
        theirs = [{k: v for k, v in row.items() if k[:4] not in ("repo", "_rec")} for row in local.rows(stream)]
        assert ours == theirs


def test_a_mirror_holds_no_blob_before_lines_are_counted(make: Make, served: str, remote: Landing) -> None:
    repository = make("r")
    git_repositories.renames(repository)
    remote.config["line_counts"] = False

    remote.read(f"{served}/r.git")

    (mirror,) = Path(str(remote.config["mirrors_dir"])).glob("*/mirror.git")
    kinds = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"],
        cwd=mirror,
        capture_output=True,
        check=True,
    ).stdout.split()
    assert set(kinds) == {b"commit", b"tree"}


def test_forge_refs_are_listed_but_their_commits_are_not_read(make: Make, served: str, remote: Landing) -> None:
    repository = make("r")
    git_repositories.merges(repository)

    remote.read(f"{served}/r.git")

    kinds = {row["ref_name"]: row["ref_kind"] for row in remote.rows("refs")}
    assert kinds["refs/pull/8/head"] == "pull"
    assert repository.commits[-1] not in remote.commits()


def test_pushes_and_force_pushes_reach_a_mirror(make: Make, served: str, remote: Landing) -> None:
    repository = make("r")
    root = repository.commit({"a": b"1\n"})
    lost = repository.commit({"a": b"2\n"}, parents=[root])
    repository.point("refs/heads/topic", lost)
    remote.read(f"{served}/r.git")
    repository.drop("refs/heads/topic")
    repository.point("refs/heads/topic/deeper", root)
    kept = repository.commit({"a": b"3\n"}, parents=[root])

    remote.read(f"{served}/r.git")

    assert not remote.quarantined
    assert remote.commits()[kept]["is_on_default_branch"]
    assert not remote.commits()[lost]["is_on_default_branch"]
    assert remote.written == {"commits": 2, "file_changes": 1, "line_counts": 1, "refs": 3, "repositories": 1}
    assert remote.read(f"{served}/r.git") == 0


def test_one_repository_that_is_gone_stops_no_other(make: Make, served: str, remote: Landing) -> None:
    make("here").commit({"a": b"1\n"})

    remote.read(f"{served}/gone.git", f"{served}/here.git")

    assert [row["file"] for row in remote.quarantined] == [f"{served}/gone.git"]
    assert len(remote.commits()) == 1


def test_a_server_that_is_away_may_come_back(remote: Landing) -> None:
    with pytest.raises(TransientSourceError, match="none of 1 repositories"):
        remote.read("git://127.0.0.1:1/r.git")


def test_repositories_that_must_not_be_read_are_no_passing_fault(landing: Landing) -> None:
    with pytest.raises(SourceError) as error:
        landing.read("ext::sh -c true")

    assert not isinstance(error.value, TransientSourceError)


def test_a_mirror_that_grows_too_large_is_stopped(make: Make, served: str, remote: Landing) -> None:
    repository = make("r")
    repository.commit({f"{i}": os.urandom(200_000) for i in range(20)})
    repository.git("config", "uploadpack.allowFilter", "false")
    small = make("small")
    small.commit({"a": b"1\n"})
    remote.config["size_limit_bytes"] = 100_000

    remote.read(f"{served}/small.git", f"{served}/r.git")

    assert [(row["file"], "grew beyond" in row["reason"]) for row in remote.quarantined] == [(f"{served}/r.git", True)]
    assert len(remote.commits()) == 1
    assert len(list(Path(str(remote.config["mirrors_dir"])).glob("*/mirror.git"))) == 1


def test_a_server_that_never_answers_is_given_up() -> None:
    started = time.monotonic()

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"git://127.0.0.1:{silent.getsockname()[1]}/r.git"
        with pytest.raises(GitLimitError, match="longer than"):
            Git(protocols=("git",), limits=Limits(seconds=0.3)).run("ls-remote", "--", address)

    assert time.monotonic() - started < 5


def test_a_protocol_that_is_not_allowed_is_refused_by_git_too(tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    for address in (f"ext::touch {marker}", f"file://{tmp_path}", "https://127.0.0.1:1/x"):
        with pytest.raises(GitError, match="not allowed"):
            Git(protocols=("ssh",)).run("ls-remote", "--", address)

    assert not marker.exists()


def test_a_renamed_repository_takes_its_mirror_along(make: Make, served: str, remote: Landing, tmp_path: Path) -> None:
    repository = make("old")
    git_repositories.renames(repository)
    remote.read(f"{served}/old.git")
    before = {stream: len(remote.rows(stream)) for stream in remote.tables}
    packs = _packs(remote)
    repository.path.rename(repository.path.with_name("new.git"))
    remote.config["dropped"] = [f"{served}/old.git"]

    remote.read({"url": f"{served}/new.git", "former_urls": [f"{served}/old.git"]})

    assert packs and _packs(remote) == packs
    assert len(list(Path(str(remote.config["mirrors_dir"])).glob("*/mirror.git"))) == 1
    assert {stream: len(remote.rows(stream)) for stream in remote.tables} == before
    assert {row["repository_url"] for row in remote.rows("commits")} == {f"{served}/new.git"}
    assert "line_counts" not in remote.written
    assert list(remote.state[0]["global"]["shared_state"]["repositories"]) == [f"{served}/new.git"]


def _packs(landing: Landing) -> set[str]:
    folder = Path(str(landing.config["mirrors_dir"]))
    return {path.name for path in folder.glob("*/mirror.git/objects/pack/*.pack")}
