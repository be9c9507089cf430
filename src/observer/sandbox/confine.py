"""Takes from this process, for good, all that it does not need: files, network, other processes, memory.

Every layer is a property of the process that the kernel enforces, so that it holds where what runs above it errs.
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
from dataclasses import dataclass
from pathlib import Path

from observer.sandbox.seccomp import install_filter

_NO_NEW_PRIVILEGES = 38
_DEATH_SIGNAL = 1
_DUMPABLE = 4
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _READ_FILE, _READ_DIR, _IOCTL = 1, 1 << 2, 1 << 3, 1 << 15
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_NETWORK_RIGHTS = 0x3
_SCOPES = 0x3
_CAPSET = {"x86_64": 126, "aarch64": 91}


@dataclass(frozen=True, slots=True)
class Room:
    """What a confined process keeps.

    `readable` are folders and files that it may read, `is_listed` whether it may list those folders. `writable` is a
    folder in which it may do what it likes with files of at most `file_bytes` each. `memory` is in bytes of address
    space beyond what the process has already, `cpu_seconds` of the processor's time, `nice` what is given up of it.
    """

    readable: tuple[Path, ...]
    memory: int
    nice: int = 10
    is_listed: bool = False
    writable: Path | None = None
    file_bytes: int = 0
    open_files: int = 64
    cpu_seconds: int | None = None


def die_with_parent() -> None:
    """Ends this process when the one that started it ends."""
    _prctl(_DEATH_SIGNAL, 9)


def enter(room: Room) -> dict[str, bool]:
    """Locks the process in; returns which layers hold. There is no way back, and the environment is emptied.

    Call it while the process has one thread: the kernel locks in the thread that asks, and those that it starts later.
    """
    os.environ.clear()
    os.nice(room.nice)
    _limit(room)
    layers = {"no_new_privileges": _prctl(_NO_NEW_PRIVILEGES, 1), "landlock": _landlock(room)}
    _prctl(_DUMPABLE, 0)
    layers["capabilities"] = _drop_capabilities()
    layers["seccomp"] = install_filter(may_write=room.writable is not None)
    return layers | _tried()


def _limit(room: Room) -> None:
    limits = [
        (resource.RLIMIT_AS, _address_space() + room.memory),
        (resource.RLIMIT_FSIZE, room.file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, room.open_files),
    ]
    if room.cpu_seconds is not None:
        limits.append((resource.RLIMIT_CPU, room.cpu_seconds))
    for limit, value in limits:
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


def _landlock(room: Room) -> bool:
    """Leaves the rights of the room to files, and none to the network."""
    if sys.platform != "linux":
        return False
    call = ctypes.CDLL(None, use_errno=True).syscall
    version = call(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = _FILE_RIGHTS[min(version, 5)]
    rules = struct.pack("QQQ", handled, _NETWORK_RIGHTS if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    rules = rules[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = call(_LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return False
    try:
        read = _READ_FILE | (_READ_DIR if room.is_listed else 0)
        allowed = [_allow(call, ruleset, path, read) for path in room.readable]
        if room.writable is not None:
            allowed.append(_allow(call, ruleset, room.writable, handled & ~_EXECUTE & ~_IOCTL))
        return all(allowed) and bool(call(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(call: Callable[..., int], ruleset: int, path: Path, rights: int) -> bool:
    """Adds a right to a folder or, without what only folders have, to a file."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights if path.is_dir() else rights & _READ_FILE, handle)
        return call(_LANDLOCK_ADD, ruleset, 1, rule, 0) == 0
    finally:
        os.close(handle)


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
