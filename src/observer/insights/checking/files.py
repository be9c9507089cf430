"""Checks of an item's files: kinds, sizes, copies of data with their hash; and that what it uses is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import PurePosixPath

from observer.errors import Problem
from observer.insights.item import Item
from observer.insights.kind import ItemKind

MAX_FILE_BYTES = 5 * 1024**2
MAX_ITEM_BYTES = 20 * 1024**2
MAX_FILES = 100
MAX_CELLS = 500
DATA_SUFFIXES = frozenset({".csv", ".json", ".parquet"})
ALLOWED_SUFFIXES = DATA_SUFFIXES | {".md", ".ipynb", ".py", ".sql", ".yaml", ".png", ".svg", ".txt"}


_NOTEBOOKS = frozenset(
    {
        *(ItemKind.NOTEBOOK, ItemKind.TEMPLATE, ItemKind.REPORT),
        *(ItemKind.EXPERIMENT, ItemKind.VECTOR, ItemKind.POST),
    }
)


def check_files(item: Item) -> Iterator[Problem]:
    """Every file is of a kind that can be read, and small enough to be kept in git for good."""
    sizes = {path: path.lstat().st_size for path in item.files}
    for path, size in sizes.items():
        place = path.relative_to(item.root).as_posix()
        if path.is_symlink():
            yield Problem(place, None, "symbolic links are not taken", "put the file itself here", "file")
        elif path.suffix not in ALLOWED_SUFFIXES:
            kinds = ", ".join(sorted(ALLOWED_SUFFIXES))
            yield Problem(place, None, f"files '{path.suffix}' are not taken", f"one of {kinds}", "file")
        if size > MAX_FILE_BYTES:
            what = f"the file has {size / 2**20:.1f} MB, more than {MAX_FILE_BYTES >> 20}"
            yield Problem(place, None, what, "name large data by url and sha256", "size")
    if sum(sizes.values()) > MAX_ITEM_BYTES or len(sizes) > MAX_FILES:
        what = f"the item has {len(sizes)} files with {sum(sizes.values()) / 2**20:.1f} MB"
        hint = f"at most {MAX_FILES} files and {MAX_ITEM_BYTES >> 20} MB; name large data by url and sha256"
        yield Problem(item.place, None, what, hint, "size")


def check_data(item: Item) -> Iterator[Problem]:
    """Every copy of data is named with its origin, and is what its hash says."""
    named: set[str] = set()
    for index, source in enumerate(item.front.data):
        if source.file is None:
            continue
        named.add(source.file)
        line = item.line("data", index, "file")
        is_inside = not PurePosixPath(source.file).is_absolute() and ".." not in PurePosixPath(source.file).parts
        path = item.folder / source.file if item.folder and is_inside else None
        if path is None or not path.is_file():
            hint = "data lies in the folder of its item, which is named after the item's file"
            yield Problem(item.place, line, f"there is no file '{source.file}' beside the item", hint, "data")
            continue
        if path.suffix not in DATA_SUFFIXES:
            yield Problem(item.place, line, f"'{source.file}' is no data", "CSV, JSON or Parquet", "data")
        digest = sha256(path.read_bytes()).hexdigest()
        if digest != source.sha256:
            line = item.line("data", index, "sha256")
            what = f"'{source.file}' is not the file of this hash"
            yield Problem(
                item.place,
                line,
                what,
                f"its sha256 is {digest}: tell it, and when and where the copy was taken",
                "hash",
            )
    for path in item.files:
        name = path.relative_to(item.folder).as_posix() if item.folder else path.name
        if path.suffix in DATA_SUFFIXES and name not in named:
            place = path.relative_to(item.root).as_posix()
            hint = "add it under 'data' with source, licence, date and sha256"
            yield Problem(place, None, "nothing says where this data comes from", hint, "data")


def check_uses(
    item: Item, keys: Collection[str], tables: Collection[str], metrics: Collection[str]
) -> Iterator[Problem]:
    """Tables, metrics and items that the front matter names exist."""
    known: Mapping[str, tuple[Collection[str], tuple[tuple[tuple[str | int, ...], str], ...]]] = {
        "table of the release": (
            tables,
            tuple(
                (("data", place, "tables", n), table)
                for place, source in enumerate(item.front.data)
                for n, table in enumerate(source.tables)
            ),
        ),
        "metric": (metrics, tuple((("metrics", n), name) for n, name in enumerate(item.front.metrics))),
        "item": (keys, tuple((("uses", n), name) for n, name in enumerate(item.front.uses))),
    }
    for noun, (words, named) in known.items():
        for place, name in named:
            if name not in words:
                yield Problem(
                    item.place, item.line(*place), f"there is no {noun} '{name}'", _near(name, words), "unknown"
                )


def check_shape(item: Item) -> Iterator[Problem]:
    """What must hold for one kind alone."""
    if item.path.suffix == ".ipynb" and item.kind not in _NOTEBOOKS:
        yield Problem(item.place, None, f"a {item.kind.value} is no notebook", "write it as .md, .py or .sql", "kind")
    if item.kind in (ItemKind.NOTEBOOK, ItemKind.TEMPLATE) and item.path.suffix != ".ipynb":
        yield Problem(item.place, None, f"a {item.kind.value} is a file .ipynb", "save it from Jupyter", "kind")
    if item.kind is ItemKind.DATASET and not any(source.file or source.url for source in item.front.data):
        line = item.line("data")
        yield Problem(item.place, line, "a data set names its file or url", "add it under 'data'", "kind")


def _near(name: str, words: Collection[str]) -> str | None:
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(words), n=1)
    return f"did you mean '{found[0]}'?" if found else None
