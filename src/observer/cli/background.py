"""The run behind the pages: a process of its own that fills in the rest, and the file that tells how far it is."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from observer.errors import ObserverError

if TYPE_CHECKING:
    from observer.pipeline.runner import StepReport

_MODULE = "observer.cli.background"
_STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Background:
    """How far the run behind the pages is.

    `state` is running, done, failed (some step failed; what was published stays) or interrupted (the process is gone).
    `steps` are the finished ones, as `observer run --json` prints them; `step` is the present one.
    """

    pid: int
    started_at: str
    state: str = "running"
    step: str | None = None
    steps: tuple[Mapping[str, object], ...] = ()
    finished_at: str | None = None
    error: str | None = None
    log: str | None = None

    @property
    def is_running(self) -> bool:
        return self.state == "running"


@dataclass
class _Keeper:
    """Keeps the file up to date while the steps run."""

    file: Path
    now: Background
    reports: list[StepReport] = field(default_factory=list)

    def watch(self, key: str, report: StepReport | None) -> None:
        if report is not None:
            self.reports.append(report)
        steps = tuple(step.as_dict() for step in self.reports)
        self.write(replace(self.now, step=key if report is None else None, steps=steps))

    def write(self, now: Background) -> None:
        self.now = now
        _write(self.file, now)


def start(config: Path, data: Path) -> int:
    """Starts the run in a process of its own, which outlives this one; returns its id."""
    stop(data)
    log = _log(data)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(config.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=config.resolve().parent,
            start_new_session=True,
        )
    _write(_file(data), Background(process.pid, _stamp(), log=str(log)))
    return process.pid


def read(data: Path) -> Background | None:
    """How far the run behind the pages is; None where there never was one."""
    try:
        values = json.loads(_file(data).read_text(encoding="utf-8"))
        values["steps"] = tuple(values.get("steps") or ())
        found = Background(**values)
    except (OSError, ValueError, TypeError):
        return None
    if found.is_running and not _is_ours(found.pid):
        return replace(found, state="interrupted")
    return found


def stop(data: Path) -> bool:
    """Ends a run that is under way, which loses nothing: the next one goes on from what was committed."""
    found = read(data)
    if found is None or not found.is_running or found.pid == os.getpid():
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    end = time.monotonic() + _STOP_SECONDS
    while _is_ours(found.pid) and time.monotonic() < end:
        time.sleep(0.1)
    if _is_ours(found.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGKILL)
    return True


def fill(config: Path) -> bool:
    """Syncs, builds and publishes everything in this process, and keeps the file; whether all of it succeeded."""
    from observer.cli.lifecycle import execute
    from observer.cli.observatory import open_observatory

    observatory = open_observatory(config)
    log = str(_log(observatory.data)) if not sys.stderr.isatty() else None
    keeper = _Keeper(_file(observatory.data), Background(os.getpid(), _stamp(), log=log))
    keeper.write(keeper.now)
    try:
        report = execute(observatory, watch=keeper.watch)
    except ObserverError as error:
        keeper.write(replace(keeper.now, state="failed", finished_at=_stamp(), error=str(error)))
        return False
    state = "done" if report.is_ok else "failed"
    keeper.write(replace(keeper.now, state=state, step=None, finished_at=_stamp()))
    return report.is_ok


def _is_ours(pid: int) -> bool:
    """Whether a process of this id lives and is such a run: ids are given to others later."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    if pid == os.getpid():
        return True
    said = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    # A watch without a website does the run itself.
    return _MODULE in said.stdout or ("observer" in said.stdout and " watch " in said.stdout)


def _file(data: Path) -> Path:
    return data / "background.json"


def _log(data: Path) -> Path:
    return data / "logs" / "background.log"


def _stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(file: Path, now: Background) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as new:
        json.dump(asdict(now), new, default=str)
    Path(new.name).replace(file)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(0 if fill(Path(sys.argv[1])) else 1)
