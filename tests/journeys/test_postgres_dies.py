"""PostgreSQL is killed while the site is served: readers are answered again within seconds."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
from pathlib import Path

from tests.journeys.conftest import Site


def test_the_site_answers_again_after_postgres_was_killed(site: Site) -> None:
    before = site.json("/api/v1/key-metrics?entity=project/lanternfish")
    lock = site.folder / ".observer" / "postgres" / "data" / "postmaster.pid"
    killed = int(lock.read_text().splitlines()[0])

    os.kill(killed, signal.SIGKILL)
    after = _patiently(site, "/api/v1/key-metrics?entity=project/lanternfish")

    assert after == before
    assert int(Path(lock).read_text().splitlines()[0]) != killed


def _patiently(site: Site, path: str, seconds: float = 60) -> dict[str, object]:
    end = time.monotonic() + seconds
    time.sleep(0.5)
    while True:
        try:
            return site.json(path)
        except urllib.error.HTTPError as error:
            body = error.read().decode()
            assert error.code == 503, body
            assert "Traceback" not in body
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
