"""A repository cannot make the source run anything, nor read what is outside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import git_repositories
import pytest
from git_landing import Landing
from git_repositories import ADA, GitRepository

from observer.connectors.sources.git.command import CONFIGURATION, Git, GitError

Make = Callable[..., GitRepository]


def test_nothing_that_a_repository_configures_is_run(make: Make, landing: Landing, tmp_path: Path) -> None:
    repository = make()
    git_repositories.merges(repository)
    count = int(repository.lines("rev-list", "--count", "--branches")[0])
    marker = tmp_path / "marker"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    script.chmod(0o755)
    hooks = repository.path / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "pre-receive", "reference-transaction", "post-index-change", "proc-receive"):
        (hooks / hook).write_text(script.read_text())
        (hooks / hook).chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "core.askPass",
        "diff.external",
        "diff.x.command",
        "diff.x.textconv",
        "filter.x.smudge",
        "filter.x.clean",
        "gpg.program",
        "uploadpack.packObjectsHook",
        "credential.helper",
        "alias.log",
        "alias.ls-remote",
    ):
        repository.git("config", name, f"!{script}" if name.startswith("alias") else str(script))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "core.hooksPath", str(hooks))
    (repository.path / "info").mkdir(exist_ok=True)
    (repository.path / "info" / "attributes").write_text("* diff=x filter=x\n")

    landing.read(repository.path)

    assert not landing.quarantined
    assert len(landing.commits()) == count
    assert not marker.exists()


def test_attributes_do_not_change_what_is_counted(make: Make, landing: Landing) -> None:
    repository = make()
    repository.commit({".gitattributes": b"* -diff\n*.bin diff\n", "a.txt": b"1\n2\n"})
    checkout = repository.path.parent / "checkout"
    repository.git("clone", "--quiet", str(repository.path), str(checkout))

    landing.read(checkout)

    assert sorted(row["additions"] for row in landing.rows("line_counts")) == [2, 2]


def test_replaced_and_grafted_commits_do_not_change_history(make: Make, landing: Landing) -> None:
    repository = make()
    git_repositories.merges(repository)
    count = int(repository.lines("rev-list", "--count", "--branches")[0])
    head = repository.lines("rev-parse", "main")[0]
    repository.git("replace", "--graft", head)
    (repository.path / "info").mkdir(exist_ok=True)
    (repository.path / "info" / "grafts").write_text(f"{head}\n")

    landing.read(repository.path)

    assert len(landing.commits()) == count


def test_a_folder_inside_a_repository_is_not_that_repository(make: Make, landing: Landing) -> None:
    repository = make()
    repository.commit({"a": b"1\n"})
    inside = repository.path / "refs" / "inside"
    inside.mkdir()
    other = make("other")
    other.commit({"a": b"1\n"})

    landing.read(inside, other.path)

    assert [row["file"] for row in landing.quarantined] == [str(inside)]


def test_a_shallow_repository_is_refused(make: Make, landing: Landing) -> None:
    repository = make()
    at = repository.commit({"a": b"1\n"})
    repository.commit({"a": b"2\n"}, parents=[at])
    shallow = repository.path.parent / "shallow"
    repository.git("clone", "--quiet", "--bare", "--depth=1", f"file://{repository.path}", str(shallow))

    landing.read(shallow, repository.path)

    assert "shallow" in landing.quarantined[0]["reason"]
    assert len(landing.commits()) == 2


def test_a_damaged_repository_stops_no_other(make: Make, landing: Landing) -> None:
    broken = make("broken")
    at = broken.commit({"a": b"1\n"})
    (broken.path / "objects" / at[:2] / at[2:]).chmod(0o644)
    (broken.path / "objects" / at[:2] / at[2:]).write_bytes(b"not an object")
    whole = make("whole")
    whole.commit({"a": b"1\n"})

    landing.read(broken.path, whole.path)

    assert [row["file"] for row in landing.quarantined] == [str(broken.path)]
    assert len(landing.commits()) == 1
    assert not list(Path(str(landing.config["staging_dir"])).glob("*"))


def test_a_blob_that_is_missing_leaves_its_count_unknown(make: Make, landing: Landing) -> None:
    repository = make()
    at = repository.commit({"a": b"1\n", "b": b"kept\n"})
    blob = repository.lines("rev-parse", "HEAD:a")[0]
    repository.commit({"a": b"2\n", "b": b"kept\n"}, parents=[at])
    (repository.path / "objects" / blob[:2] / blob[2:]).unlink()

    landing.read(repository.path)

    assert len(landing.commits()) == 2
    assert [row["additions"] for row in landing.rows("line_counts")] == [1]
    assert any("2 changes cannot be counted" in line for line in landing.logs)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is capped on Linux")
def test_a_tree_that_names_itself_over_and_over_is_given_up(make: Make, landing: Landing) -> None:
    bomb = make("bomb")
    tree = bomb.tree({f"{i}": b"x" for i in range(10)})
    for _ in range(8):
        lines = "".join(f"040000 tree {tree}\t{i}\n" for i in range(10))
        tree = bomb.git("mktree", stdin=lines.encode()).decode().strip()
    raw = f"tree {tree}\nauthor {ADA} 1600000000 +0000\ncommitter {ADA} 1600000000 +0000\n\nx\n".encode()
    made = bomb.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw).decode().strip()
    bomb.point("refs/heads/main", made)
    whole = make("whole")
    whole.commit({"a": b"1\n"})
    landing.config["memory_limit_bytes"] = 64 << 20

    landing.read(bomb.path, whole.path)

    assert [row["file"] for row in landing.quarantined] == [str(bomb.path)]
    assert len(landing.commits()) == 1


def test_what_a_run_left_behind_is_removed_by_the_next(make: Make, landing: Landing) -> None:
    repository = make()
    repository.commit({"a": b"1\n"})
    staging = Path(str(landing.config["staging_dir"]))
    staging.mkdir(parents=True)
    (staging / "git-commits-x.parquet").write_bytes(b"half a file")
    (staging / "somebody-elses.parquet").write_bytes(b"")

    landing.read(repository.path)

    assert [file.name for file in staging.iterdir()] == ["somebody-elses.parquet"]


def test_the_configuration_of_user_and_machine_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / ".gitconfig"
    home.write_text("[user]\n\tname = me\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.pager")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "touch marker")

    said = Git(variables={"GIT_DIR": str(tmp_path)}).run("config", "--list", "--show-origin").decode()

    assert {line.split("\t")[0] for line in said.splitlines()} == {f"file:{CONFIGURATION}"}


def test_the_configuration_is_one_that_git_understands(make: Make, tmp_path: Path) -> None:
    repository = make()
    git_repositories.odd_dates(repository)
    git_repositories.kinds(repository)
    target = tmp_path / "target.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(target)], check=True)
    git = Git(protocols=("file",), variables={"GIT_DIR": str(target)})

    git.run("fetch", "--quiet", f"file://{repository.path}", "+refs/heads/*:refs/heads/*")

    assert git.run("rev-list", "--count", "--all").strip() == b"%d" % int(
        repository.lines("rev-list", "--count", "--all")[0]
    )


def test_a_tree_that_would_harm_a_checkout_is_not_fetched(make: Make, tmp_path: Path) -> None:
    repository = make()
    blob = repository.blob(b"[core]\n")
    inner = repository.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode()).decode().strip()
    raw = b"40000 .git\0" + bytes.fromhex(inner)
    outer = repository.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=raw).decode().strip()
    made = repository.git("commit-tree", outer, "-m", "x", **_person()).decode().strip()
    repository.point("refs/heads/main", made)
    target = tmp_path / "target.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(target)], check=True)

    with pytest.raises(GitError):
        Git(protocols=("file",), variables={"GIT_DIR": str(target)}).run(
            "fetch", "--quiet", f"file://{repository.path}", "+refs/heads/*:refs/heads/*"
        )


def _person() -> dict[str, str]:
    return {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"), ("DATE", "1600000000 +0000"))
    }
