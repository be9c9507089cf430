"""The front matter of an insight: the YAML that says what it asks, how, on what data, by whom. Reads no files.

It is the block between two lines `---` that comes first in an item's text. Which text that is depends on the ending of
the file alone: the file itself (`.md`, `.yaml`), the first comment `/* ... */` (`.sql`), the docstring of the module
(`.py`), the first Markdown cell (`.ipynb`).
"""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from observer.errors import ContentError, Problem
from observer.insights.kind import ItemKind
from observer.yaml_text import Document, Place, parse_document

LICENCES = frozenset(
    {
        *("Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "GPL-3.0-or-later"),
        *("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0"),
    }
)
"""The licences (SPDX) under which items and copies of data are taken: all let others use, change and share."""

SUFFIXES = (".md", ".ipynb", ".py", ".sql", ".yaml")
"""The endings of files that can hold front matter."""

_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_NAME = r"^[a-z][a-z0-9_]*$"
_SHA256 = r"^[0-9a-f]{64}$"
_TEXT = Annotated[str, Field(min_length=1, max_length=4000)]
_SAVE = "save it from Jupyter again"
_SQL_COMMENT = re.compile(r"\A\s*/\*\n?(.*?)\*/", re.DOTALL)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Author(_Section):
    """Who made an item: a name to show, and a page on the web where they can be found."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None


class DataSource(_Section):
    """One source of an item's data; exactly one of `tables`, `file` and `url` is given.

    `tables` of the release need nothing more. A `file` beside the item is a copy, a `url` is data too large to copy;
    both tell `source` (of a copy), `licence`, `date` (when it was taken) and `sha256`.
    """

    tables: tuple[Annotated[str, Field(pattern=_NAME)], ...] = ()
    file: str | None = None
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    source: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    licence: str | None = None
    date: dt.date | None = None
    sha256: Annotated[str, Field(pattern=_SHA256)] | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> DataSource:
        if sum((bool(self.tables), self.file is not None, self.url is not None)) != 1:
            raise ValueError("exactly one of 'tables', 'file' and 'url' is given for each source")
        if self.tables:
            return self
        needed = ("licence", "date", "sha256") + (("source",) if self.file else ())
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"data that is not from the release needs {', '.join(missing)}")
        return self


class FrontMatter(_Section):
    """The front matter as written. Keys stand in this order; `spec` is for what only one kind of item has."""

    kind: ItemKind
    title: Annotated[str, Field(min_length=4, max_length=120)]
    question: Annotated[str, Field(min_length=8, max_length=300)]
    authors: Annotated[tuple[Author, ...], Field(min_length=1)]
    date: dt.date
    method: _TEXT
    data: tuple[DataSource, ...]
    licence: str
    tags: Annotated[tuple[Annotated[str, Field(pattern=_SLUG, max_length=40)], ...], Field(min_length=1, max_length=8)]
    metrics: tuple[Annotated[str, Field(pattern=_NAME)], ...] = ()
    uses: tuple[Annotated[str, Field(pattern=r"^[a-z_]+/[a-z0-9-]+$")], ...] = ()
    tolerance: Annotated[float, Field(ge=0, le=0.1)] = 1e-9
    spec: dict[str, Any] = {}

    @field_validator("question")
    @classmethod
    def _asks(cls, text: str) -> str:
        if not text.endswith("?"):
            raise ValueError("a question ends with '?'")
        return text

    @field_validator("licence")
    @classmethod
    def _is_open(cls, text: str) -> str:
        if text not in LICENCES:
            raise ValueError(_licence_fault(text))
        return text

    @model_validator(mode="after")
    def _stands_on_data(self) -> FrontMatter:
        if self.kind.needs_data and not self.data:
            raise ValueError(f"a {self.kind.value} names the data that it stands on; add a source under 'data'")
        faults = [_licence_fault(s.licence) for s in self.data if s.licence is not None and s.licence not in LICENCES]
        if faults:
            raise ValueError(faults[0])
        return self

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables of the release that the item reads."""
        return tuple(dict.fromkeys(table for source in self.data for table in source.tables))


@dataclass(frozen=True, slots=True)
class Parsed:
    """An item's text taken apart.

    `body` is the text after the front matter; its first line is line `body_line` of the file. `document` has the lines
    of the front matter in the file.
    """

    front: FrontMatter
    document: Document
    body: str
    body_line: int


def parse_item(text: str, path: str) -> Parsed:
    """Takes a file's text apart by its ending; ContentError with everything that is wrong with its front matter."""
    told, first = _told(text.removeprefix("\ufeff"), path)
    lines = told.splitlines()
    start = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if not lines or lines[start].strip() != "---":
        raise ContentError.one(
            path, first, "there is no front matter", hint=f"{_WHERE[_suffix(path)]} begins with a line ---"
        )
    end = next((place for place in range(start + 1, len(lines)) if lines[place].strip() == "---"), None)
    if end is None:
        raise ContentError.one(path, first + start, "the front matter has no end", hint="close it with a line ---")
    document = _document("\n".join(lines[start + 1 : end]), path, first + start)
    try:
        front = FrontMatter.model_validate(document.data)
    except ValidationError as error:
        raise ContentError(_problem(item, document, path) for item in told_once(error)) from None
    return Parsed(front, document, "\n".join(lines[end + 1 :]).strip("\n"), first + end + 1)


_WHERE = {
    ".md": "the file",
    ".yaml": "the file",
    ".sql": "the comment /* */ at the top of the file",
    ".py": "the docstring of the module",
    ".ipynb": "the first Markdown cell",
}


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix


def _told(text: str, path: str) -> tuple[str, int]:
    """The text that holds the front matter, and the line of the file on which it begins."""
    suffix = _suffix(path)
    if suffix == ".sql":
        match = _SQL_COMMENT.match(text)
        return (match[1], text[: match.start(1)].count("\n") + 1) if match else ("", 1)
    if suffix == ".py":
        return _docstring(text, path)
    if suffix == ".ipynb":
        return _first_markdown(text, path)
    return text, 1


def _docstring(text: str, path: str) -> tuple[str, int]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise ContentError.one(path, line, f"not Python: {error}") from error
    docstring = ast.get_docstring(tree, clean=False)
    return (docstring or "", tree.body[0].lineno if docstring else 1)


def _first_markdown(text: str, path: str) -> tuple[str, int]:
    cells = notebook_cells(text, path)
    found = next((cell for cell in cells if cell["cell_type"] == "markdown"), None)
    if found is None:
        return "", 1
    starts = ('"---', '"source": "---', '"source": ["---')
    line = next((n for n, content in enumerate(text.splitlines(), 1) if content.strip().startswith(starts)), 1)
    return cell_source(found), line


def notebook_cells(text: str, path: str) -> list[dict[str, Any]]:
    """The cells of a notebook; ContentError where the text is none of format 4."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise ContentError.one(path, line, "not a notebook: it is no JSON", hint=_SAVE) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) and notebook.get("nbformat") == 4 else None
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise ContentError.one(path, None, "not a notebook of format 4", hint=_SAVE)
    return cells


def _is_cell(cell: object) -> bool:
    return (
        isinstance(cell, dict)
        and isinstance(cell.get("cell_type"), str)
        and isinstance(cell.get("source"), (str, list))
    )


def cell_source(cell: dict[str, Any]) -> str:
    """The text of a cell, which the format keeps as one string or as lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(map(str, source))


def _document(text: str, path: str, offset: int) -> Document:
    """The YAML with lines counted in the file."""
    try:
        document = parse_document(text, path)
    except ContentError as error:
        raise ContentError(
            Problem(p.path, (p.line or 1) + offset, p.what, p.hint, p.code) for p in error.problems
        ) from None
    return Document(document.data, {place: line + offset for place, line in document.lines.items()})


def told_once(error: ValidationError) -> list[dict[str, Any]]:
    """The errors without those that only say that a sequence is short of its own faulty elements."""
    errors: list[dict[str, Any]] = [dict(item) for item in error.errors()]
    places = [item["loc"] for item in errors]
    return [
        item
        for item in errors
        if item["type"] != "too_short"
        or not any(len(p) > len(item["loc"]) and p[: len(item["loc"])] == item["loc"] for p in places)
    ]


def _problem(item: dict[str, Any], document: Document, path: str) -> Problem:
    """What pydantic found, in words for whoever wrote the file."""
    place: Place = tuple(item["loc"])
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    where, line, given = ".".join(map(str, place)) or "front matter", document.line(place), item.get("input")
    if item["type"] == "extra_forbidden":
        sections: dict[str, type[_Section]] = {"authors": Author, "data": DataSource}
        section = sections.get(str(place[0]), FrontMatter) if len(place) > 1 else FrontMatter
        return Problem(path, line, f"unknown key '{where}'", _nearest(name, list(section.model_fields)))
    if item["type"] == "missing":
        return Problem(path, line, f"'{where}' is missing", f"add '{name}:' to the front matter")
    if item["type"] == "enum":
        words = [kind.value for kind in ItemKind]
        hint = _nearest(str(given), words) or f"one of {', '.join(words)}"
        return Problem(path, line, f"unknown {name} '{given}'", hint)
    what = str(item["msg"]).removeprefix("Value error, ")
    return Problem(path, line, f"{where}: {what}", _PATTERN_HINTS.get(name) if "pattern" in item["type"] else None)


_PATTERN_HINTS = {
    "url": "give an address that begins with https://",
    "source": "give an address that begins with https://",
    "sha256": "give the 64 hexadecimal digits that `sha256sum FILE` prints",
    "tags": "lowercase letters, digits and hyphens",
    "uses": "write it as kind/slug, for instance visualization/sankey",
}


def _licence_fault(text: str) -> str:
    words = sorted(LICENCES)
    return f"'{text}' is not a licence that items may have; {_nearest(text, words) or 'use one of ' + ', '.join(words)}"


def _nearest(word: str, words: list[str]) -> str | None:
    matches = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean '{matches[0]}'?" if matches else None
