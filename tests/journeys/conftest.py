"""A demo world, run through the whole pipeline and served, once for all journeys."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parsed_project import keep, lend

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
NOW = "2026-11-16T06:00:00+00:00"
END = "2026-11-15"
OBSERVER = (sys.executable, "-m", "observer.cli.main")


@dataclass(frozen=True)
class Site:
    """A served observatory: its folder, address and the variables of its environment."""

    folder: Path
    url: str
    environment: Mapping[str, str]

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            body: bytes = answer.read()
            return body

    def json(self, path: str) -> dict[str, object]:
        answer: dict[str, object] = json.loads(self.get(path))
        return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def observer(folder: Path, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs the command line in a folder and fails the test if it fails."""
    data = folder / ("observer-demo" if arguments[0] == "demo" else "") / ".observer" / "transform"
    lend(data)
    done = subprocess.run([*OBSERVER, *arguments], cwd=folder, env=dict(environment), capture_output=True, text=True)
    keep(data)
    assert done.returncode == 0, f"observer {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done


def environment_of(**extra: str) -> dict[str, str]:
    return {**os.environ, "OBSERVER_CLOCK_NOW": NOW, **extra}


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Returns when the server answers; fails if it ends or takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url + "/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {seconds} seconds")


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `observer demo` has run outside of any checkout; OBSERVER_TEST_DEMO names one that has."""
    if existing := os.environ.get("OBSERVER_TEST_DEMO"):
        return Path(existing)
    folder = tmp_path_factory.mktemp("demo")
    environment = environment_of(OBSERVER_DEMO_DAYS="120")
    observer(folder, "demo", "--no-serve", "--scale", "0.1", "--end", END, environment=environment)
    return folder / "observer-demo"


@pytest.fixture(scope="session")
def site(demo_folder: Path) -> Iterator[Site]:
    """The demo, served on a free port."""
    port = free_port()
    environment = environment_of(OBSERVER_SERVER_PORT=str(port))
    process = subprocess.Popen([*OBSERVER, "serve"], cwd=demo_folder, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield Site(demo_folder, url, environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
