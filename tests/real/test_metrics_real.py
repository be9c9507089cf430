"""Metrics of the real directory over real archive hours equal a recount by brute force."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.unit.metrics.brute_force import compare

from observer.cli.observatory import Observatory
from observer.metrics import load_metrics
from observer.project import content_of
from observer.settings import read_settings

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

SETTINGS = """\
[directory]
location = "{directory}"

[connectors.git]
enabled = false

[connectors.github-archive]
enabled = true
location = "{hours}"
"""


@pytest.fixture(scope="module")
def lake(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse after a sync and a build of everything that is provided."""
    folder = tmp_path_factory.mktemp("real_metrics")
    hours = folder / "hours"
    hours.mkdir()
    for file in sorted((real_data / "events" / "gharchive").glob("*.json.gz")):
        shutil.copy(file, hours)
    settings = folder / "observer.toml"
    directory = real_data / "oss-directory" / "oss-directory-data.tar.gz"
    settings.write_text(SETTINGS.format(directory=directory, hours=hours))
    for command in ("sync", "build"):
        arguments = [sys.executable, "-m", "observer.cli.main", "--config", str(settings), command]
        subprocess.run(arguments, check=True, cwd=folder)
    observatory = Observatory(read_settings(settings), content_of(folder))
    with observatory.warehouse() as warehouse, warehouse.connection() as connection:
        yield connection


def test_metrics_of_the_real_directory_equal_the_recount(lake: duckdb.DuckDBPyConnection) -> None:
    row = lake.execute("select max(sample_date), count(distinct metric_name) from marts.key_metrics").fetchone()
    assert row is not None

    assert row[1] == len(load_metrics(content_of(Path()).metrics))
    assert compare(lake, row[0], entities=2500) == []


def test_many_entities_have_values_of_many_metrics(lake: duckdb.DuckDBPyConnection) -> None:
    row = lake.execute(
        "select count(distinct metric_name), count(distinct entity_id), count(distinct grain) "
        "from marts.timeseries_metrics"
    ).fetchone()

    assert row is not None
    assert row[0] >= 15
    assert row[1] >= 500
    assert row[2] == 9


def test_idle_is_not_said_of_repositories_that_nobody_watched(lake: duckdb.DuckDBPyConnection) -> None:
    states = lake.execute("select distinct state from marts.key_metrics where coverage_ratio = 0").fetchall()

    assert ("zero",) not in states
