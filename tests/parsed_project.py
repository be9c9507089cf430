"""dbt's parsed project, kept between builds of one checkout: parsing is most of what building a small world takes.

dbt compares it with the files by itself, and parses again what changed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.conftest import TEMPORARY

_KEPT = TEMPORARY / "partial_parse.msgpack"


def lend(work_dir: Path) -> None:
    """Puts the parsed project, where there is one, into the work folder of builds that has none."""
    file = _file(work_dir)
    if _KEPT.exists() and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_KEPT, file)


def keep(work_dir: Path) -> None:
    """Keeps what a build parsed, if it is newer than what is kept."""
    file = _file(work_dir)
    if file.exists() and not (_KEPT.exists() and _KEPT.stat().st_mtime >= file.stat().st_mtime):
        copy = _KEPT.with_suffix(f".{os.getpid()}")
        shutil.copy2(file, copy)
        copy.replace(_KEPT)


def _file(work_dir: Path) -> Path:
    return work_dir / "target" / "partial_parse.msgpack"
