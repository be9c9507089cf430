"""Takes from this process, for good, all that a query does not need: files, network, other processes, memory.

Every layer is a property of the process that the kernel enforces, so that it holds where the gate or the engine errs.
Linux has all of them; elsewhere the limits of POSIX remain, and the report says so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from observer.query.sql.worker.seccomp import install_filter

_NO_NEW_PRIVILEGES = 38
_DEATH_SIGNAL = 1
_DUMPABLE = 4
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE = 1 << 2
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_NETWORK_RIGHTS = 0x3
_SCOPES = 0x3
_CAPSET = {"x86_64": 126, "aarch64": 91}

# Address space is counted, not memory: libraries, stacks and arenas need room beside the engine's limit.
HEADROOM = 1536 * 1024 * 1024


def die_with_parent() -> None:
    """Ends this process when the one that started it ends."""
    _prctl(_DEATH_SIGNAL, 9)


def enter(readable: Path, memory: int, nice: int) -> dict[str, bool]:
    """Locks the process in; returns which layers hold. Only files under `readable` can be opened, only for reading.

    `memory` is the engine's limit in bytes, `nice` what is given up of the processor. There is no way back.
    """
    os.environ.clear()
    os.nice(nice)
    _limit(memory)
    layers = {"no_new_privileges": _prctl(_NO_NEW_PRIVILEGES, 1), "landlock": _landlock(readable)}
    _prctl(_DUMPABLE, 0)
    layers["capabilities"] = _drop_capabilities()
    layers["seccomp"] = install_filter()
    return layers | _tried()


def _limit(memory: int) -> None:
    used = _address_space()
    room = used + 2 * memory + HEADROOM
    for limit, value in (
        (resource.RLIMIT_AS, room),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 1024 * 1024 * 1024
    return pages * resource.getpagesize()


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    return int(ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)) == 0


def _landlock(readable: Path) -> bool:
    """Leaves the right to read files under one folder, and no other right to files or the network."""
    if sys.platform != "linux":
        return False
    call = ctypes.CDLL(None, use_errno=True).syscall
    version = call(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    rules = struct.pack(
        "QQQ",
        _FILE_RIGHTS[min(version, 5)],
        _NETWORK_RIGHTS if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = call(_LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return False
    folder = os.open(readable, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", _READ_FILE, folder)
        return bool(call(_LANDLOCK_ADD, ruleset, 1, rule, 0) == 0 and call(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(folder)
        os.close(ruleset)


def _drop_capabilities() -> bool:
    """Gives up root's powers, where the process has them."""
    number = _CAPSET.get(os.uname().machine)
    if sys.platform != "linux" or number is None:
        return False
    head = struct.pack("Ii", 0x20080522, 0)
    return int(ctypes.CDLL(None).syscall(number, head, bytes(24))) == 0


def _tried() -> dict[str, bool]:
    """What must not work any more, tried."""
    return {
        "no_files": not _works(lambda: os.close(os.open("/etc/passwd", os.O_RDONLY))),
        "no_writing": not _works(lambda: os.close(os.open("/tmp", os.O_WRONLY | os.O_TMPFILE)))  # noqa: S108
        if hasattr(os, "O_TMPFILE")
        else False,
        "no_network": not _works(lambda: socket.socket().close()),
        "no_processes": not _forks(),
        "no_signals": not _works(lambda: os.kill(os.getppid(), 0)),
    }


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _forks() -> bool:
    try:
        child = os.fork()
    except OSError:
        return False
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True
