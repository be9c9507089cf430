"""The files of a directory as they lie in a folder, a commit or an archive, before anything is parsed.

A place lists its entries; this module decides which of them are content, refuses what has no business there,
and reads the rest within limits. Nothing is ever written or checked out.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from observer.directory.document import MAX_BYTES
from observer.errors import ContentError, Problem
from observer.model.directory import Revision

MAX_FILES = 200_000
MAX_TOTAL_BYTES = 256 * 1024 * 1024
MAX_NAME_BYTES = 200

ROOTS = ("", "data/", "directory/")
"""Where `projects/` and `collections/` may lie below the location that was named."""

_CONTENT = ("projects", "collections")
_FOLDERS = ("projects", "collections", "logos")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
)


class Kind(StrEnum):
    """What an entry of a place is; only plain files are content."""

    FILE = "file"
    EXECUTABLE = "executable file"
    LINK = "symbolic link"
    SUBMODULE = "submodule"
    SPECIAL = "special file"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a place: path with `/`, kind, size in bytes, and whatever its place needs to read it."""

    path: str
    kind: Kind
    size: int
    handle: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A YAML file of the directory: path relative to the root, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """The YAML files of a directory, its other files by path, and what was refused on the way."""

    files: tuple[SourceFile, ...]
    others: tuple[str, ...]
    problems: tuple[Problem, ...]
    revision: Revision


Reader = Callable[[Sequence[Entry]], Iterator[bytes]]
"""Gives the bytes of some entries, in their order."""


def find_root(paths: Sequence[str], location: str) -> str:
    """The prefix below which `projects/` lies: "", "data/" or "directory/", or one of them in a single top folder.

    Raises ContentError where there is no directory.
    """
    tops = {path.split("/", 1)[0] for path in paths}
    wrapper = f"{tops.pop()}/" if len(tops) == 1 else ""
    prefixes = [*ROOTS, *(wrapper + root for root in ROOTS if wrapper)]
    found = {prefix for prefix in prefixes if any(path.startswith(f"{prefix}projects/") for path in paths)}
    for prefix in prefixes:
        if prefix in found:
            return prefix
    hint = "name the folder that holds projects/ and collections/"
    raise ContentError([Problem(location, None, "there is no folder projects/ here", hint, "no-directory")])


def assemble(entries: Sequence[Entry], read: Reader, revision: Revision, *, location: str, root: str) -> Tree:
    """The tree below a root. `revision` is completed by the digest of the content."""
    problems: list[Problem] = []
    wanted: list[Entry] = []
    others: list[str] = []
    seen: dict[str, str] = {}
    for entry in sorted(entries, key=lambda e: e.path):
        if not entry.path.startswith(root):
            continue
        inner = replace(entry, path=entry.path[len(root) :])
        top = inner.path.split("/", 1)[0]
        if top not in _FOLDERS or inner.path == top:
            continue
        problem = _refusal(inner, seen)
        if problem is not None:
            problems.append(problem)
        elif top in _CONTENT and inner.path.endswith(".yaml"):
            wanted.append(inner)
        else:
            others.append(inner.path)
    _check_totals(wanted, len(entries), location)
    data = [SourceFile(entry.path, content) for entry, content in zip(wanted, read(wanted), strict=True)]
    revision = replace(revision, digest=_digest(data))
    return Tree(tuple(data), tuple(others), tuple(problems), revision)


def is_safe_path(path: str) -> bool:
    """Whether a path stays inside its place and means the same on every system."""
    if not path or path.startswith("/") or "\\" in path:
        return False
    if not path.isprintable() and any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in path):
        return False
    return all(part not in ("", ".", "..") and part.lower() != ".git" for part in path.split("/"))


def _refusal(entry: Entry, seen: dict[str, str]) -> Problem | None:
    """Why an entry may not be in the directory."""
    path = entry.path
    name = path.rsplit("/", 1)[-1]
    if not is_safe_path(path):
        return Problem(repr(path), None, "a path that leaves the directory or cannot be written", None, "unsafe-path")
    if path in seen:
        return Problem(path, None, "the same path twice", None, "unsafe-path")
    seen[path] = path
    if entry.kind is not Kind.FILE:
        hint = "chmod 644" if entry.kind is Kind.EXECUTABLE else "only plain files are content"
        return Problem(path, None, f"a {entry.kind}", hint, "file-kind")
    if len(name.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES:
        return Problem(path, None, f"a file name of more than {MAX_NAME_BYTES} bytes", None, "unsafe-path")
    if name.split(".", 1)[0].lower() in _RESERVED:
        return Problem(path, None, "a file name that Windows reserves for a device", "choose another", "unsafe-path")
    if entry.size > MAX_BYTES and path.endswith(".yaml"):
        what = f"the file has {entry.size:,} bytes; the limit is {MAX_BYTES:,}"
        return Problem(path, None, what, "split the project or list an owner instead", "too-large")
    return None


def _check_totals(wanted: Sequence[Entry], count: int, location: str) -> None:
    total = sum(entry.size for entry in wanted)
    what = None
    if count > MAX_FILES:
        what = f"more than {MAX_FILES:,} files"
    elif total > MAX_TOTAL_BYTES:
        what = f"{total:,} bytes of YAML; the limit is {MAX_TOTAL_BYTES:,}"
    if what:
        raise ContentError([Problem(location, None, what, None, "too-large")])


def _digest(files: Sequence[SourceFile]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.path.encode("utf-8", "surrogateescape"))
        whole.update(b"\0" + hashlib.sha256(file.data).digest())
    return whole.hexdigest()
