"""Runs a foreign program and gives its output line by line, under limits, and leaves nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from observer.errors import SourceError, TransientSourceError

LINE_LIMIT = 10_000_000

_CHUNK = 1 << 16
_GRACE_SECONDS = 5.0


class Process:
    """A program in a process group of its own, with an almost empty environment.

    As a context manager it starts the program and ends the whole group, whatever happened.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], heartbeat: float
    ) -> None:
        self._name = name
        self._command = list(command)
        self._folder = folder
        self._environment = dict(environment)
        self._heartbeat = heartbeat
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Process:
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SourceError(f"cannot start {self._command[0]}: {reason}", where=self._name) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._started()
        if process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_SECONDS)
        self._signal(signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def lines(self) -> Iterator[tuple[bool, bytes]]:
        """The lines of both outputs as they come, each with whether it is of the standard output.

        Raises SourceError for a line of more than 10 MB and TransientSourceError if nothing comes for the time of
        the heartbeat.
        """
        process = self._started()
        waiting = {pipe: _Lines() for pipe in (process.stdout, process.stderr) if pipe is not None}
        with selectors.DefaultSelector() as selector:
            for pipe in waiting:
                selector.register(pipe, selectors.EVENT_READ)
            heard = time.monotonic()
            while process.stdout in waiting:
                ready = selector.select(max(0.0, heard + self._heartbeat - time.monotonic()))
                if not ready:
                    raise TransientSourceError(f"said nothing for {self._heartbeat:g} seconds", where=self._name)
                for key, _ in ready:
                    source = key.fileobj
                    assert not isinstance(source, int)  # noqa: S101 - only files were registered
                    paused = time.monotonic()
                    yield from self._read(source, waiting, selector)
                    # The time that our reader took is not the program's silence.
                    heard = time.monotonic() if source is process.stdout else heard + time.monotonic() - paused

    def exit_code(self) -> int:
        """Waits for the end, which must follow the end of the output at once; raises SourceError if it does not."""
        try:
            return self._started().wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise SourceError("closed its output but did not end", where=self._name) from error

    def _read(
        self, source: object, waiting: dict[IO[bytes], _Lines], selector: selectors.BaseSelector
    ) -> Iterator[tuple[bool, bytes]]:
        pipe = next(pipe for pipe in waiting if pipe is source)
        standard = pipe is self._started().stdout
        chunk = os.read(pipe.fileno(), _CHUNK)
        for line in waiting[pipe].feed(chunk):
            yield standard, line
        if waiting[pipe].size > LINE_LIMIT:
            if standard:
                raise SourceError(f"sent a line of more than {LINE_LIMIT // 1_000_000} MB", where=self._name)
            waiting[pipe].clear()
        if not chunk:
            selector.unregister(pipe)
            del waiting[pipe]

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._started().pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the process was not started")
        return self._process


class _Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that a chunk completes; an empty chunk ends the last one."""
        if not chunk:
            if self._parts:
                yield b"".join(self._parts)
                self.clear()
            return
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            yield b"".join([*self._parts, line])
            self.clear()
        if rest:
            self._parts.append(rest)
            self.size += len(rest)

    def clear(self) -> None:
        self._parts, self.size = [], 0
