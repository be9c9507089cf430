"""Durable files: what is named complete is on disk, complete."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

BUILDING = ".building"
REMOVED = ".removed"
MANIFEST = "manifest.json"


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Returns when the file or the folder's entries are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seal(folder: Path, manifest: Mapping[str, object]) -> None:
    """Writes the manifest, makes every file read-only and waits until all is on disk."""
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(0o444)
        sync(path)
    sync(folder)


def rename(source: Path, target: Path) -> None:
    """Renames a folder beside itself, durably."""
    source.rename(target)
    sync(target.parent)


def remove(folder: Path) -> None:
    """Removes a release folder in two steps, so that a kill leaves nothing that looks like a release."""
    if not folder.exists():
        return
    doomed = folder if folder.suffix in (BUILDING, REMOVED) else folder.with_name(folder.name + REMOVED)
    if doomed != folder:
        rename(folder, doomed)
    shutil.rmtree(doomed)
