"""Events in any split, order and repetition, with kills between and within, give the tables of one clean load."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.transform.killed_machine import AS_OF, Machine, Row, killed_at, write_project

from observer.errors import BuildError
from observer.model import crash
from observer.testing.postgres import temporary_postgres

pytestmark = pytest.mark.slow
LOAD_POINTS = ("load.before_commit", "load.after_commit")
BUILD_POINTS = ("build.before_commit", "build.after_commit", "build.statement", "build.statement")
STATEMENTS = 60
"""A build is cut at one of so many statements; some builds have fewer, and are let through then."""

Act = tuple[str, tuple[object, ...]]
Cut = Callable[[Machine, Act, str], bool]


class PowerCutError(Exception):
    """Stands for a kill within one process: nothing after it happens."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("killed") / "project")


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as urls:
        yield urls.owner


@pytest.fixture
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Cut:
    """Does something that is cut off at a point; whether it was."""

    def stop(_pid: int, _signal: int) -> None:
        raise PowerCutError

    def raised(machine: Machine, act: Act, point: str) -> bool:
        crash._passed.clear()
        with monkeypatch.context() as patch:
            patch.setattr(crash.os, "kill", stop)
            patch.setenv(crash.VARIABLE, point)
            try:
                getattr(machine, act[0])(*act[1])
            except (PowerCutError, BuildError):
                return True
        return False

    def killed(machine: Machine, act: Act, point: str) -> bool:
        return killed_at(point, machine, act[0], *act[1])

    return killed if request.param == "killed" else raised


@pytest.mark.parametrize(("cut", "seed"), [("raised", 1), ("raised", 2), ("killed", 3)], indirect=["cut"])
def test_any_loads_with_cuts_at_every_commit_give_the_tables_of_one_clean_load(
    postgres_url: str, project: Path, tmp_path: Path, cut: Cut, seed: int
) -> None:
    chance, cuts = random.Random(seed), 0
    rows = [_event(chance, number) for number in range(60)]
    clean = Machine(postgres_url, tmp_path / f"clean_{seed}", project)
    clean.load(rows, 0)
    clean.build()
    disturbed = Machine(postgres_url, tmp_path / f"disturbed_{seed}", project)

    for number, part in enumerate(_loads(chance, rows, 6)):
        cuts += cut(disturbed, ("load", (part, number)), chance.choice(LOAD_POINTS))
        disturbed.load(part, number)
        if chance.random() < 0.7:
            cuts += cut(disturbed, ("build", ()), _build_point(chance))
        if chance.random() < 0.5:
            disturbed.build()
    disturbed.build()

    assert disturbed.tables() == clean.tables()
    assert disturbed.build(is_full=True).differing == ()
    assert disturbed.tables() == clean.tables()
    assert cuts > 6


def _event(chance: random.Random, number: int) -> Row:
    return {
        "id": number,
        "day": AS_OF - timedelta(days=chance.randrange(-2, 9)),
        "place": chance.choice(("here", "there", "elsewhere")),
        "amount": chance.choice((None, 0.5, 1.0, 2.0)),
    }


def _loads(chance: random.Random, rows: Sequence[Row], parts: int) -> list[list[Row]]:
    """The rows in so many loads, in any order, some of them twice."""
    chosen = [chance.randrange(parts) for _ in rows]
    split = [[row for row, part in zip(rows, chosen, strict=True) if part == number] for number in range(parts)]
    again = [chance.sample(list(rows), len(rows) // 4) for _ in range(parts // 3)]
    found = [part for part in (*split, *again) if part]
    chance.shuffle(found)
    return found


def _build_point(chance: random.Random) -> str:
    point = chance.choice(BUILD_POINTS)
    return f"{point}:{chance.randrange(1, STATEMENTS)}" if point == "build.statement" else point
