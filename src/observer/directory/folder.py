"""Lists and reads a directory that lies in a folder; links are never followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from observer.directory.document import MAX_BYTES
from observer.directory.git import head_revision
from observer.directory.tree import MAX_FILES, ROOTS, Entry, Kind, Tree, assemble
from observer.errors import ContentError, Problem
from observer.model.directory import Revision


def has_directory(folder: Path) -> bool:
    """Whether a folder holds a directory: `projects/` below it, in `data/` or in `directory/`."""
    return any((folder / root / "projects").is_dir() for root in ROOTS)


def read_folder(folder: Path) -> Tree:
    """The tree of a folder, with the commit when the folder is in a git work tree and equals its HEAD."""
    root = next((root for root in ROOTS if (folder / root / "projects").is_dir()), None)
    if root is None:
        hint = "name the folder that holds projects/ and collections/"
        raise ContentError([Problem(str(folder), None, "there is no folder projects/ here", hint, "no-directory")])
    base = folder / root
    entries = [entry for top in ("projects", "collections", "logos") for entry in _walk(base, top)]

    def read(wanted: Sequence[Entry]) -> Iterator[bytes]:
        for entry in wanted:
            with (base / entry.path).open("rb") as file:
                # One byte more than allowed, so that a file that grew meanwhile is refused by the parser.
                yield file.read(MAX_BYTES + 1)

    tree = assemble(entries, read, Revision(digest=""), location=str(folder), root="")
    return head_revision(base, tree)


def _walk(base: Path, top: str) -> Iterator[Entry]:
    pending = [top]
    count = 0
    while pending:
        path = pending.pop()
        try:
            children = list(os.scandir(base / path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for child in children:
            count += 1
            if count > MAX_FILES:
                raise ContentError([Problem(str(base), None, f"more than {MAX_FILES:,} files", None, "too-large")])
            inner = f"{path}/{child.name}"
            if child.is_dir(follow_symlinks=False):
                pending.append(inner)
            else:
                info = child.stat(follow_symlinks=False)
                yield Entry(inner, _kind(info.st_mode), info.st_size)


def _kind(mode: int) -> Kind:
    if stat.S_ISLNK(mode):
        return Kind.LINK
    if not stat.S_ISREG(mode):
        return Kind.SPECIAL
    # An executable bit is not refused here: some file systems set it on every file.
    return Kind.FILE
