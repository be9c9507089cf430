from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crafted_repository import CraftedRepository

from observer.directory.git import parse_git_location
from observer.directory.load import load_directory
from observer.directory.validate import validate
from observer.errors import ContentError, SourceError, TransientSourceError

Write = Callable[[Mapping[str, str]], Path]

SUFFIXES = (".tar.gz", ".tgz", ".tar.xz", ".tar", ".zip")


def make_archive(path: Path, files: Mapping[str, str], *, comment: str = "") -> Path:
    """An archive as git makes it: a comment with the commit id, one time for all members."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = comment.encode()
            for name, text in files.items():
                archive.writestr(name, text)
        return path
    mode = {".gz": "w:gz", ".tgz": "w:gz", ".xz": "w:xz", ".tar": "w"}[path.suffix]
    headers = {"comment": comment} if comment else {}
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT, pax_headers=headers) as tar:  # type: ignore[call-overload]
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(text.encode()), 1_715_040_000
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("prefix", ["", "data/", "./data/", "oss-directory-main/data/"])
def test_an_archive_gives_what_the_folder_gives(
    valid: dict[str, str], write: Write, tmp_path: Path, suffix: str, prefix: str
) -> None:
    if suffix == ".zip" and prefix.startswith("."):
        prefix = prefix.removeprefix("./")
    archive = make_archive(tmp_path / f"directory{suffix}", {prefix + path: text for path, text in valid.items()})

    assert load_directory(archive) == load_directory(write(valid))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_archive_by_git_keeps_its_commit(valid: dict[str, str], tmp_path: Path, suffix: str) -> None:
    archive = make_archive(tmp_path / f"directory{suffix}", valid, comment="c" * 40)

    revision = load_directory(archive).revision

    assert revision.commit_id == "c" * 40
    assert revision.label == "c" * 40
    assert revision.committed_at == (None if suffix == ".zip" else datetime(2024, 5, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    "name", ["../outside.yaml", "/etc/outside.yaml", "projects/../../x.yaml", "projects\\u\\x.yaml", "a/.git/config"]
)
@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_an_archive_with_a_path_that_leaves_it_is_refused(
    valid: dict[str, str], tmp_path: Path, suffix: str, name: str
) -> None:
    archive = make_archive(tmp_path / f"directory{suffix}", valid | {name: "x"})
    before = sorted(tmp_path.rglob("*"))

    report = validate(archive)

    assert {problem.code for problem in report.problems} == {"unsafe-path"}
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_an_archive_are_refused(valid: dict[str, str], tmp_path: Path, kind: bytes) -> None:
    archive = make_archive(tmp_path / "directory.tar", valid)
    with tarfile.open(archive, "a") as tar:
        member = tarfile.TarInfo("projects/s/secret.yaml")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)

    assert [(p.path, p.code) for p in validate(archive).problems] == [("projects/s/secret.yaml", "file-kind")]


def test_a_link_in_a_zip_is_refused(valid: dict[str, str], tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "directory.zip", valid)
    with zipfile.ZipFile(archive, "a") as zipped:
        member = zipfile.ZipInfo("projects/s/secret.yaml")
        member.external_attr = 0o120777 << 16
        zipped.writestr(member, "/etc/passwd")

    assert [p.code for p in validate(archive).problems] == ["file-kind"]


def test_the_same_path_twice_in_an_archive_is_refused(valid: dict[str, str], tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "directory.tar", valid)
    with tarfile.open(archive, "a") as tar:
        member = tarfile.TarInfo("projects/u/uniswap.yaml")
        tar.addfile(member)

    assert [p.code for p in validate(archive).problems] == ["unsafe-path"]


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_an_archive_bomb_is_stopped_early(valid: dict[str, str], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"directory{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for number in range(60):
                zipped.writestr(f"projects/a/a{number}.yaml", b"#" * 1_000_000)
    else:
        with gzip.open(path, "wb", compresslevel=9) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
            member = tarfile.TarInfo("logos/a/a.png")
            member.size = 300_000_000
            tar.addfile(member, io.BytesIO(bytes(300_000_000)))
    started = time.process_time()

    report = validate(path)

    assert {problem.code for problem in report.problems} == {"archive-bomb"}
    assert time.process_time() - started < 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_damaged_archive_is_one_problem(valid: dict[str, str], tmp_path: Path, suffix: str) -> None:
    archive = make_archive(tmp_path / f"directory{suffix}", valid)
    archive.write_bytes(archive.read_bytes()[:200])

    assert [p.code for p in validate(archive).problems] == ["archive-damaged"]


def test_a_large_file_in_an_archive_is_refused_without_being_read(valid: dict[str, str], tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "directory.tar.gz", valid | {"projects/b/big.yaml": "#" * 2_000_000})

    assert [(p.path, p.code) for p in validate(archive).problems] == [("projects/b/big.yaml", "too-large")]


# Git


def test_a_bare_repository_gives_its_commit_and_times(
    valid: dict[str, str], write: Write, repository: CraftedRepository
) -> None:
    commit_id = repository.commit(repository.nested({f"data/{path}": text for path, text in valid.items()}))

    directory = load_directory(repository.folder)

    assert directory.revision.commit_id == commit_id
    assert directory.revision.authored_at == datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)
    assert directory.revision.committed_at == datetime(2024, 5, 7, tzinfo=UTC)
    assert directory.projects == load_directory(write(valid)).projects


def test_a_url_names_a_branch_and_a_folder(valid: dict[str, str], repository: CraftedRepository) -> None:
    repository.commit(repository.nested(valid))
    other = {f"far/away/{path}": text.replace("Uniswap", "Unicorn") for path, text in valid.items()}
    commit_id = repository.commit(repository.nested(other), "next")
    url = repository.folder.as_uri()

    assert load_directory(f"git+{url}").projects[0].display_name == "Uniswap"
    directory = load_directory(f"{url}#next:far/away")
    assert directory.projects[0].display_name == "Unicorn"
    assert directory.revision.commit_id == commit_id


def test_a_work_tree_has_the_commit_until_it_differs(valid: dict[str, str], write: Write) -> None:
    folder = write(valid)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "content"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    marker = folder / "marker"
    subprocess.run([*git, "config", "core.fsmonitor", f"touch {marker}; false"], check=True)

    clean = load_directory(folder).revision
    (folder / "projects/y/yearn.yaml").write_text(valid["projects/y/yearn.yaml"] + "# changed\n")
    changed = load_directory(folder).revision

    assert clean.commit_id == head
    assert clean.committed_at is not None
    assert changed.commit_id is None
    assert changed.label.startswith("sha256-")
    assert clean.digest != changed.digest
    assert not marker.exists()


def test_hooks_and_configuration_of_the_machine_are_never_run(
    valid: dict[str, str], repository: CraftedRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "marker"
    repository.commit(repository.nested({**valid, ".gitattributes": "* filter=evil\n"}))
    for name in ("post-checkout", "reference-transaction", "pre-receive", "post-update"):
        hook = repository.folder / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
        hook.chmod(0o755)
    home = tmp_path / "evil-home"
    templates = home / "templates/hooks"
    templates.mkdir(parents=True)
    (templates / "reference-transaction").write_text(f"#!/bin/sh\ntouch {marker}\n")
    (templates / "reference-transaction").chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[init]\n templateDir = {home}/templates\n[filter "evil"]\n smudge = touch {marker}\n'
        f"[core]\n fsmonitor = touch {marker}\n[uploadpack]\n packObjectsHook = touch {marker}\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {marker}")

    load_directory(repository.folder)

    assert not marker.exists()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("120000", "symbolic link"), ("160000", "submodule"), ("100755", "executable file")],
)
def test_what_is_no_plain_file_in_a_commit_is_refused(
    valid: dict[str, str], repository: CraftedRepository, mode: str, kind: str
) -> None:
    target = repository.blob(b"/etc/passwd")
    if mode == "160000":
        target = repository.commit(repository.nested(valid), "submodule")
    repository.commit(repository.nested({**valid, "projects/s/secret.yaml": (mode, target)}))

    (problem,) = validate(repository.folder).problems

    assert (problem.path, problem.code) == ("projects/s/secret.yaml", "file-kind")
    assert kind in problem.what


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"a/b.yaml", b"", b"x\0y"[:1] + b"\x07.yaml"])
def test_a_tree_with_a_hostile_name_is_refused(
    valid: dict[str, str], repository: CraftedRepository, tmp_path: Path, name: bytes
) -> None:
    blob = repository.blob(valid["projects/u/uniswap.yaml"].encode())
    letter = repository.tree([("100644", name, blob)])
    projects = repository.tree([("40000", b"u", letter)])
    repository.commit(repository.tree([("40000", b"projects", projects)]))

    try:
        codes = {problem.code for problem in validate(repository.folder).problems}
    except SourceError:
        codes = {"refused by git"}

    assert codes & {"refused by git", "unsafe-path", "no-directory"}
    assert not (tmp_path / "b.yaml").exists()


def test_a_name_that_is_not_utf8_is_refused(valid: dict[str, str], repository: CraftedRepository) -> None:
    blob = repository.blob(valid["projects/u/uniswap.yaml"].encode())
    letter = repository.tree([("100644", b"uniswap.yaml", blob), ("100644", b"\xff.yaml", blob)])
    projects = repository.tree([("40000", b"u", letter)])
    repository.commit(repository.tree([("40000", b"projects", projects)]))

    report = validate(repository.folder)

    assert [problem.code for problem in report.problems] == ["unsafe-path"]
    assert all(str(problem).isprintable() for problem in report.problems)


def test_a_submodule_beside_the_content_is_not_fetched(valid: dict[str, str], repository: CraftedRepository) -> None:
    commit_id = repository.commit(repository.nested(valid), "submodule")
    modules = f'[submodule "x"]\n path = x\n url = {repository.folder}\n'
    repository.commit(repository.nested({**valid, ".gitmodules": modules, "x": ("160000", commit_id)}))

    assert len(load_directory(repository.folder).projects) == 2


def test_a_large_blob_is_refused_without_being_read(valid: dict[str, str], repository: CraftedRepository) -> None:
    repository.commit(repository.nested({**valid, "projects/b/big.yaml": "#" * 3_000_000}))

    assert [(p.path, p.code) for p in validate(repository.folder).problems] == [("projects/b/big.yaml", "too-large")]


def test_a_tree_that_names_itself_without_end_is_cut_off(valid: dict[str, str], repository: CraftedRepository) -> None:
    tree = repository.nested({f"{number}.yaml": "" for number in range(10)})
    for _ in range(11):
        tree = repository.tree([("40000", str(number).encode(), tree) for number in range(10)])
    repository.commit(repository.nested({**valid, "projects/z": ("40000", tree)}))

    assert [problem.code for problem in validate(repository.folder).problems] == ["too-large"]


def test_a_missing_branch_or_repository_is_an_error_of_the_source(
    valid: dict[str, str], repository: CraftedRepository, tmp_path: Path
) -> None:
    repository.commit(repository.nested(valid))

    for location in (f"{repository.folder.as_uri()}#nowhere", (tmp_path / "nothing.git").as_uri()):
        with pytest.raises(SourceError, match="git fetch failed") as caught:
            load_directory(location)
        assert not isinstance(caught.value, TransientSourceError)


def test_a_commit_without_a_directory_is_a_problem_of_the_content(repository: CraftedRepository) -> None:
    repository.commit(repository.nested({"README.md": "x"}))

    with pytest.raises(ContentError, match="no folder projects/"):
        load_directory(repository.folder)


@pytest.mark.parametrize(
    "location",
    ["ext::sh -c touch% /nowhere/x", "git://example.org/x.git", "http://example.org/x.git", "fd::7", "ftp://a.org/x"],
)
def test_other_transports_are_refused(location: str) -> None:
    with pytest.raises(SourceError, match="transport"):
        load_directory(location)


@pytest.mark.parametrize("location", ["file:///x#-x", "file:///x#--upload-pack=touch /nowhere/x"])
def test_a_revision_is_never_an_option(location: str) -> None:
    with pytest.raises(SourceError, match="dash"):
        load_directory(location)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://a.org/x.git", ("https://a.org/x.git", "HEAD", "", False)),
        ("git+https://a.org/x.git#main", ("https://a.org/x.git", "main", "", False)),
        ("https://a.org/x.git#v1:sub/folder/", ("https://a.org/x.git", "v1", "sub/folder", False)),
        ("https://a.org/x.git#:sub", ("https://a.org/x.git", "HEAD", "sub", False)),
        ("ssh://git@a.org/x.git", ("ssh://git@a.org/x.git", "HEAD", "", False)),
        ("git@a.org:o/x.git#main", ("git@a.org:o/x.git", "main", "", False)),
        ("file:///x.git", ("file:///x.git", "HEAD", "", True)),
    ],
)
def test_a_git_location_has_a_revision_and_a_folder(location: str, expected: tuple[str, str, str, bool]) -> None:
    found = parse_git_location(location)

    assert found is not None
    assert (found.url, found.ref, found.folder, found.is_local) == expected


@pytest.mark.parametrize("location", ["directory", "./a#b", "/a/b:c", "a.tar.gz", "C:\\x"])
def test_a_path_is_no_git_location(location: str) -> None:
    assert parse_git_location(location) is None


def test_a_network_that_fails_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    if os.environ.get("no_proxy"):
        monkeypatch.delenv("no_proxy")

    with pytest.raises(TransientSourceError):
        load_directory("https://example.invalid/x.git")
