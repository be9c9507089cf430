"""The code of an insight as cells, and the parts of a notebook that are text."""

from __future__ import annotations

from observer.insights.front_matter import cell_source, notebook_cells
from observer.insights.item import Item
from observer.insights.sandbox.job import Cell

_SQL_CELL = """import json, pathlib
from observer.client import Client

with Client() as observatory:
    table = observatory.sql(pathlib.Path({name!r}).read_text().split("*/", 1)[1]).to_pandas()
table.to_csv("out/result.csv", index=False)
table"""


def code_cells(item: Item) -> list[Cell]:
    """What running the item means; nothing where the item is text."""
    if not item.kind.is_run:
        return []
    text = item.path.read_text(encoding="utf-8")
    if item.path.suffix == ".ipynb":
        cells = enumerate(notebook_cells(text, item.place), start=1)
        return [Cell(number, cell_source(cell)) for number, cell in cells if cell["cell_type"] == "code"]
    if item.path.suffix == ".py":
        return [Cell(0, text)]
    if item.path.suffix == ".sql":
        return [Cell(0, _SQL_CELL.format(name=item.path.name))]
    return []


def explanation(item: Item) -> str:
    """All text of the item that is for people, without its front matter: Markdown."""
    if item.path.suffix != ".ipynb":
        return item.body
    cells = notebook_cells(item.path.read_text(encoding="utf-8"), item.place)
    texts = [cell_source(cell) for cell in cells if cell["cell_type"] == "markdown"]
    return "\n\n".join([item.body, *texts[1:]])


def source_text(item: Item) -> str:
    """All that the authors wrote, code included, as originality is judged by it."""
    return "\n".join([explanation(item), *(cell.source for cell in code_cells(item))])
