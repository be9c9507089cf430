"""An insight: one file or folder of the library with front matter. Finds and reads them; checks nothing beyond that.

What others build on (reports, vectors, bounties) is `Item`, `read_item` and `load_items`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from observer.errors import ContentError, NotFoundError, Problem
from observer.insights.front_matter import SUFFIXES, FrontMatter, parse_item
from observer.insights.kind import SHELVES, ItemKind
from observer.yaml_text import Document

MAX_TEXT_BYTES = 5 * 1024 * 1024
"""The largest file that is read as an item's text."""

_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_IGNORED = ("README.md", "__init__.py", "__pycache__")


@dataclass(frozen=True, slots=True)
class Item:
    """One insight. `path` is the file with the front matter, `root` the folder `insights/` that it was found in.

    `slug` has hyphens where the file's name has underscores. `body` is the text after the front matter (of a notebook
    the rest of its first Markdown cell, of a `.yaml` the second document), whose first line is line `body_line` of the
    file. `document` knows the line of everything in the front matter.
    """

    path: Path
    root: Path
    front: FrontMatter
    body: str
    body_line: int
    document: Document

    @property
    def kind(self) -> ItemKind:
        return self.front.kind

    @property
    def slug(self) -> str:
        return self.path.stem.replace("_", "-")

    @property
    def key(self) -> str:
        """The name by which the library knows the item, as in `uses`: kind/slug."""
        return f"{self.kind.value}/{self.slug}"

    @property
    def folder(self) -> Path | None:
        """The item's own folder; None where the item is a single file."""
        return self.path.parent if self.path.parent.name == self.path.stem else None

    @property
    def place(self) -> str:
        """The path of `path` below the root, with slashes: where problems are told."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the item, the one with the front matter among them."""
        return tuple(_files_of(self.folder)) if self.folder else (self.path,)

    def line(self, *place: str | int) -> int:
        """The line of a key of the front matter."""
        return self.document.line(place)


def read_item(path: Path, root: Path) -> Item:
    """The item whose front matter is in the file `path`; ContentError with all problems, told by path below `root`."""
    place = path.relative_to(root).as_posix()
    if path.stat().st_size > MAX_TEXT_BYTES:
        what = f"the file is larger than {MAX_TEXT_BYTES // 2**20} MB"
        raise ContentError.one(place, None, what, hint="name large data by url and sha256")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError.one(place, None, "the file is not UTF-8", hint="save it as UTF-8") from error
    parsed = parse_item(text, place)
    item = Item(path, root, parsed.front, parsed.body, parsed.body_line, parsed.document)
    problems = list(_misplaced(item))
    if problems:
        raise ContentError(problems)
    return item


def find_paths(root: Path) -> Iterator[Path | Problem]:
    """The files with front matter below `root`, and a Problem for every file that belongs to no item.

    A folder with a file named after it is one item. Elsewhere each file is an item, but for README.md, __init__.py and
    names that begin with a dot or an underscore.
    """
    yield from _below(root, root)


def read_items(root: Path) -> tuple[tuple[Item, ...], tuple[Problem, ...]]:
    """All items of the library that can be read, in order of their paths, and what is wrong with the rest."""
    items: list[Item] = []
    problems: list[Problem] = []
    for found in find_paths(root):
        if isinstance(found, Problem):
            problems.append(found)
            continue
        try:
            items.append(read_item(found, root))
        except ContentError as error:
            problems += error.problems
    problems += _doubles(items)
    return tuple(items), tuple(sorted(problems))


def load_items(root: Path) -> tuple[Item, ...]:
    """All items of the library; ContentError with every problem of every item."""
    items, problems = read_items(root)
    if problems:
        raise ContentError(problems)
    return items


def find_item(items: tuple[Item, ...], name: str) -> Item:
    """The item of a key (kind/slug), a slug that is not used twice, or a path; NotFoundError with the nearest names."""
    from difflib import get_close_matches

    wanted = name.rstrip("/")
    found = [item for item in items if wanted in (item.key, item.slug, item.place, str(item.path), str(item.folder))]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f"'{name}' names {len(found)} items", hint="say " + " or ".join(item.key for item in found))
    near = get_close_matches(wanted, [word for item in items for word in (item.key, item.slug)], n=1)
    raise NotFoundError(f"there is no insight '{name}'", hint=f"did you mean '{near[0]}'?" if near else None)


def _below(folder: Path, root: Path) -> Iterator[Path | Problem]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")) or path.name in _IGNORED:
            continue
        yield from _in_folder(path, root) if path.is_dir() and not path.is_symlink() else _file(path, root)


def _in_folder(folder: Path, root: Path) -> Iterator[Path | Problem]:
    own = [folder / f"{folder.name}{suffix}" for suffix in SUFFIXES if (folder / f"{folder.name}{suffix}").is_file()]
    if len(own) > 1:
        names = " and ".join(path.name for path in own)
        what = f"{names} are both named after their folder"
        yield Problem(folder.relative_to(root).as_posix(), None, what, "name one of them otherwise")
    elif own:
        yield own[0]
    else:
        yield from _below(folder, root)


def _file(path: Path, root: Path) -> Iterator[Path | Problem]:
    place = path.relative_to(root).as_posix()
    if path.is_symlink():
        yield Problem(place, None, "symbolic links are not taken", "put the file itself here")
    elif path.suffix in SUFFIXES:
        yield path
    else:
        yield Problem(
            place, None, "the file belongs to no item", "put it into a folder whose main file has the folder's name"
        )


def _files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path


def _misplaced(item: Item) -> Iterator[Problem]:
    if not _SLUG.fullmatch(item.path.stem):
        yield Problem(
            item.place, None, f"'{item.path.stem}' is no name for an item", "use lowercase letters, digits and hyphens"
        )
    shelves = SHELVES[item.kind]
    if not any(item.path.is_relative_to(item.root / shelf) for shelf in shelves):
        homes = " or ".join(f"{shelf}/" for shelf in shelves)
        yield Problem(item.place, item.line("kind"), f"a {item.kind.value} does not belong here", f"move it to {homes}")


def _doubles(items: list[Item]) -> Iterator[Problem]:
    first: dict[str, Item] = {}
    for item in items:
        other = first.setdefault(item.key, item)
        if other is not item:
            what = f"there is a {item.kind.value} '{item.slug}' already: {other.place}"
            yield Problem(item.place, None, what, "choose another name")
