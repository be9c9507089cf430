"""Point and page queries by /sql against Datasette, on the same generated rows in the same run.

10,000 projects and 2 million rows of series, 16 clients, distinct queries, so that neither side answers from memory.
Equality: both give the same rows. Pass mark: at least twice Datasette's answers a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import uvicorn

from observer.model.identifier import entity_id
from observer.model.table import Table
from observer.publishing import publish
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import RowTables
from observer.testing.sample import sample_rows
from observer.web.app import WebSettings

PROJECTS = int(os.environ.get("BENCH_PROJECTS", "10000"))
ROWS = int(os.environ.get("BENCH_ROWS", "2000000"))
ASKED = int(os.environ.get("BENCH_QUERIES", "400"))
CLIENTS = 16
METRICS = tuple(str(row["metric_name"]) for row in sample_rows()["metrics"])[:4]
METRIC_IDS = tuple(str(row["metric_id"]) for row in sample_rows()["metrics"])[:4]
POINT = "SELECT project_id, project_name, display_name FROM projects WHERE project_name = 'project-{0}'"
PAGE = (
    "SELECT metric_name, bucket, amount FROM timeseries_metrics WHERE entity_id = '{1}' "
    "ORDER BY metric_name, bucket LIMIT 100"
)


class Generated:
    """The published tables of the sample, two of them with many rows more."""

    def __init__(self) -> None:
        self.ids = [entity_id("OSS_DIRECTORY", "oso", f"project-{n}") for n in range(PROJECTS)]
        self.rows: dict[str, pa.Table] = {"projects": self._projects(), "timeseries_metrics": self._series()}

    def write(self, table: Table, path: Path) -> int:
        """Writes one table with the declared columns; those that were not generated are null or a filler."""
        count = RowTables(sample_rows()).write(table, path)
        known = self.rows.get(table.name)
        if known is None:
            return count
        sample = pq.read_table(path)
        columns = []
        for column, field in zip(table.columns, sample.schema, strict=True):
            if column.name in known.column_names:
                columns.append(known[column.name].cast(field.type))
            else:
                filler = None if column.is_nullable else _filler(column.values, field.type)
                columns.append(pa.array([filler] * len(known), field.type))
        pq.write_table(pa.concat_tables([sample, pa.Table.from_arrays(columns, schema=sample.schema)]), path)
        return count + len(known)

    def _projects(self) -> pa.Table:
        names = [f"project-{n}" for n in range(PROJECTS)]
        return pa.table({"project_id": self.ids, "project_name": names, "display_name": [n.title() for n in names]})

    def _series(self) -> pa.Table:
        each = ROWS // PROJECTS
        days = [date(2020, 1, 1) + timedelta(days=n // len(METRICS)) for n in range(each)]
        return pa.table(
            {
                "metric_id": [METRIC_IDS[n % len(METRICS)] for n in range(each)] * PROJECTS,
                "metric_name": [METRICS[n % len(METRICS)] for n in range(each)] * PROJECTS,
                "entity_type": ["project"] * (each * PROJECTS),
                "entity_id": [project for project in self.ids for _ in range(each)],
                "bucket": days * PROJECTS,
                "amount": [float((n * 7919) % 1000) for n in range(each * PROJECTS)],
            }
        )


def _filler(values: tuple[str, ...], kind: pa.DataType) -> object:
    if pa.types.is_string(kind):
        return values[0] if values else "day"
    if pa.types.is_timestamp(kind):
        return datetime(2024, 1, 1)
    return date(2024, 1, 1) if pa.types.is_date(kind) else False if pa.types.is_boolean(kind) else 1


def main() -> int:
    """Prints answers a second and percentiles of both; 1 if rows differ or the mark is missed."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name, temporary_postgres() as urls:
        folder = Path(name)
        generated = Generated()
        publish(
            generated,
            postgres_url=urls.owner,
            releases_dir=folder / "releases",
            clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
            code_version="bench",
            snapshot_id=1,
        )
        database = _sqlite(folder, generated)
        with _observer(urls.reader, folder / "releases") as ours, _datasette(folder, database) as theirs:
            return _compare(generated, ours, theirs)


def _compare(generated: Generated, ours: str, theirs: str) -> int:
    failed = 0
    ask: dict[str, Callable[[str], list[Any]]] = {
        "observer": lambda query: _ask_observer(ours, query),
        "datasette": lambda query: _ask_datasette(theirs, query),
    }
    for label, template in (("point", POINT), ("page", PAGE)):
        queries = [template.format(n % PROJECTS, generated.ids[n % PROJECTS]) for n in range(0, ASKED * 13, 13)]
        if any(ask["observer"](query) != ask["datasette"](query) for query in queries[:10]):
            print(f"{label}: rows differ")
            return 1
        speeds = {name: _measure(f"{label:5} {name:9}", asking, queries[10:]) for name, asking in ask.items()}
        ratio = speeds["observer"] / speeds["datasette"]
        print(f"{label:5} ratio     {ratio:6.2f}  (mark 2)")
        failed += ratio < 2
    return 1 if failed else 0


def _measure(label: str, ask: Callable[[str], object], queries: list[str]) -> float:
    def timed(query: str) -> float:
        begun = time.perf_counter()
        ask(query)
        return time.perf_counter() - begun

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        seconds = sorted(clients.map(timed, queries))
    speed = len(queries) / (time.perf_counter() - begun)
    p50, p95 = statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
    print(f"{label} {speed:8.1f} answers/s  p50 {p50 * 1000:6.1f} ms  p95 {p95 * 1000:6.1f} ms", flush=True)
    return speed


def _ask_observer(url: str, query: str) -> list[Any]:
    body = json.dumps({"query": query, "format": "minimal"}).encode()
    request = urllib.request.Request(f"{url}/api/v1/sql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        rows: list[Any] = json.load(answer)["data"]
        return rows


def _ask_datasette(url: str, query: str) -> list[Any]:
    address = f"{url}/bench.json?{urllib.parse.urlencode({'sql': query, '_shape': 'arrays'})}"
    with urllib.request.urlopen(address, timeout=120) as answer:
        rows: list[Any] = json.load(answer)["rows"]
        return rows


def _sqlite(folder: Path, generated: Generated) -> Path:
    """The same two tables with the indexes that make Datasette fastest."""
    path = folder / "bench.db"
    connection = sqlite3.connect(path)
    for name, table in generated.rows.items():
        columns = table.column_names
        connection.execute(f"create table {name} ({', '.join(columns)})")
        values = zip(*(_texts(table[column]) for column in columns), strict=True)
        connection.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", values)
    connection.execute("create index by_name on projects (project_name)")
    connection.execute("create index by_entity on timeseries_metrics (entity_id, metric_name, bucket)")
    connection.commit()
    connection.close()
    return path


def _texts(column: pa.ChunkedArray) -> list[Any]:
    return [value.isoformat() if isinstance(value, date) else value for value in column.to_pylist()]


@contextlib.contextmanager
def _observer(database: str, releases: Path) -> Iterator[str]:
    web = WebSettings("Bench", lambda: datetime.now(UTC), "bench")
    app = create_app(ReadModel(database, releases), web)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def _datasette(folder: Path, database: Path) -> Iterator[str]:
    home = folder / "datasette"
    venv.create(home, with_pip=False)
    uv = Path(sys.executable).with_name("uv")
    python = home / "bin" / "python"
    install = [str(uv), "pip", "install", "--quiet", "--python", str(python), "datasette", "setuptools<81"]
    subprocess.run(install, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--setting", "sql_time_limit_ms", "60000"]
    command = [str(home / "bin" / "datasette"), "serve", "-i", str(database), *options]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url, timeout=5).close()
                break
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()
