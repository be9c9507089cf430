"""Runs git: never through a shell, with an environment of its own, under limits of time and size."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from observer.errors import ConfigError, SourceError, TransientSourceError

CONFIGURATION = Path(__file__).with_name("gitconfig")
OLDEST = (2, 36)
_BLOCK = 1 << 20
_SMALL = 256 << 10
_PAUSE_SECONDS = 0.005
_WATCH_SECONDS = 0.25


class GitError(SourceError):
    """A git process ended with a fault; `what` carries its last words."""


class GitLimitError(GitError):
    """A git process was stopped: it took too long or its folder grew too large."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one git process may use: wall seconds, bytes of memory (on Linux), bytes of the folder that it writes to."""

    seconds: float = 3600.0
    memory_bytes: int = 4 << 30
    folder: Path | None = None
    folder_bytes: int = 8 << 30


@dataclass(frozen=True, slots=True)
class Git:
    """Git for one purpose: where it looks for objects, which protocols it may speak, how long it may take.

    It reads neither the user's nor the machine's configuration, runs no hook, asks nothing and recurses into
    no submodule. Of the environment it gets nothing but the folder that git itself is in.
    """

    protocols: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The output of a short command, whole. Raises GitError with what git said."""
        with self.stream(*arguments, stdin=stdin) as out:
            return out.read()

    @contextlib.contextmanager
    def stream(self, *arguments: str, stdin: bytes = b"") -> Iterator[IO[bytes]]:
        """The output of a command while it runs; leaving early ends it. Raises GitError with what git said."""
        with tempfile.TemporaryFile() as errors, _input(stdin) as given:
            process = subprocess.Popen(
                [_executable(), *arguments],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment(),
                process_group=0,
                bufsize=0,
            )
            _cap_memory(process.pid, self.limits.memory_bytes)
            with _Guard(process, self.limits) as guard:
                out = process.stdout
                if out is None:
                    raise AssertionError("stdout is a pipe")
                with contextlib.suppress(OSError):
                    fcntl.fcntl(out, getattr(fcntl, "F_SETPIPE_SZ", 1031), _BLOCK)
                try:
                    yield out
                    status = process.wait()
                finally:
                    _end(process)
                    out.close()
            if guard.reason:
                raise GitLimitError(f"git {arguments[0]} was stopped: {guard.reason}")
            if status:
                errors.seek(0)
                said = errors.read(20_000).decode("utf-8", "replace")
                raise GitError(f"git {arguments[0]} failed: {_last_words(said)}")

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join((str(Path(_executable()).parent), os.defpath)),
            "HOME": os.devnull,
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(CONFIGURATION),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": ":".join(self.protocols) or "none",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_FLUSH": "0",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            **self._settings(),
            **self.variables,
        }

    def _settings(self) -> dict[str, str]:
        """Settings as variables: unlike arguments, they are not shown to everybody on the machine."""
        numbered = {"GIT_CONFIG_COUNT": str(len(self.settings))}
        for number, (key, value) in enumerate(self.settings.items()):
            numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return numbered


def require_git() -> None:
    """Returns if a git that is new enough is installed; raises ConfigError otherwise."""
    said = Git().run("version").decode("utf-8", "replace")
    digits = [part for part in said.split()[2:3] for part in part.split(".")[:2]]
    if tuple(int(part) for part in digits if part.isdigit()) < OLDEST:
        raise ConfigError(f"git {'.'.join(map(str, OLDEST))} or newer is needed, not {said.strip()}", where="git")


def read_blocks(out: IO[bytes], *, size: int) -> Iterator[bytes]:
    """The bytes of a stream in pieces of about `size`."""
    while True:
        parts: list[bytes] = []
        length = 0
        while length < size and (block := out.read(_BLOCK)):
            parts.append(block)
            length += len(block)
            if len(block) < _SMALL:
                # Git writes 4 KiB at a time: letting the pipe fill spares both sides most of their wake-ups.
                time.sleep(_PAUSE_SECONDS)
        if not parts:
            return
        yield b"".join(parts)


def as_transient(error: GitError) -> TransientSourceError:
    """The same fault as one that may pass."""
    return TransientSourceError(error.what, where=error.where, hint=error.hint)


def _executable() -> str:
    found = shutil.which("git")
    if found is None:
        raise ConfigError("git is not installed", where="git", hint="install git and run again")
    return found


@contextlib.contextmanager
def _input(data: bytes) -> Iterator[int | IO[bytes]]:
    if not data:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


class _Guard:
    """Watches a process from a thread of its own and ends its group when a limit is reached."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self.reason = ""
        self._process = process
        self._limits = limits
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Guard:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._measure()

    def _watch(self) -> None:
        end = time.monotonic() + self._limits.seconds
        pause = _WATCH_SECONDS if self._limits.folder else self._limits.seconds
        while not self._done.wait(min(pause, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                self.reason = f"it took longer than {self._limits.seconds:g} s"
            self._measure()
            if self.reason:
                _end(self._process)
                return

    def _measure(self) -> None:
        folder = self._limits.folder
        if folder and not self.reason and _folder_bytes(folder) > self._limits.folder_bytes:
            self.reason = f"its folder grew beyond {self._limits.folder_bytes} bytes"


def _cap_memory(pid: int, size: int) -> None:
    """Caps what a process may allocate; mapped packs do not count. A tree can name itself a billion times over."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it started, if it still runs."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _folder_bytes(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(root) / name).lstat().st_size
    return total


def _last_words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    text = (fatal or lines or ["it said nothing"])[0]
    return "".join(c if c.isprintable() else "?" for c in text)[:300]
