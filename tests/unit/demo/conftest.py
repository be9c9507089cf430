"""One small demo world for all tests of this folder, and ways to read its raw files."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from observer.testing.demo import DemoWorld, generate

Record = dict[str, object]
# Ends five weeks after the payloads were cut, so that both forms are in the archive.
END = date(2025, 11, 15)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> DemoWorld:
    return generate(tmp_path_factory.mktemp("demo") / "world", end=END, days=80, scale=0.12, days_a_file=1)


@pytest.fixture(scope="session")
def git(world: DemoWorld) -> Callable[..., str]:
    """Runs git in one of the world's repositories."""

    def run(name: str, *arguments: str) -> str:
        command = ["git", "--git-dir", str(world.paths.git / f"{name}.git"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, errors="replace").stdout

    return run


@pytest.fixture(scope="session")
def events(world: DemoWorld) -> list[Record]:
    """Every different event of the archive's whole files, read with nothing but gzip and json."""
    found: dict[str, Record] = {}
    for path in sorted(world.paths.archive.iterdir()):
        for text in _lines(path):
            record = _record(text)
            if record is not None:
                found.setdefault(str(record.get("id") or text), record)
    return list(found.values())


def _lines(path: Path) -> list[str]:
    try:
        return gzip.decompress(path.read_bytes()).decode().split("\n")
    except EOFError:
        return []


def _record(text: str) -> Record | None:
    try:
        record = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


@pytest.fixture(scope="session")
def repositories(world: DemoWorld) -> dict[str, Record]:
    found = world.answers["repositories"]
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="session")
def answer(world: DemoWorld) -> Callable[[str, str, str], Record]:
    """One answer of the key: entity type, entity, metric."""

    def look_up(entity_type: str, entity: str, metric: str) -> Record:
        metrics = world.answers["metrics"]
        assert isinstance(metrics, dict)
        return metrics[entity_type][entity][metric]

    return look_up


@pytest.fixture(scope="session")
def every_answer(world: DemoWorld) -> list[tuple[str, str, str, Record]]:
    """The whole key as (entity type, entity, metric, answer)."""
    metrics = world.answers["metrics"]
    assert isinstance(metrics, dict)
    return [
        (entity_type, entity, metric, found)
        for entity_type, entities in metrics.items()
        for entity, answers in entities.items()
        for metric, found in answers.items()
    ]
