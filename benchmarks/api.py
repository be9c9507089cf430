"""The API against PostGraphile (GraphQL) and Datasette (REST): a release of 10,000 projects and 2 million series rows.

16 clients on kept-open connections ask the same questions in the same order, projects chosen as people choose them
(a Zipf distribution). Equality: rows of our answers and the peer's are the same for a sample of the questions.
PostGraphile reads the same PostgreSQL; Datasette an SQLite file with the same tables and indexes.

"kept" is the server as it is, from a memory that holds 200 other questions of other projects; "fresh" is the same
server that keeps no answer, so that everything comes from the database. Then PostgreSQL is restarted and a release
published under load.

Pass marks: no failed request; kept p50 15 ms and p95 100 ms; GraphQL 3 times PostGraphile, REST twice Datasette.
The peers are installed from npm and PyPI into a temporary folder; OBSERVER_BENCH_PEERS names one that is kept.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from benchmarks import _load
from observer.model.identifier import entity_id
from observer.postgres import EmbeddedPostgres, PostgresUrls
from observer.publishing import publish
from observer.query.session import encode_cursor
from observer.testing.large_release import METRICS, LargeTables

PROJECTS = int(os.environ.get("OBSERVER_BENCH_PROJECTS", "10000"))
BUCKETS = 40
QUESTIONS = int(os.environ.get("OBSERVER_BENCH_QUESTIONS", "4000"))
P50_MARK, P95_MARK, GRAPHQL_MARK, REST_MARK = 15.0, 100.0, 3.0, 2.0
PAGE = 50


@dataclass(frozen=True)
class Question:
    """One question: to us and to a peer, and what brings both answers to the same rows."""

    ours: tuple[str, bytes | None]
    theirs: tuple[str, bytes | None]
    our_rows: Callable[[Any], object]
    their_rows: Callable[[Any], object]


def main() -> int:
    """Prints rates, latencies and ratios; 1 if answers differ or a request failed."""
    with large_release() as (folder, server, urls):
        peers = Path(os.environ.get("OBSERVER_BENCH_PEERS") or folder / "peers")
        install(peers)
        failed = compare_graphql(urls, folder, peers) + compare_rest(urls, folder, peers)
        return 1 if failed + disturb(server, urls, folder) else 0


@contextmanager
def large_release() -> Iterator[tuple[Path, EmbeddedPostgres, PostgresUrls]]:
    """A release of PROJECTS projects in a folder that goes away, with the server that holds it."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "postgres", durable=False)
        try:
            urls = server.start()
            begun = time.perf_counter()
            publish_large(urls, folder, PROJECTS)
            print(f"published {PROJECTS} projects, {PROJECTS * len(METRICS) * BUCKETS} series rows "
                  f"in {time.perf_counter() - begun:.0f} s")  # fmt: skip
            yield folder, server, urls
        finally:
            server.stop()


def publish_large(urls: PostgresUrls, folder: Path, projects: int, version: str = "benchmark") -> None:
    """Publishes a release of so many projects."""
    publish(
        LargeTables(projects, BUCKETS),
        postgres_url=urls.owner,
        releases_dir=folder / "releases",
        clock=lambda: datetime(2024, 4, 1, tzinfo=UTC),
        code_version=version,
        snapshot_id=projects,
        keep=3,
    )


def compare_graphql(urls: PostgresUrls, folder: Path, peers: Path) -> int:
    """GraphQL: points, pages and series."""
    questions = graphql_questions()
    with observer(urls, folder) as ours, postgraphile(urls, peers) as theirs:
        unequal = differing(questions, ours, theirs)
        # Its JavaScript is compiled while it runs: half as fast in its first seconds as later.
        _load.run(theirs, [_load.request(theirs, *question.theirs) for question in graphql_questions(seed=9)])
        their_load = told("PostGraphile", theirs, [question.theirs for question in questions])
    kept, fresh = loads(urls, folder, "GraphQL", questions, graphql_questions(seed=9))
    print(f"GraphQL: kept {kept.rate / their_load.rate:.1f}, fresh {fresh.rate / their_load.rate:.1f} times theirs "
          f"(mark {GRAPHQL_MARK})")  # fmt: skip
    return unequal + len(kept.failures) + len(fresh.failures)


def compare_rest(urls: PostgresUrls, folder: Path, peers: Path) -> int:
    """REST: pages of projects, and current values."""
    database = sqlite_copy(folder)
    questions = rest_questions()
    with observer(urls, folder) as ours, datasette(database, peers) as theirs:
        unequal = differing(questions, ours, theirs)
        their_load = told("Datasette", theirs, [question.theirs for question in questions[: QUESTIONS // 4]])
    kept, fresh = loads(urls, folder, "REST", questions, rest_questions(seed=10))
    print(f"REST: kept {kept.rate / their_load.rate:.1f}, fresh {fresh.rate / their_load.rate:.1f} times Datasette "
          f"(mark {REST_MARK})")  # fmt: skip
    return unequal + len(kept.failures) + len(fresh.failures)


def disturb(server: EmbeddedPostgres, urls: PostgresUrls, folder: Path) -> int:
    """Load while PostgreSQL restarts and a release is published; the number of kinds of failures."""
    questions = graphql_questions() + rest_questions()
    random.Random(3).shuffle(questions)

    def restart() -> None:
        time.sleep(2)
        server.stop()
        server.start()

    failed = 0
    for what, act in (
        ("restarting", restart),
        ("publishing", lambda: publish_large(urls, folder, PROJECTS // 20, "2")),
    ):
        with observer(urls, folder, "fresh") as port:
            requests = [_load.request(port, *question.ours) for question in questions]
            actor = threading.Thread(target=act)
            actor.start()
            load = _load.run(port, requests, clients=16, seconds=20)
            actor.join()
            # A project that the new, smaller release has not is a 404, and right.
            failures = {kind: count for kind, count in load.failures.items() if (what, kind) != ("publishing", "404")}
            print(f"{what:12} {load}")
            failed += len(failures)
    return failed


def loads(
    urls: PostgresUrls, folder: Path, name: str, questions: list[Question], others: list[Question]
) -> tuple[_load.Load, _load.Load]:
    """The same questions to a server that remembers a few others, and to one that keeps nothing."""
    found = []
    for mode in ("kept", "fresh"):
        with observer(urls, folder, mode) as port:
            _load.run(port, [_load.request(port, *question.ours) for question in others[:200]])
            found.append(told(f"{name} {mode}", port, [question.ours for question in questions]))
    kept, fresh = found
    marks = f"p50 {kept.percentile(0.5):.1f} of {P50_MARK} ms, p95 {kept.percentile(0.95):.1f} of {P95_MARK} ms"
    print(f"{name}: {marks}")
    return kept, fresh


def told(name: str, port: int, asked: list[tuple[str, bytes | None]]) -> _load.Load:
    """Runs a load and prints what came of it."""
    load = _load.run(port, [_load.request(port, *each) for each in asked])
    print(f"{name:16} {load}", flush=True)
    return load


def chosen(seed: int) -> list[int]:
    """Numbers of projects, a few of them often."""
    randomness = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(PROJECTS)]
    order = list(range(PROJECTS))
    randomness.shuffle(order)
    return randomness.choices(order, weights, k=QUESTIONS)


def graphql_questions(seed: int = 1) -> list[Question]:
    """Points by key, pages in an order, series of a metric, in turn."""
    made = []
    for turn, number in enumerate(chosen(seed)):
        metric = METRICS[number % len(METRICS)]
        key = entity_id("OSS_DIRECTORY", "oso", f"project-{number:05d}")
        offset = number // 100 * 10
        made.append((_point(key), _page(offset), _series(key, metric))[turn % 3])
    return made


def rest_questions(seed: int = 2) -> list[Question]:
    """Pages of projects after one, and current values of one, in turn."""
    return [(_rest_page, _rest_values)[turn % 2](number) for turn, number in enumerate(chosen(seed))]


def _graphql(query: str, **variables: object) -> tuple[str, bytes]:
    return "/graphql", json.dumps({"query": query, "variables": variables}).encode()


def _ours(query: str, **variables: object) -> tuple[str, bytes]:
    return "/api/v1/graphql", _graphql(query, **variables)[1]


def _point(key: str) -> Question:
    fields = "projectId: project_id projectName: project_name displayName: display_name"
    return Question(
        _ours(f"query P($id: String!) {{ projects_by_pk(project_id: $id) {{ {fields} }} }}", id=key),
        _graphql(
            "query P($id: String!) { projectByProjectId(projectId: $id) { projectId projectName displayName } }", id=key
        ),
        lambda data: data["data"]["projects_by_pk"],
        lambda data: data["data"]["projectByProjectId"],
    )


def _page(offset: int) -> Question:
    fields = "projectName: project_name displayName: display_name"
    return Question(
        _ours(f"query L($o: Int) {{ projects(order_by: {{project_name: asc}}, limit: {PAGE}, offset: $o) "
              f"{{ {fields} }} }}", o=offset),
        _graphql(f"query L($o: Int) {{ allProjects(orderBy: PROJECT_NAME_ASC, first: {PAGE}, offset: $o) "
                 "{ nodes { projectName displayName } } }", o=offset),
        lambda data: data["data"]["projects"],
        lambda data: data["data"]["allProjects"]["nodes"],
    )  # fmt: skip


def _series(key: str, metric: str) -> Question:
    return Question(
        _ours('query S($id: String!, $m: String!) { timeseries_metrics(where: {entity_id: {_eq: $id}, entity_type: '
              '{_eq: "project"}, metric_name: {_eq: $m}, grain: {_eq: "month"}}, order_by: {bucket: asc}, limit: 1000) '
              "{ bucket amount } }", id=key, m=metric),
        _graphql('query S($id: String!, $m: String!) { allTimeseriesMetrics(condition: {entityId: $id, entityType: '
                 '"project", metricName: $m, grain: "month"}, orderBy: BUCKET_ASC, first: 1000) '
                 "{ nodes { bucket amount } } }", id=key, m=metric),
        lambda data: data["data"]["timeseries_metrics"],
        lambda data: data["data"]["allTimeseriesMetrics"]["nodes"],
    )  # fmt: skip


def _rest_page(number: int) -> Question:
    after = f"project-{number:05d}"
    cursor = encode_cursor("name", None, "oso", after, entity_id("OSS_DIRECTORY", "oso", after))
    return Question(
        (f"/api/v1/projects?limit={PAGE}&cursor={cursor}", None),
        (f"/bench/projects.json?_shape=array&_size={PAGE}&_sort=project_name&project_name__gt={after}", None),
        lambda data: [row["entity"]["name"] for row in data["data"]],
        lambda data: [row["project_name"] for row in data],
    )


def _rest_values(number: int) -> Question:
    name = f"project-{number:05d}"
    key = quote(entity_id("OSS_DIRECTORY", "oso", name), safe="")
    return Question(
        (f"/api/v1/key-metrics?entity=project/{name}", None),
        (f"/bench/key_metrics.json?_shape=array&entity_id__exact={key}&_size=100", None),
        lambda data: sorted((row["metric"], row["grain"], row["amount"]) for row in data["data"] if row["amount"]),
        lambda data: sorted((row["metric_name"], row["grain"], row["amount"]) for row in data),
    )


def differing(questions: list[Question], ours: int, theirs: int) -> int:
    """The number of questions of a sample whose answers differ; prints the first."""
    wrong = 0
    for question in questions[:60]:
        mine = question.our_rows(json.loads(_load.ask(ours, _load.request(ours, *question.ours))))
        peer = question.their_rows(json.loads(_load.ask(theirs, _load.request(theirs, *question.theirs))))
        if mine != peer or not mine:
            print(f"answers differ: {question.ours}\n{str(mine)[:300]}\n{str(peer)[:300]}")
            wrong += 1
    print(f"{60 - wrong} of 60 answers equal")
    return wrong


def install(peers: Path) -> None:
    """PostGraphile and Datasette in a folder of their own."""
    peers.mkdir(parents=True, exist_ok=True)
    if not (peers / "node_modules" / "postgraphile").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", str(peers), "postgraphile"], check=True)
    if not (peers / "ds" / "bin" / "datasette").exists():
        subprocess.run([sys.executable, "-m", "venv", str(peers / "ds")], check=True)
        subprocess.run([str(peers / "ds" / "bin" / "pip"), "install", "--quiet", "datasette"], check=True)


def sqlite_copy(folder: Path) -> Path:
    """The tables that the REST questions read, with the indexes that they need."""
    path = folder / "bench.db"
    connection = sqlite3.connect(path)
    for name, index in (
        ("projects", "project_name"),
        ("key_metrics", "entity_id"),
        ("timeseries_metrics", "entity_id"),
    ):
        rows = duckdb.sql(f"select * from '{folder}/releases/1/{name}_1.parquet'")
        connection.execute(f"create table {name} ({', '.join(rows.columns)})")
        places = ", ".join("?" * len(rows.columns))
        while batch := rows.fetchmany(50_000):
            text = [[value.isoformat() if hasattr(value, "isoformat") else value for value in row] for row in batch]
            connection.executemany(f"insert into {name} values ({places})", text)
        connection.execute(f"create index {name}_index on {name} ({index})")
    connection.commit()
    connection.execute("analyze")
    connection.close()
    return path


def observer(urls: PostgresUrls, folder: Path, mode: str = "kept") -> Any:
    """Our server."""
    command = [sys.executable, "-m", "benchmarks._api_server", urls.reader, str(folder / "releases"), "{port}", mode]
    return _served(command, "/readyz")


def postgraphile(urls: PostgresUrls, peers: Path) -> Any:
    """PostGraphile on the schema of the release, tuned as its documentation says for production."""
    options = ("--disable-query-log", "--disable-graphiql", "--disable-default-mutations", "--dynamic-json")
    program = str(peers / "node_modules" / "postgraphile" / "cli.js")
    command = ["node", program, "-c", urls.owner, "-s", "release_1", "-p", "{port}", "-n", "127.0.0.1", *options]
    asked = json.dumps({"query": "{ __typename }"}).encode()
    return _served(command, "/graphql", asked, cwd=peers, NODE_ENV="production", GRAPHILE_TURBO="1")


def datasette(database: Path, peers: Path) -> Any:
    """Datasette over an immutable file, without counts and facets that nobody asked for."""
    command = [str(peers / "ds" / "bin" / "datasette"), "-i", str(database), "-p", "{port}",
               "--setting", "max_returned_rows", "1000", "--setting", "suggest_facets", "off"]  # fmt: skip
    return _served(command, "/-/versions.json")


@contextmanager
def _served(
    command: list[str], path: str, body: bytes | None = None, cwd: Path | None = None, **environment: str
) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    filled = [part.replace("{port}", str(port)) for part in command]
    process = subprocess.Popen(filled, cwd=cwd, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 120
        while True:
            try:
                _load.ask(port, _load.request(port, path, body))
                break
            except (OSError, AssertionError):
                if process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    sys.exit(main())
