"""Sandboxed runs as the rest of the observatory sees them: started, fed with answers, watched, killed when late."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from observer.client.pipe import LENGTHS
from observer.errors import ConfigError
from observer.insights.sandbox.gateway import Api, Gateway
from observer.insights.sandbox.job import Job, Outcome

_KEPT = ("PATH", "HOME", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL")
_START_SECONDS = 120.0
_LOOK_SECONDS = 0.1


class Sandbox:
    """Runs jobs, one at a time, each in a fresh process; a context manager.

    Questions of the code go to `api`. ConfigError where this system cannot confine a process wholly, since code of
    strangers is not run then.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._own = Path(tempfile.mkdtemp(prefix="observer-insights-"))

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends what still runs."""
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        shutil.rmtree(self._own, ignore_errors=True)

    def run(self, job: Job) -> Outcome:
        """Runs a job to its end or to one of its limits."""
        cells = self._own / "cells.json"
        cells.write_text(json.dumps([asdict(cell) for cell in job.cells]), encoding="utf-8")
        order = {"folder": str(job.folder.resolve()), "cells": str(cells), "limits": asdict(job.limits)}
        gateway = Gateway(self._api, job.limits.questions)
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = self._fork(order, gateway.theirs, theirs)
            gateway.theirs.close()
            with _Watched(pid) as watched:
                return _follow(job, ours, watched)
        finally:
            ours.close()
            gateway.close()

    def _fork(self, order: Mapping[str, object], api: socket.socket, answer: socket.socket) -> int:
        orders = self._running()
        socket.send_fds(orders, [json.dumps(order).encode("utf-8")], [api.fileno(), answer.fileno()])
        told = orders.recv(100)
        if not told:
            raise ConfigError("the process that runs insights has ended", hint="run the command again")
        return int(told)

    def _running(self) -> socket.socket:
        if self._orders is not None:
            return self._orders
        ours, theirs = socket.socketpair()
        # No variable of our environment goes along but where Python finds itself; numbers must not hang on threads.
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment |= {"PYTHONHASHSEED": "0", "IPYTHONDIR": str(self._own)}
        errors = self._own / "errors.txt"
        with theirs, errors.open("wb") as told:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "observer.insights.sandbox.nursery", str(theirs.fileno()), str(self._own)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                env=environment,
                start_new_session=True,
            )
        ours.settimeout(_START_SECONDS)
        if ours.recv(100) != b"ready\n":
            lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
            ours.close()
            hint = "install them: pip install -r requirements-insights.lock (make deps-insights)"
            raise ConfigError(
                f"the packages for insights are not there: {lines[-1] if lines else 'no word'}", hint=hint
            )
        self._orders = ours
        return ours


class _Watched:
    """A process that can be killed without hitting another one of the same number."""

    def __init__(self, pid: int) -> None:
        self._handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        self._pid = pid

    def __enter__(self) -> _Watched:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self._handle is not None:
            os.close(self._handle)

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            if self._handle is None:
                os.kill(self._pid, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)


def _follow(job: Job, ours: socket.socket, watched: _Watched) -> Outcome:
    """Reads what the run tells until it ends, or ends it."""
    started = time.monotonic()
    outputs: dict[int, list[dict[str, Any]]] = {}
    layers: dict[str, bool] = {}
    next_cell = job.cells[0].number if job.cells else 0
    inbox = _Inbox(ours, job.limits.answer_bytes)

    def ended(error: str | None, cell: int | None) -> Outcome:
        return Outcome(outputs, error, cell, time.monotonic() - started, layers)

    numbers = [cell.number for cell in job.cells]
    while True:
        told = inbox.next(lambda: _overdue(job, started))
        if not isinstance(told, tuple):
            watched.kill()
            return ended(told or _sudden(job), next_cell)
        head, body = told
        if "layers" in head:
            layers = dict(head["layers"])
            missing = [name for name, holds in layers.items() if not holds]
            if missing:
                raise ConfigError(
                    f"this system cannot confine the code of insights, it lacks: {', '.join(missing)}",
                    hint="run insights on Linux 5.13 or newer with seccomp and Landlock",
                )
        elif "end" in head:
            return ended(None, None)
        else:
            number = head.get("cell")
            if number not in numbers:
                return ended("the run told something else than its outputs", next_cell)
            outputs[number] = _outputs(body)
            if head.get("error"):
                return ended(str(head["error"])[:500], number)
            place = numbers.index(number) + 1
            next_cell = numbers[place] if place < len(numbers) else number


class _Inbox:
    """Messages from a process that may send anything, or stop in the middle."""

    def __init__(self, ours: socket.socket, most: int) -> None:
        self._ours, self._left, self._most = ours, most, most
        self._parts = bytearray()
        ours.setblocking(False)

    def next(self, overdue: Callable[[], str | None]) -> tuple[dict[str, Any], bytes] | str | None:
        """The next message; a sentence where the run must end first, None where it ended or talks nonsense."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._ours, selectors.EVENT_READ)
            while (message := self._message()) is None:
                if broken := overdue():
                    return broken
                if not selector.select(timeout=_LOOK_SECONDS):
                    continue
                part = self._ours.recv(1 << 20)
                self._parts += part
                self._left -= len(part)
                if self._left < 0:
                    return f"the outputs are larger than {self._most >> 20} MB; show less"
                if not part:
                    return None
        return message or None

    def _message(self) -> tuple[dict[str, Any], bytes] | tuple[()] | None:
        """A whole message off the front; None where it is not there yet, nothing where it is none."""
        if len(self._parts) < LENGTHS.size:
            return None
        head_size, body_size = LENGTHS.unpack_from(self._parts)
        end = LENGTHS.size + head_size + body_size
        if len(self._parts) < end:
            return None
        text, body = bytes(self._parts[LENGTHS.size : end - body_size]), bytes(self._parts[end - body_size : end])
        del self._parts[:end]
        try:
            head = json.loads(text)
        except (ValueError, RecursionError):
            return ()
        return (head, body) if isinstance(head, dict) else ()


def _overdue(job: Job, started: float) -> str | None:
    if time.monotonic() - started > job.limits.wall_seconds:
        return f"it ran longer than {job.limits.wall_seconds:g} seconds; compute less, or ask for less data"
    if _size(job.folder) > job.limits.folder_bytes:
        return f"it wrote more than {job.limits.folder_bytes >> 20} MB of files; export less"
    return None


def _sudden(job: Job) -> str:
    limits = job.limits
    return (
        f"the process was ended by the system: it may take {limits.memory >> 20} MB of memory and "
        f"{limits.cpu_seconds} seconds of the processor, and write files of {limits.file_bytes >> 20} MB"
    )


def _outputs(body: bytes) -> list[dict[str, Any]]:
    """What a cell showed, as far as it has the right form."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return [output for output in found if isinstance(output, dict)] if isinstance(found, list) else []


def _size(folder: Path) -> int:
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118 - many small steps
    return total
