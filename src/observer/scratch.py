"""Folders for temporary files that do not outlive their process, not even one that was killed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"observer-[a-z]+-(\d+)-\w+")


@contextlib.contextmanager
def scratch_folder(kind: str, parent: Path | None = None) -> Iterator[Path]:
    """A new folder that only we can enter, in `parent` or the system's temporary folder; removed at the end.

    What killed processes left in `parent` is removed first.
    """
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
    prefix = f"observer-{kind}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def sweep(parent: Path) -> None:
    """Removes the scratch folders of processes that are no more."""
    for folder in parent.iterdir():
        match = _NAME.fullmatch(folder.name)
        if match and not _is_alive(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
