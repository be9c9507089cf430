"""Named points at which a test may end the process as a power cut would; inert otherwise."""

from __future__ import annotations

import os
import signal

VARIABLE = "OBSERVER_CRASH_AT"

_passed: dict[str, int] = {}


def crash_point(name: str) -> None:
    """Kills this process if OBSERVER_CRASH_AT is `name`, or `name:n` at the n-th time that it passes here."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    target, _, count = wanted.partition(":")
    if target != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] == int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
