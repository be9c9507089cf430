"""The demo world as a whole: equal arguments give equal files, and interrupted work leaves nothing half."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from observer.directory.validate import validate
from observer.errors import ConfigError
from observer.testing.demo import DemoWorld, demo_config, generate

SMALL = {"end": date(2025, 10, 20), "days": 45, "scale": 0.02}


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    first = generate(tmp_path / "first", **SMALL)
    second = generate(tmp_path / "second", **SMALL)

    assert contents(first.paths.folder) == contents(second.paths.folder)
    assert first.answers == second.answers


def test_another_seed_gives_another_world_of_the_same_shape(tmp_path: Path) -> None:
    first = generate(tmp_path / "first", **SMALL)
    second = generate(tmp_path / "second", seed=8, **SMALL)

    assert first.answers["metrics"] != second.answers["metrics"]
    assert first.answers["projects"] == second.answers["projects"]


def test_several_days_in_a_file_change_no_answer(tmp_path: Path) -> None:
    days = generate(tmp_path / "days", days_a_file=1, **SMALL)
    weeks = generate(tmp_path / "weeks", days_a_file=7, **SMALL)

    assert days.answers["metrics"] == weeks.answers["metrics"]
    assert len(list(weeks.paths.archive.iterdir())) < len(list(days.paths.archive.iterdir())) / 3


def test_a_world_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    first = generate(tmp_path / "world", **SMALL)
    times = {path: path.stat().st_mtime_ns for path in first.paths.folder.rglob("*.gz")}

    again = generate(tmp_path / "world", **SMALL)

    assert {path: path.stat().st_mtime_ns for path in again.paths.folder.rglob("*.gz")} == times
    assert again.answers["metrics"] == first.answers["metrics"]
    assert again.counts == first.counts


def test_what_an_interrupted_start_left_is_replaced(tmp_path: Path) -> None:
    half = tmp_path / ".world.half"
    half.mkdir()
    (half / "leftover").write_text("half a world", encoding="utf-8")

    world = generate(tmp_path / "world", **SMALL)

    assert world.paths.answers.exists()
    assert not half.exists()


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear world", encoding="utf-8")

    with pytest.raises(ConfigError, match="no demo world"):
        generate(folder, **SMALL)

    assert (folder / "letter.txt").exists()


def test_the_directory_is_valid_and_every_entry_says_that_it_is_fictitious(world: DemoWorld) -> None:
    report = validate(world.paths.directory)

    assert not report.problems
    assert report.counts["projects"] == world.counts["projects"] == 24
    assert report.counts["collections"] == world.counts["collections"] == 5
    for path in world.paths.directory.rglob("*.yaml"):
        assert "Fictitious" in path.read_text(encoding="utf-8")


def test_the_config_names_the_folders_of_the_world(world: DemoWorld) -> None:
    config = demo_config(world.paths.folder)

    assert config["oss-directory"] == {"location": str(world.paths.directory)}
    assert config["github-archive"] == {"location": str(world.paths.archive)}
    assert config["git"] == {"url_rewrites": {"https://github.com/": f"{world.paths.git.as_uri()}/"}}
