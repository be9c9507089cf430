"""A sync that is killed at any moment and run again ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from crash_child import BATCHES, ROWS

from observer.model.crash import VARIABLE
from observer.testing.postgres import temporary_postgres
from observer.warehouse.lake import LakeWarehouse

CHILD = Path(__file__).with_name("crash_child.py")
POINTS = (
    "sync.state:2",
    "sync.before_load:2",
    "load.before_commit:2",
    "load.after_commit:2",
    "sync.after_load:2",
    "load.before_commit:1",
)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as urls:
        yield urls.owner


def run(url: str, folder: Path, *, point: str = "", seconds: float | None = None) -> int:
    """Runs the child; kills it at a named point, or so many seconds after it has opened the lake."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if point:
        environment[VARIABLE] = point
    with subprocess.Popen(
        [sys.executable, str(CHILD), url, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        timer = threading.Timer(seconds or 120, child.kill)
        timer.start()
        code = child.wait()
        timer.cancel()
    return code


def check(url: str, folder: Path) -> int:
    """Rows, quarantine, ledger and state agree; returns how many batches are there."""
    with LakeWarehouse(url, folder, threads=1) as lake:
        tables = lake.query("select table_name from duckdb_tables() where schema_name = 'raw'").column(0).to_pylist()
        if "demo_source__events" not in tables:
            assert lake.state("demo-source") == {}
            return 0
        done = int(str(lake.state("demo-source")["events"]["batch"]))
        row = lake.query(
            """select
                (select count(*) from raw.demo_source__events) as events,
                (select count(distinct id) from raw.demo_source__events) as ids,
                (select max(id) from raw.demo_source__events) as last,
                (select list(batch) from raw.demo_source__totals) as totals,
                (select count(*) from raw.quarantine) as quarantined,
                (select sum(written) from raw.loads where stream = 'events') as written"""
        ).to_pylist()[0]
    rows = done * ROWS
    assert row == {
        "events": rows,
        "ids": rows,
        "last": rows - 1,
        "totals": [done - 1],
        "quarantined": done,
        "written": rows,
    }
    return done


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_kills(postgres_url: str, tmp_path: Path) -> None:
    random_numbers = random.Random(11)
    kills = 0

    for point in POINTS:
        kills += run(postgres_url, tmp_path, point=point) == -signal.SIGKILL
        check(postgres_url, tmp_path)
    for _ in range(5):
        kills += run(postgres_url, tmp_path, seconds=random_numbers.uniform(0.02, 0.5)) == -signal.SIGKILL
        check(postgres_url, tmp_path)
    code = run(postgres_url, tmp_path)

    assert code == 0
    assert check(postgres_url, tmp_path) == BATCHES
    assert kills >= 9


def test_what_killed_syncs_leave_on_disk_is_swept(postgres_url: str, tmp_path: Path) -> None:
    run(postgres_url, tmp_path, point="load.before_commit:3")

    run(postgres_url, tmp_path)
    with LakeWarehouse(postgres_url, tmp_path, threads=1) as lake:
        lake.maintain(keep_days=0)
        query = "select data_file from ducklake_list_files('lake', ?, schema => 'raw')"
        tables = ("demo_source__events", "demo_source__totals", "quarantine", "loads", "connector_state")
        known = {Path(str(file)) for table in tables for file in lake.query(query, [table]).column(0).to_pylist()}

    assert list((tmp_path / "scratch").iterdir()) == []
    assert {path.name for path in (tmp_path / "lake").rglob("*.parquet")} == {path.name for path in known}
    assert list((tmp_path / "tmp").iterdir()) == []
