"""The same input gives the same marts on the warehouse, BigQuery (an emulator) and a Spark cluster of two workers."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from observer.cli.engines import workshop
from observer.cli.observatory import Observatory, open_observatory
from observer.duckdb_extensions import extension_file
from observer.settings import BuildSettings, ClockSettings
from observer.settings_engines import BigQuerySettings, SparkSettings
from observer.transform.engines.bigquery import BigQuery
from tests.journeys.conftest import END, NOW, environment_of, free_port, observer
from tests.journeys.engine_marts import differences

pytestmark = pytest.mark.slow
PROJECT = "observatory"
SPARK_CONFIG = {
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "2",
    # The tables are so small that compiling a query takes longer than running it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    # A busy machine lets a worker wait longer than a cluster would.
    "spark.network.timeout": "1800s",
    "spark.executor.heartbeatInterval": "300s",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
}
_JAVA = shutil.which("java")
whole = pytest.mark.skipif("OBSERVER_ENGINES" not in os.environ, reason="takes many minutes: make test-engines")


@pytest.fixture(scope="module")
def observatory(demo_folder: Path) -> Observatory:
    found = open_observatory(demo_folder / "observer.toml")
    pinned = {
        "clock": ClockSettings.model_validate({"now": NOW}),
        "build": BuildSettings(as_of=date.fromisoformat(END)),
    }
    return replace(found, settings=found.settings.model_copy(update=pinned))


@pytest.fixture(scope="module")
def marts(observatory: Observatory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marts of the warehouse, one Parquet file each."""
    folder = tmp_path_factory.mktemp("marts")
    with observatory.warehouse() as warehouse:
        for name in _marts(warehouse):
            warehouse.export(f"marts.{name}", folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator of BigQuery in a process of its own; its address."""
    if not importlib.util.find_spec("bqemulator") or not importlib.util.find_spec("google.cloud.bigquery"):
        pytest.skip("bqemulator is not installed")
    home = tmp_path_factory.mktemp("bigquery")
    extension = extension_file("spatial")
    place = home / ".duckdb" / "extensions" / extension.parent.name / "linux_amd64"
    place.mkdir(parents=True)
    shutil.copy2(extension, place)
    port = free_port()
    emulator = subprocess.Popen(
        [
            *(sys.executable, "-m", "bqemulator", "start", "--ephemeral", "--log-level", "error"),
            *("--rest-port", str(port), "--grpc-port", str(free_port()), "--project", PROJECT),
        ],
        env={**os.environ, "HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/bigquery/v2/projects/{PROJECT}/datasets", emulator)
        yield url
    finally:
        emulator.terminate()
        emulator.wait(30)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A standalone Spark cluster on loopback, a master and two workers; the address of the master."""
    if _JAVA is None or not importlib.util.find_spec("pyspark"):
        pytest.skip("Spark needs Java 17 or later, which is not installed")
    import pyspark

    home = Path(pyspark.__file__).parent
    folder = tmp_path_factory.mktemp("spark")
    port, page = free_port(), free_port()
    places = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder)}
    environment = {**os.environ, **places}
    master = f"spark://127.0.0.1:{port}"

    def start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    started = [start("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))]
    try:
        _wait(f"http://127.0.0.1:{page}/json/", started[0])
        for _ in range(2):
            limits = ("--cores", "1", "--memory", "1g", "--host", "127.0.0.1", "--webui-port", "0")
            started.append(start("worker.Worker", *limits, master))
        _wait_for_workers(f"http://127.0.0.1:{page}/json/", 2)
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


@whole
def test_bigquery_builds_the_marts_that_the_warehouse_builds(
    observatory: Observatory, marts: Path, bigquery: str, tmp_path: Path
) -> None:
    settings = BigQuerySettings(project=PROJECT, api_endpoint=bigquery)
    _build_and_fetch(_with(observatory, bigquery=settings), "bigquery", marts, tmp_path)
    assert differences(marts, tmp_path, {"key_metrics.coverage_ratio": 1e-6}) == []


def test_the_emulator_keeps_five_decimals_of_a_bignumeric(bigquery: str) -> None:
    """Why coverage is held to 1e-6 above: BigQuery itself keeps 38, and so many are in a share of a day."""
    client = BigQuery(PROJECT, api_endpoint=bigquery).client
    (row,) = client.query_and_wait("select cast(1 / 3 as bignumeric) as third")
    assert row["third"] == Decimal("0.33333")


@whole
def test_spark_builds_the_marts_that_the_warehouse_builds(
    observatory: Observatory, marts: Path, cluster: str, tmp_path: Path
) -> None:
    settings = SparkSettings(master=cluster, warehouse=str(tmp_path / "warehouse"), config=SPARK_CONFIG)
    _build_and_fetch(_with(observatory, spark=settings), "spark", marts, tmp_path, has_checks=False)
    assert differences(marts, tmp_path) == []


def test_a_dry_run_tells_the_bytes_of_every_table(demo_folder: Path, bigquery: str) -> None:
    environment = environment_of(
        OBSERVER_BUILD_AS_OF=END, OBSERVER_BIGQUERY_PROJECT=PROJECT, OBSERVER_BIGQUERY_API_ENDPOINT=bigquery
    )
    done = observer(demo_folder, "build", "--target", "bigquery", "--dry-run", "--json", environment=environment)
    costs = {row["table"]: row for row in json.loads(done.stdout)}
    assert costs["raw.git__commits"]["bytes"] > 0
    assert costs["raw.git__commits"]["basis"] == "loaded"
    assert costs["int_events"]["bytes"] > 0
    assert {"projects", "key_metrics", "timeseries_metrics"} <= set(costs)


def _build_and_fetch(
    observatory: Observatory, target: str, marts: Path, folder: Path, *, has_checks: bool = True
) -> None:
    with workshop(observatory, target) as found:
        done = found.build(has_checks=has_checks)
        assert int(str(done["models"])) > 200
        for file in sorted(marts.glob("*.parquet")):
            found.engine.fetch(f"marts.{file.stem}", folder / file.name)


def _with(observatory: Observatory, **sections: object) -> Observatory:
    return replace(observatory, settings=observatory.settings.model_copy(update=sections))


def _marts(warehouse: object) -> list[str]:
    query = "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
    names: list[str] = warehouse.query(query).column(0).to_pylist()  # type: ignore[attr-defined]
    return names


def _wait(url: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"{url} ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {seconds} seconds")


def _wait_for_workers(url: str, count: int, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with urllib.request.urlopen(url, timeout=5) as answer:
            if len([worker for worker in json.loads(answer.read())["workers"] if worker["state"] == "ALIVE"]) == count:
                return
        time.sleep(0.2)
    raise AssertionError(f"{count} workers did not join within {seconds} seconds")
