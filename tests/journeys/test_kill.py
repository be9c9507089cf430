"""A run that is killed at any moment, and begun again, ends where an undisturbed one ends; readers notice nothing.

OBSERVER_KILLS sets how often it is killed (3 by default, 50 for a campaign).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from observer.testing.demo import demo_config, generate
from tests.journeys.conftest import END, OBSERVER, environment_of, free_port, observer, wait_for

KILLS = int(os.environ.get("OBSERVER_KILLS", "3"))
UNDISTURBED_EVERY = 5
"""Every killed run is followed by another; so often one of them is let through to its end."""
SEED = int(os.environ.get("OBSERVER_KILL_SEED", "11"))


@dataclass
class Reader(threading.Thread):
    """Asks the server all the time; notes every failure and every release that it saw."""

    url: str
    failures: list[str] = field(default_factory=list)
    releases: list[int] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self.ended.wait(0.05):
            self._ask()

    def _ask(self) -> None:
        self.asked += 1
        try:
            with urllib.request.urlopen(f"{self.url}/project/lanternfish.json", timeout=60) as answer:
                body = json.loads(answer.read())
        except (OSError, ValueError) as error:
            self.failures.append(repr(error))
            return
        if body["release"] not in self.releases:
            self.releases.append(body["release"])
        if not body["data"]["key_metrics"]:
            self.failures.append("an answer without numbers")


def lay_out(folder: Path, world: Path, *, archive: list[Path]) -> Path:
    """An observatory over a copy of the world that has only some of its archive files."""
    folder.mkdir()
    for part in ("directory", "git"):
        shutil.copytree(world / part, folder / "world" / part, symlinks=True)
    (folder / "world" / "archive").mkdir()
    for file in archive:
        shutil.copy2(file, folder / "world" / "archive" / file.name)
    config = demo_config(folder / "world")
    rewrites = config["git"]["url_rewrites"]
    assert isinstance(rewrites, dict)
    pairs = ", ".join(f'"{old}" = "{new}"' for old, new in rewrites.items())
    (folder / "observer.toml").write_text(
        f'[directory]\nlocation = "world/directory"\n[build]\nas_of = "{END}"\n[release]\nkeep = 3\n'
        f"[connectors.git]\nurl_rewrites = {{{pairs}}}\n"
        f'[connectors.github-archive]\nlocation = "{folder / "world" / "archive"}"\n'
    )
    return folder


def arrive(folder: Path, file: Path) -> None:
    """Puts one more file into the archive of an observatory."""
    shutil.copy2(file, folder / "world" / "archive" / file.name)


def tables(folder: Path, environment: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Row count and content hash of every published table, independent of the order of rows."""
    manifest = json.loads(observer(folder, "releases", "show", "--json", environment=environment).stdout)
    result = {}
    for table in manifest["tables"]:
        query = f"select count(*) as n, coalesce(bit_xor(hash(t)), 0) as h from {table['name']} as t"
        (row,) = json.loads(observer(folder, "sql", query, "--json", environment=environment).stdout)
        result[table["name"]] = (row["n"], str(row["h"]))
    return result


def kill_once(folder: Path, seconds: float, environment: Mapping[str, str]) -> bool:
    """Starts a run and kills its whole process after a while; whether it was still running."""
    process = subprocess.Popen(
        [*OBSERVER, "run"], cwd=folder, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


@pytest.mark.slow
def test_a_killed_run_begun_again_ends_where_an_undisturbed_one_ends(tmp_path: Path) -> None:
    world = generate(tmp_path / "world", end=date.fromisoformat(END), days=60, scale=0.05, days_a_file=1)
    archive = sorted(world.paths.archive.iterdir())
    quiet = lay_out(tmp_path / "quiet", world.paths.folder, archive=archive)
    environment = environment_of()
    observer(quiet, "run", environment=environment)
    expected = tables(quiet, environment)

    held_back = archive[-min(KILLS + 1, len(archive) - 1) :]
    disturbed = lay_out(tmp_path / "disturbed", world.paths.folder, archive=[f for f in archive if f not in held_back])
    observer(disturbed, "run", environment=environment)
    arrive(disturbed, held_back.pop())
    start = time.monotonic()
    observer(disturbed, "run", environment=environment)
    span = time.monotonic() - start
    port = free_port()
    server = subprocess.Popen([*OBSERVER, "serve", "--port", str(port)], cwd=disturbed, env=dict(environment))
    reader = Reader(f"http://127.0.0.1:{port}")
    chance, killed = random.Random(SEED), 0
    try:
        wait_for(reader.url, server)
        reader.start()
        for turn in range(1, KILLS + 1):
            if held_back:
                arrive(disturbed, held_back.pop())
            killed += kill_once(disturbed, chance.uniform(0.3, span), environment)
            if turn % UNDISTURBED_EVERY == 0:
                observer(disturbed, "run", environment=environment)
        observer(disturbed, "run", environment=environment)
    finally:
        reader.ended.set()
        reader.join(60)
        server.send_signal(signal.SIGINT)
        server.wait(30)

    found = tables(disturbed, environment)
    assert {name for name in expected if expected[name] != found.get(name)} == set()
    assert reader.failures == []
    assert reader.asked > KILLS
    assert reader.releases == sorted(reader.releases)
    assert killed >= KILLS // 3, f"only {killed} of {KILLS} runs were still running when killed"
