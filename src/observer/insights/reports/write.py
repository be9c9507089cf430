"""A report as a list of blocks, out of its Markdown and facts; how they look is up to `page` and `pdf`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from observer.insights.reports.facts import WHOLE, Facts
from observer.insights.reports.figures import METRICS, WINDOWS
from observer.insights.reports.text import many
from observer.model.metric import Grain

if TYPE_CHECKING:
    from markdown_it.token import Token

BLOCKS = {
    "chart": ("months", "leaders", "concentration", "movers", "funding"),
    "table": ("numbers", "leaders", "standing", "funding", "changes", "projects"),
}
"""What templates may ask for in a line of its own: [[chart: months]]."""

_BLOCK = re.compile(r"\[\[(\w+): ?([\w-]+)\]\]")
_WINDOW_TITLES = dict(zip(WINDOWS, ("30 days", "90 days", "180 days", "all time"), strict=True))
_TOP = 20

Cell = str | float | None
"""A cell of a table: text, a number, or None where it is unknown."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; `address` begins with https:// or is None."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    is_code: bool = False
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2 to 4."""

    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or an entry of a list: `mark` is then its bullet or number."""

    runs: tuple[Run, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the facts. `units` are those of the columns; numbers have at most `digits` after the point.

    `is_appendix` tells that it is long and comes last, `note` what is to be said below it.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_appendix: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart by name."""

    name: str


Block = Heading | Paragraph | Table | Chart


def blocks_named(text: str) -> list[tuple[str, str]]:
    """The charts and tables that a text asks for."""
    return [(match[1], match[2]) for match in _BLOCK.finditer(text)]


def blocks_of(text: str, facts: Facts) -> list[Block]:
    """The blocks of a report's Markdown; what is neither text, list, heading nor a known block is left out."""
    tokens = MarkdownIt("commonmark", {"html": False}).parse(text)
    return list(_blocks(tokens, facts))


def cell_text(cell: Cell) -> str:
    """A cell as it is read: numbers with separators, None as "unknown"."""
    if cell is None:
        return "unknown"
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if float(cell).is_integer() or abs(cell) >= 100 else f"{cell:,.2f}"


def table_of(name: str, facts: Facts) -> Table:
    """A table by name."""
    return {
        "numbers": _numbers,
        "leaders": _leaders,
        "standing": _standing,
        "funding": _funding,
        "changes": _changes,
        "projects": _projects,
    }[name](facts)


def _blocks(tokens: Sequence[Token], facts: Facts) -> Iterator[Block]:
    marks: list[int | None] = []
    heading = 0
    first_of_item = False
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append(int(token.attrs.get("start", 1)) if token.type[0] == "o" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
        elif token.type == "list_item_open":
            first_of_item = True
        elif token.type == "heading_open":
            heading = min(max(int(token.tag[1]), 2), 4)
        elif token.type == "heading_close":
            heading = 0
        elif token.type == "inline":
            named = _BLOCK.fullmatch(token.content.strip())
            if named:
                yield from _named(named[1], named[2], facts)
            elif heading:
                yield Heading(heading, tuple(_runs(token.children or [])))
            else:
                mark = _mark(marks) if first_of_item and marks else ""
                first_of_item = False
                yield Paragraph(tuple(_runs(token.children or [])), mark)
        elif token.type in ("fence", "code_block"):
            yield Paragraph((Run(token.content.rstrip("\n"), is_code=True),))


def _named(kind: str, name: str, facts: Facts) -> Iterator[Block]:
    if name not in BLOCKS.get(kind, ()):
        return
    if kind == "chart":
        yield Chart(name)
        return
    table = table_of(name, facts)
    if table.rows or table.note:
        yield table


def _mark(marks: list[int | None]) -> str:
    number = marks[-1]
    if number is None:
        return "•"
    marks[-1] = number + 1
    return f"{number}."


def _runs(tokens: Sequence[Token]) -> Iterator[Run]:
    bold = italic = 0
    address: str | None = None
    for token in tokens:
        bold += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        italic += {"em_open": 1, "em_close": -1}.get(token.type, 0)
        if token.type == "link_open":
            target = str(token.attrs.get("href", ""))
            address = target if target.startswith("https://") else None
        elif token.type == "link_close":
            address = None
        elif token.type in ("softbreak", "hardbreak"):
            yield Run(" ", bold > 0, italic > 0)
        elif token.type in ("text", "code_inline") and token.content:
            yield Run(token.content, bold > 0, italic > 0, token.type == "code_inline", address)


def _title(facts: Facts, metric: str) -> str:
    return facts.words[metric].title


def _known_metrics(facts: Facts) -> list[str]:
    return [name for name in METRICS if name in facts.words]


def _numbers(facts: Facts) -> Table:
    rows = tuple(
        (_title(facts, name), *(facts.now[name, grain] for grain in WINDOWS), _hundredths(facts.seen.get(name)))
        for name in _known_metrics(facts)
        if any(facts.now[name, grain] is not None for grain in WINDOWS)
    )
    columns = ("Metric", *_WINDOW_TITLES.values(), "Seen of 180 days, %")
    return Table("numbers", f"{facts.collection.title}, up to {facts.as_of}", columns, rows)


def _leaders(facts: Facts) -> Table:
    shown = facts.leaders[:_TOP]
    columns = [name for name in _known_metrics(facts) if any(p.amounts[name] is not None for p in shown)][:5]
    is_whole = all(project.seen is not None and project.seen >= WHOLE for project in shown)
    rows = tuple(
        (
            f"{place}",
            p.subject.title,
            *(p.amounts[name] for name in columns),
            *([] if is_whole else [_hundredths(p.seen)]),
        )
        for place, p in enumerate(shown, start=1)
    )
    title = f"The most active projects, 180 days up to {facts.as_of}"
    head = ("", "Project", *(_title(facts, name) for name in columns), *([] if is_whole else ["Seen of commits, %"]))
    return Table("leaders", title, head, rows)


def _standing(facts: Facts) -> Table:
    rows = tuple((each.project, float(each.dependents), float(each.development)) for each in facts.standing[:_TOP])
    return Table("standing", "Projects that others stand on", ("Project", "Used by", "In development alone"), rows)


def _funding(facts: Facts) -> Table:
    known = [each for each in facts.funding if each.amount is not None]
    ordered = sorted(
        known, key=lambda each: (-(each.amount or 0), each.project, each.funder or "", each.grant_pool or "")
    )
    rows = tuple(
        (each.project, each.funder or "not named", each.grant_pool or "–", float(each.awards), each.amount)
        for each in ordered[:_TOP]
    )
    columns = ("Project", "Funder", "Round", "Awards", "USD")
    return Table("funding", "The largest known sums by project and round, in USD", columns, rows)


def _changes(facts: Facts) -> Table:
    since = facts.since
    if since is None:
        return Table("changes", "", (), ())
    rows = tuple(
        (_title(facts, each.metric), _WINDOW_TITLES[each.grain], each.before, each.after)
        for each in since.changed
        if each.metric in facts.words
    )
    columns = ("Metric", "Window", f"Release {since.release}", f"Release {facts.release}")
    return Table("changes", f"The collection on {since.as_of} and on {facts.as_of}", columns, rows)


def _projects(facts: Facts) -> Table:
    columns = [name for name in _known_metrics(facts) if any(p.amounts[name] is not None for p in facts.projects)][:6]
    projects = sorted(facts.projects, key=lambda p: (p.subject.title.casefold(), p.subject.name))
    rows = tuple(
        (p.subject.title, *(p.amounts[name] for name in columns))
        for p in projects
        if any(p.amounts[name] is not None for name in columns)
    )
    unknown = [p.subject.title for p in projects if all(p.amounts[name] is None for name in columns)]
    which = f"{len(rows):,} of {len(projects):,}" if unknown else f"All {len(rows):,}"
    title = f"{which} projects, 180 days up to {facts.as_of}"
    note = f"Of {many(len(unknown), 'project')} nothing is known: {', '.join(unknown)}." if unknown else ""
    head = ("Project", *(_title(facts, name) for name in columns))
    return Table("projects", title, head, rows, is_appendix=True, note=note)


def _hundredths(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 2)


def window_title(grain: Grain) -> str:
    """A window in words."""
    return _WINDOW_TITLES[grain]
