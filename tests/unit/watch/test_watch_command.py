"""The command as a person calls it, without anything being collected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from observer.cli import background
from observer.cli.main import cli

PACKAGE = "https://www.npmjs.com/package/kit"


def dry_run(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, object]:
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(cli, ["watch", "--dry-run", "--json", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_in_an_empty_folder_an_observatory_would_be_made_here_and_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = dry_run(tmp_path, monkeypatch, PACKAGE)

    assert (found["observatory"], found["is_new_observatory"]) == (str(tmp_path), True)
    assert found["files"] == ["projects/k/kit.yaml"]
    assert list(tmp_path.iterdir()) == []


def test_in_a_folder_with_files_it_gets_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "letter.txt").write_text("x")

    assert dry_run(tmp_path, monkeypatch, PACKAGE)["observatory"] == str(tmp_path / "observatory")


def test_the_demo_world_is_never_mixed_with_what_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "observer.toml").write_text('[data]\nfolder = "data"\n')
    (tmp_path / "data" / "demo").mkdir(parents=True)

    found = dry_run(tmp_path, monkeypatch, PACKAGE)

    settings = found["settings"]
    assert isinstance(settings, dict)
    assert settings["data"] == {"folder": "data/watched"}
    assert settings["demo"] == {"enabled": False}
    assert (tmp_path / "observer.toml").read_text() == '[data]\nfolder = "data"\n'


def test_a_run_that_is_gone_is_told_as_interrupted(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    values = {"pid": gone.pid, "started_at": "2026-11-01T00:00:00+00:00", "state": "running", "step": "build"}
    (tmp_path / "background.json").write_text(json.dumps(values))

    found = background.read(tmp_path)

    assert found is not None
    assert found.state == "interrupted"
    assert background.stop(tmp_path) is False


def test_a_process_that_is_no_run_of_ours_is_never_ended(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        values = {"pid": stranger.pid, "started_at": "2026-11-01T00:00:00+00:00", "state": "running"}
        (tmp_path / "background.json").write_text(json.dumps(values))

        assert background.stop(tmp_path) is False
        os.kill(stranger.pid, 0)
    finally:
        stranger.kill()
        stranger.wait()
