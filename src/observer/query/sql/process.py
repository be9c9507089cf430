"""Worker processes as the API sees them: born from the nursery, asked one thing at a time, killed when late."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observer.errors import ServingError
from observer.query.sql.channel import HEAD, pack

_LOG = logging.getLogger(__name__)
_START_SECONDS = 60.0
_KEPT = ("PATH", "HOME", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "SYSTEMROOT")


class WorkerEndedError(Exception):
    """The worker ended before it had answered."""


@dataclass(eq=False, slots=True)
class WorkerProcess:
    """One worker over one release; `layers` are those of its sandbox, with whether each holds."""

    release: int
    pid: int
    _handle: int | None
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    layers: Mapping[str, bool]
    asked: int = 0

    async def ask(self, order: Mapping[str, object]) -> tuple[dict[str, Any], bytes]:
        """The reply to one order; WorkerEndedError where the worker ends instead."""
        self.asked += 1
        try:
            self._writer.write(pack(order))
            await self._writer.drain()
            return await _message(self._reader)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise WorkerEndedError from error

    @property
    def is_alive(self) -> bool:
        """Whether the worker can be asked."""
        return not self._reader.at_eof() and not self._writer.is_closing()

    def kill(self) -> None:
        """Ends the worker at once, whatever it does."""
        with contextlib.suppress(OSError):
            if self._handle is None:
                os.kill(self.pid, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        if self._handle is not None:
            with contextlib.suppress(OSError):
                os.close(self._handle)
            self._handle = None
        self._writer.close()


class Nursery:
    """Starts workers. The process that they are forked from is itself started with the first one."""

    def __init__(self, memory: str, nice: int) -> None:
        self._memory, self._nice = memory, nice
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._lock = asyncio.Lock()
        self._has_warned = False

    async def start(self, folder: Path) -> WorkerProcess:
        """A new worker over the release in `folder`; ServingError where it does not start."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                return await self._start(folder)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, ValueError) as error:
            raise ServingError("no process for SQL can be started", hint="try again in a moment") from error

    def close(self) -> None:
        """Ends the nursery; its workers end with it."""
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def _start(self, folder: Path) -> WorkerProcess:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            async with self._lock:
                pid = await self._fork(folder, theirs)
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        worker = WorkerProcess(int(folder.name), pid, handle, reader, writer, {})
        try:
            head, _ = await _message(reader)
        except BaseException:
            worker.kill()
            raise
        if not head.get("ready"):
            worker.kill()
            raise ServingError(str(head.get("error")), hint="try again in a moment")
        worker.layers = head["layers"]
        self._warn(worker.layers)
        return worker

    def _warn(self, layers: Mapping[str, bool]) -> None:
        missing = [name for name, holds in layers.items() if not holds]
        if missing and not self._has_warned:
            self._has_warned = True
            _LOG.warning("the sandbox of SQL is partial on this system, it lacks: %s", ", ".join(missing))

    async def _fork(self, folder: Path, channel: socket.socket) -> int:
        orders = self._running()
        order = {"folder": str(folder), "memory": self._memory, "nice": self._nice}
        socket.send_fds(orders, [json.dumps(order).encode("utf-8")], [channel.fileno()])
        answer = await asyncio.get_running_loop().sock_recv(orders, 100)
        return int(json.loads(answer)["pid"])

    def _running(self) -> socket.socket:
        if self._process is None or self._process.poll() is not None or self._orders is None:
            self.close()
            ours, theirs = socket.socketpair()
            with theirs:
                # No variable of the server's environment goes along but where Python finds itself.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "observer.query.sql.worker.nursery", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _KEPT if name in os.environ},
                    start_new_session=True,
                )
            ours.setblocking(False)
            self._orders = ours
        return self._orders


async def _message(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    lengths = HEAD.unpack(await reader.readexactly(HEAD.size))
    head: dict[str, Any] = json.loads(await reader.readexactly(lengths[0]))
    return head, await reader.readexactly(lengths[1])
