"""The code of an insight as cells, and the parts of a notebook that are text."""

from __future__ import annotations

import ast
import doctest

from observer.insights.front_matter import cell_source, notebook_cells
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.sandbox.job import Cell

_SQL_CELL = """import json, pathlib
from observer.client import Client

with Client() as observatory:
    table = observatory.sql(pathlib.Path({name!r}).read_text().split("*/", 1)[1]).to_pandas()
table.to_csv("out/result.csv", index=False)
table"""

_CHART_CELL = """from observer.visualizations.registry import add_folder, load

add_folder(".")
{name} = load({name!r})
{example}
figure"""


def code_cells(item: Item) -> list[Cell]:
    """What running the item means; nothing where the item is text."""
    if not item.kind.is_run:
        return []
    text = item.path.read_text(encoding="utf-8")
    if item.path.suffix == ".ipynb":
        cells = enumerate(notebook_cells(text, item.place), start=1)
        return [Cell(number, cell_source(cell)) for number, cell in cells if cell["cell_type"] == "code"]
    if item.kind is ItemKind.VISUALIZATION:
        return _example(item.path.stem, text)
    if item.path.suffix == ".py":
        return [Cell(0, text)]
    if item.path.suffix == ".sql":
        return [Cell(0, _SQL_CELL.format(name=item.path.name))]
    return []


def is_computed(item: Item) -> bool:
    """Whether a run of the item gives numbers or a picture: it holds code, or is a vector, which is data alone."""
    return item.kind is ItemKind.VECTOR or bool(code_cells(item))


def explanation(item: Item) -> str:
    """All text of the item that is for people, without its front matter: Markdown."""
    if item.kind is ItemKind.VISUALIZATION:
        return f"{item.body}\n\n{described(item.path.read_text(encoding='utf-8'))}"
    if item.path.suffix != ".ipynb":
        return item.body
    cells = notebook_cells(item.path.read_text(encoding="utf-8"), item.place)
    texts = [cell_source(cell) for cell in cells if cell["cell_type"] == "markdown"]
    return "\n\n".join([item.body, *texts[1:]])


def source_text(item: Item) -> str:
    """All that the authors wrote, code included, as originality is judged by it."""
    return "\n".join([explanation(item), *(cell.source for cell in code_cells(item))])


def described(text: str) -> str:
    """The docstring of a chart's function: when to use it, its columns and parameters, an example."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    draws = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "draw"]
    return (ast.get_docstring(draws[0]) or "") if draws else ""


def _example(name: str, text: str) -> list[Cell]:
    """The example of a chart's docstring, as a cell that shows the figure."""
    try:
        parts = doctest.DocTestParser().get_examples(described(text))
    except ValueError:
        return []
    source = "".join(part.source for part in parts)
    return [Cell(0, _CHART_CELL.format(name=name, example=source))] if source else []
