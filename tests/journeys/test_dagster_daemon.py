"""`dagster dev` with its daemon: runs are queued, what may pass is tried again, and checks tell what is too old."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from observer.cli.lifecycle import execute
from observer.cli.observatory import open_observatory
from observer.testing.demo import generate
from tests.journeys.conftest import END, OBSERVER, environment_of, free_port
from tests.journeys.test_dagster import tables
from tests.journeys.test_kill import lay_out

pytestmark = pytest.mark.slow
LAST_DAY = date.fromisoformat(END)
DAYS, HISTORY = 20, 90
NOW, LATER = "2026-11-16T06:00:00+00:00", "2026-12-24T06:00:00+00:00"
# An upstream of the test's own, which is asked once a try.
LIST = """
[connectors.price-list]
use = "http-file"
freshness = {{ warn_after_hours = 24, error_after_hours = 48 }}
files = [{{ name = "prices", url = "{url}", primary_key = ["id"] }}]
[connectors.price-list.transport]
private_hosts = ["127.0.0.1"]
attempts = 1
"""


class Upstream(ThreadingHTTPServer):
    """A file by URL, or 503 as long as it `is_busy`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.is_busy = threading.Event()
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/prices.csv"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Upstream)
        server.asked += 1
        body = b"id,price\n1,2.50\n2,3.75\n"
        self.send_response(503 if server.is_busy.is_set() else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@dataclass(frozen=True)
class Dagster:
    """A running `observer dagster`, asked through its GraphQL, as its pages ask it."""

    folder: Path
    url: str
    upstream: Upstream

    def ask(self, query: str, **variables: object) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            told = json.loads(answer.read())
        assert "errors" not in told, told["errors"]
        return told["data"]

    def location(self) -> dict[str, str]:
        (found,) = self.ask(_LOCATION)["repositoriesOrError"]["nodes"]
        return {"repositoryName": found["name"], "repositoryLocationName": found["location"]["name"]}

    def launch(self, job: str) -> str:
        """Starts a job and returns the id of its run."""
        params = {"selector": {**self.location(), "jobName": job}, "runConfigData": {}, "mode": "default"}
        told = self.ask(_LAUNCH, params=params)["launchRun"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def events(self, run: str) -> list[dict[str, Any]]:
        return list(self.ask(_EVENTS, id=run)["logsForRun"]["events"])

    def status(self, run: str) -> str:
        return str(self.ask(_STATUS, id=run)["runOrError"]["status"])

    def run(self, job: str) -> str:
        """Runs a job to its end; the id of the run."""
        run = self.launch(job)
        self.ended(run)
        return run

    def ended(self, run: str) -> None:
        until(lambda: self.status(run) in ("SUCCESS", "FAILURE", "CANCELED"))
        assert self.status(run) == "SUCCESS", [e for e in self.events(run) if "Failure" in e["__typename"]]

    def backfill(self, days: list[date]) -> None:
        """Loads days of the archive, as its page does when somebody picks them."""
        streams = self.ask(_ASSETS)["assetNodes"]
        keys = [node["assetKey"] for node in streams if node["assetKey"]["path"][-1].startswith("github_archive__")]
        assert len(keys) == 3
        params = {"assetSelection": keys, "partitionNames": [day.isoformat() for day in days]}
        told = self.ask(_BACKFILL, params=params)["launchPartitionBackfill"]
        assert told["__typename"] == "LaunchBackfillSuccess", told

        def ended() -> bool:
            found = self.ask(_BACKFILL_STATUS, id=told["backfillId"])["partitionBackfillOrError"]
            assert found["status"] not in ("FAILED", "COMPLETED_FAILED", "CANCELED"), found
            return bool(found["status"] == "COMPLETED_SUCCESS")

        until(ended)

    def is_fresh(self, now: str) -> bool:
        """What the check of the price list says at a time."""
        set_now(self.folder, now)
        run = self.run("freshness")
        (found,) = [
            event["evaluation"]["success"]
            for event in self.events(run)
            if event["__typename"] == "AssetCheckEvaluationEvent"
            and event["evaluation"]["assetKey"]["path"] == ["raw", "price-list"]
        ] or [None]
        assert found is not None
        return bool(found)


def until(holds: Callable[[], bool], seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(1)


def set_now(folder: Path, now: str) -> None:
    """The clock of runs that start from now on."""
    file = folder / "observer.toml"
    file.write_text(re.sub(r'\[clock\]\nnow = "[^"]*"', f'[clock]\nnow = "{now}"', file.read_text()))


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(
        tmp_path_factory.mktemp("daemon") / "world", end=LAST_DAY, days=DAYS, scale=0.05, days_a_file=1
    ).paths.folder


@pytest.fixture(scope="module")
def dagster(world: Path, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    """An observatory under Dagster and its daemon."""
    folder = _settled(tmp_path_factory.mktemp("dev") / "dev", world, [], upstream)
    port = free_port()
    environment = {name: value for name, value in environment_of().items() if name != "OBSERVER_CLOCK_NOW"}
    process = subprocess.Popen(
        [*OBSERVER, "dagster", "--port", str(port)],
        cwd=folder,
        env=environment,
        stdout=(folder / "dagster.log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    found = Dagster(folder, f"http://127.0.0.1:{port}", upstream)
    try:
        until(lambda: process.poll() is not None or _answers(found.url))
        _hold_schedules(found)
        yield found
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


def _settled(folder: Path, world: Path, archive: list[Path], upstream: Upstream) -> Path:
    """An observatory over a copy of the world with these files of the archive."""
    lay_out(folder, world, archive=archive)
    with (folder / "observer.toml").open("a") as file:
        file.write(f'start = "{(LAST_DAY - timedelta(days=HISTORY)).isoformat()}T00"\n')
        file.write(LIST.format(url=upstream.url))
        file.write(f'[clock]\nnow = "{NOW}"\n')
    return folder


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5):
            return True
    except OSError:
        return False


def _hold_schedules(dagster: Dagster) -> None:
    """The clock of the schedules is the machine's; here every run is the test's."""
    place = dagster.location()
    found = dagster.ask(_SCHEDULES, place=place)["schedulesOrError"]["results"]
    assert len(found) > 5
    for schedule in found:
        dagster.ask(_STOP, id=schedule["scheduleState"]["id"])


def test_an_asset_whose_upstream_is_busy_is_tried_again(dagster: Dagster) -> None:
    dagster.upstream.is_busy.set()
    asked = dagster.upstream.asked
    run = dagster.launch("sync_price_list")
    until(lambda: any(event["__typename"] == "ExecutionStepUpForRetryEvent" for event in dagster.events(run)))
    dagster.upstream.is_busy.clear()
    dagster.ended(run)
    assert dagster.upstream.asked - asked >= 2
    assert any(event["__typename"] == "ExecutionStepRestartEvent" for event in dagster.events(run))


def test_a_sync_that_is_too_old_fails_its_check_until_there_is_a_new_one(dagster: Dagster) -> None:
    set_now(dagster.folder, NOW)
    dagster.run("sync_price_list")
    assert dagster.is_fresh(NOW)
    assert not dagster.is_fresh(LATER)
    dagster.run("sync_price_list")
    assert dagster.is_fresh(LATER)


def test_it_builds_the_tables_of_the_local_runner_and_a_late_day_mends_them(
    dagster: Dagster, world: Path, tmp_path: Path
) -> None:
    set_now(dagster.folder, NOW)
    archive = sorted((world / "archive").iterdir())
    late = archive[-5]
    local = open_observatory(_settled(tmp_path / "local", world, archive, dagster.upstream) / "observer.toml")
    assert execute(local).is_ok
    expected = tables(local)

    for file in archive:
        if file != late:
            shutil.copy2(file, dagster.folder / "world" / "archive")
    dagster.run("sync_oss_directory")
    # Hours whose file is missing are looked for too: what nobody looked at is unknown, not missing.
    dagster.backfill([LAST_DAY - timedelta(days=ago) for ago in range(HISTORY, -1, -1)])
    dagster.run("everything")
    orchestrated = open_observatory(dagster.folder / "observer.toml")
    incomplete = tables(orchestrated)

    shutil.copy2(late, dagster.folder / "world" / "archive")
    dagster.backfill([_day(late)])
    # The late day names repositories whose history nobody has read yet.
    dagster.run("everything")

    assert {name for name in expected if incomplete[name] != expected[name]} > {"events", "timeseries_metrics"}
    assert tables(orchestrated) == expected


def _day(file: Path) -> date:
    return date.fromisoformat(file.name[:10])


_LOCATION = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
_STATUS = "query S($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_LAUNCH = """mutation L($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_EVENTS = """query E($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { __typename
    ... on MessageEvent { message } ... on AssetCheckEvaluationEvent {
    evaluation { success checkName assetKey { path } } } } } } }"""
_ASSETS = "{ assetNodes { assetKey { path } } }"
_BACKFILL = """mutation B($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_BACKFILL_STATUS = """query B($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status error { message } } } }"""
_SCHEDULES = """query S($place: RepositorySelector!) { schedulesOrError(repositorySelector: $place) {
    ... on Schedules { results { scheduleState { id } } } } }"""
_STOP = "mutation S($id: String!) { stopRunningSchedule(id: $id) { __typename } }"
