"""The built wheel works outside of the checkout: init, check, demo."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds nothing but what the wheel unpacks to."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def observer(site: Path, folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(site), "OBSERVER_DEMO_DAYS": "45"}
    code = "import observer, sys; print(observer.__file__, file=sys.stderr); from observer.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(site) in done.stderr
    return done.stdout


def test_init_and_check_work_with_packaged_content(installed: Path, tmp_path: Path) -> None:
    observer(installed, tmp_path, "init", "mine")

    observer(installed, tmp_path / "mine", "check")

    assert "commits" in observer(installed, tmp_path / "mine", "metrics", "list")


@pytest.mark.slow
def test_the_demo_runs_to_a_release(installed: Path, tmp_path: Path) -> None:
    observer(installed, tmp_path, "demo", "--no-serve", "--scale", "0.05", "--end", "2026-11-15")

    rows = observer(installed, tmp_path / "observer-demo", "sql", "select count(*) as n from projects", "--csv")
    assert rows.split() == ["n", "24"]
