"""The website over a release of 10,000 projects: 16 clients, server time, and what Chromium paints when.

Pages are asked for as people do: a few projects often (a Zipf distribution), and home, tables, collections, metrics and
explanations between them. Equality: the numbers on a sample of pages are those of the release's Parquet files, and a
kept page is byte for byte the one that is made anew. The floor is the same bytes as files, through the same server.

"kept" is the server as it is, from an empty memory; "fresh" keeps no page. Marks: p95 100 ms at 16 clients that look at
each page for a second; largest contentful paint 1.0 s in Chromium beside as many; 150 kB for a first project page.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks import _load
from benchmarks.api import PROJECTS, _served, large_release
from observer.model.identifier import entity_id
from observer.postgres import PostgresUrls

PAGES = int(os.environ.get("OBSERVER_BENCH_PAGES", "2000"))
CLIENTS, LOOK_SECONDS = 16, 1.0
P95_MARK, PAINT_MARK, BYTES_MARK = 100.0, 1.0, 150_000
SAMPLE = 20
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_CARD = re.compile(
    r'<a href="/explain/(\w+)/project/[^"?]*\?grain=(\w+)">.*?<span class="amount[^>]*>([^<]*)</span>', re.DOTALL
)


@dataclass(frozen=True)
class World:
    """Where the release is, and the folder of files that are the floor."""

    urls: PostgresUrls
    releases: Path
    floor: Path


def main() -> int:
    """Prints times; 1 if a number differs, a request failed or a mark is missed."""
    with large_release() as (folder, _, urls):
        world = World(urls, folder / "releases", folder / "floor")
        world.floor.mkdir()
        failed = compare(world)
        return 1 if failed + measure(world) else 0


def compare(world: World) -> int:
    """The number of pages of a sample with a number that is not that of the files, or that differ once kept."""
    query = "select metric_name, grain, amount from read_parquet(?) where entity_id = ?"
    files = str(world.releases / "1" / "key_metrics_1.parquet")
    wrong = 0
    with observer(world, "fresh") as fresh, observer(world, "kept") as kept:
        for number in random.Random(5).sample(range(PROJECTS), SAMPLE):
            name = f"project-{number:05d}"
            stored = duckdb.execute(query, [files, entity_id("OSS_DIRECTORY", "oso", name)]).fetchall()
            values = {(metric, grain): amount for metric, grain, amount in stored}
            pages = [_load.ask(port, page(port, f"/project/{name}")).decode() for port in (fresh, kept, kept)]
            shown = {(metric, grain): text for metric, grain, text in _CARD.findall(pages[0])}
            given = {key: f"{amount:,.0f}".replace(",", "\u202f") for key, amount in values.items() if key in shown}
            known = {key: text for key, text in shown.items() if text != "unknown"}
            # The two servers have different ports, which pages tell where they may be framed.
            is_same = pages[0].replace(str(fresh), str(kept)) == pages[1] == pages[2]
            wrong += known != given or not known or not is_same
    print(f"{SAMPLE - wrong} of {SAMPLE} pages have the numbers of the files and are the same once kept", flush=True)
    return wrong


def measure(world: World) -> int:
    """The number of marks that are missed; tells what each kind of page costs and what stands below it."""
    missed = 0
    kinds = {path.split("/")[1].split("?")[0] or "home": path for path in reversed(paths(400))}
    with observer(world, "fresh") as port:
        write_floor(world, port, kinds.values())
        told(
            "floor", _load.run(port, [page(port, f"/floor/{n}.html") for n in range(len(kinds))] * 100, clients=CLIENTS)
        )
        for kind, path in sorted(kinds.items()):
            told(f"one {kind}", _load.run(port, [page(port, path)] * 12, clients=1))
        told("fresh, no pause", _load.run(port, [page(port, path) for path in paths(PAGES // 10)], clients=CLIENTS))
    with observer(world, "kept") as port:
        asked = [page(port, path) for path in paths(PAGES)]
        load = told("kept, people", _load.run(port, asked[: PAGES // 2], clients=CLIENTS, pause=LOOK_SECONDS))
        paints: dict[str, tuple[float, int]] = {}
        browser = threading.Thread(target=lambda: paints.update(painted(port)))
        browser.start()
        # A browser that starts on the machine of the server takes its time, which is not the server's.
        others = told("and a browser", _load.run(port, asked[PAGES // 2 :], clients=CLIENTS, pause=LOOK_SECONDS))
        browser.join()
        told("kept, no pause", _load.run(port, asked, clients=CLIENTS))
        missed += len(load.failures) + len(others.failures) + (load.percentile(0.95) > P95_MARK)
    for path, (seconds, size) in paints.items():
        print(f"{path}: largest contentful paint {seconds:.2f} s (mark {PAINT_MARK}), {size / 1000:.0f} kB")
        missed += seconds > PAINT_MARK or size > BYTES_MARK
    print(f"p95 {load.percentile(0.95):.1f} ms (mark {P95_MARK}); {missed} marks missed")
    return missed


def painted(port: int) -> dict[str, tuple[float, int]]:
    """Seconds to the largest contentful paint in a new browser window, and bytes that came, by page."""
    if CHROMIUM is None:
        print("no Chromium: paints are not measured")
        return {}
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        # The first page of a browser that has just started waits for the browser.
        browser.new_page().goto(f"http://127.0.0.1:{port}/healthz")
        for path in ("/", "/explore", "/project/project-00042", "/collection/collection-007", "/metric/commits"):
            window = browser.new_page()
            window.goto(f"http://127.0.0.1:{port}{path}", wait_until="load")
            window.wait_for_timeout(500)
            found[path] = window.evaluate(_PAINT)[0] / 1000, window.evaluate(_SIZE)
            window.close()
        browser.close()
    return found


_PAINT = """() => new Promise((done) => new PerformanceObserver(
  (list) => done(list.getEntries().slice(-1).map((each) => each.startTime))
).observe({ type: "largest-contentful-paint", buffered: true }))"""
_SIZE = """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
  .reduce((sum, each) => sum + each.transferSize, 0)"""


def paths(count: int) -> list[str]:
    """Addresses in the order in which people ask for them."""
    chance = random.Random(11)
    weights = [1 / (rank + 1) for rank in range(PROJECTS)]
    order = chance.sample(range(PROJECTS), PROJECTS)
    found = []
    for number in chance.choices(order, weights, k=count):
        name, group = f"project-{number:05d}", f"collection-{number // 100:03d}"
        choices = (
            *[f"/project/{name}"] * 10,
            f"/explain/commits/project/{name}?grain=rolling_90_days",
            f"/collection/{group}",
            f"/artifact/GITHUB/owner-{number:05d}/repository-{number:05d}",
            f"/explore?q={name}",
            *("/", "/explore", "/metrics", "/metric/commits"),
        )
        found.append(chance.choice(choices))
    return found


def write_floor(world: World, port: int, pages: Iterable[str]) -> None:
    """The bodies of pages as files."""
    for number, path in enumerate(pages):
        (world.floor / f"{number}.html").write_bytes(_load.ask(port, page(port, path)))


def page(port: int, path: str) -> bytes:
    """A request for a page as a browser sends it, but for packing."""
    return _load.request(port, path)


def told(name: str, load: _load.Load) -> _load.Load:
    """Prints what came of a load."""
    print(f"{name:18} {load}", flush=True)
    return load


@contextmanager
def observer(world: World, mode: str) -> Iterator[int]:
    """Our server on a free port."""
    command = [sys.executable, "-m", "benchmarks._web_server", world.urls.reader, str(world.releases), "{port}", mode]
    with _served([*command, str(world.floor)], "/readyz") as port:
        yield port


if __name__ == "__main__":
    sys.exit(main())
