"""Point and page queries by /sql against Datasette, on the release of the benchmark of the API in the same run.

10,000 projects and 2 million rows of series; 16 clients on kept-open connections ask the same queries in the same
order, projects chosen as people choose them (a Zipf distribution). Equality: both give the same rows.

"kept" is the server as it is, from an empty memory; "fresh" the same server that keeps no answer, so that each query
is parsed, checked and run by a sandboxed worker. Pass marks: no failed request; kept p50 15 ms and p95 100 ms, twice
Datasette's answers a second. The peer is installed as that of `api` is.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from benchmarks import _load
from benchmarks.api import (
    P50_MARK,
    P95_MARK,
    REST_MARK,
    Question,
    chosen,
    datasette,
    differing,
    install,
    large_release,
    observer,
    sqlite_copy,
    told,
)
from observer.model.identifier import entity_id
from observer.postgres import PostgresUrls

POINT = "SELECT project_id, project_name, display_name FROM projects WHERE project_name = 'project-{number:05d}'"
PAGE = (
    "SELECT metric_name, bucket, amount FROM timeseries_metrics WHERE entity_id = '{key}' "
    "ORDER BY metric_name, bucket LIMIT 100"
)


def main() -> int:
    """Prints rates, latencies and ratios; 1 if rows differ, a request failed or a mark is missed."""
    with large_release() as (folder, _, urls):
        peers = Path(os.environ.get("OBSERVER_BENCH_PEERS") or folder / "peers")
        install(peers)
        return 1 if compare_sql(urls, folder, sqlite_copy(folder), peers) else 0


def compare_sql(urls: PostgresUrls, folder: Path, database: Path, peers: Path) -> int:
    """Points and pages; the number of things that are not as they should be."""
    missed = 0
    for kind, template in (("point", POINT), ("page", PAGE)):
        questions = [_question(template, number) for number in chosen(4)]
        with observer(urls, folder) as ours, datasette(database, peers) as theirs:
            missed += differing(questions, ours, theirs)
            their_load, their_cpu = _measured(f"{kind} Datasette", theirs, [each.theirs for each in questions])
        found, cpu = {}, {}
        for mode in ("kept", "fresh"):
            with observer(urls, folder, mode) as port:
                # The workers are started with the first query.
                _load.run(port, [_load.request(port, *question.ours) for question in questions[-20:]])
                found[mode], cpu[mode] = _measured(f"{kind} {mode}", port, [each.ours for each in questions])
                missed += len(found[mode].failures)
        kept, fresh = found["kept"], found["fresh"]
        print(f"SQL {kind}: kept {kept.rate / their_load.rate:.1f}, fresh {fresh.rate / their_load.rate:.2f} times "
              f"Datasette (mark {REST_MARK}); p50 {kept.percentile(0.5):.1f} of {P50_MARK} ms, "
              f"p95 {kept.percentile(0.95):.1f} of {P95_MARK} ms")  # fmt: skip
        print(f"SQL {kind}: CPU of an answer, theirs by ours: kept {their_cpu / cpu['kept']:.1f}, "
              f"fresh {their_cpu / cpu['fresh']:.2f}")  # fmt: skip
        is_fast = kept.percentile(0.5) <= P50_MARK and kept.percentile(0.95) <= P95_MARK
        missed += not (is_fast and kept.rate >= REST_MARK * their_load.rate)
    return missed


def _measured(name: str, port: int, asked: list[tuple[str, bytes | None]]) -> tuple[_load.Load, float]:
    """A load, and the milliseconds of CPU that an answer takes of the server with its workers.

    Rates say little on a machine that does other things meanwhile; this is then the better measure.
    """
    before = _used()
    load = told(name, port, asked)
    milliseconds = (_used() - before) * 1000 / len(asked)
    print(f"{'':16} {milliseconds:.2f} ms of CPU for an answer", flush=True)
    return load, milliseconds


def _used() -> float:
    """Seconds of CPU of all processes that this one has started and that are alive."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def _question(template: str, number: int) -> Question:
    query = template.format(number=number, key=entity_id("OSS_DIRECTORY", "oso", f"project-{number:05d}"))
    return Question(
        ("/api/v1/sql", json.dumps({"query": query, "format": "minimal"}).encode()),
        (f"/bench.json?sql={quote(query)}&_shape=arrays", None),
        _rows,
        lambda data: data["rows"],
    )


def _rows(data: Any) -> object:
    return data["data"]


if __name__ == "__main__":
    sys.exit(main())
