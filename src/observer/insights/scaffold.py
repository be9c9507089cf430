"""New items: a file in its place, with front matter to fill in and the parts that a check asks for."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

from observer.errors import ContentError
from observer.insights.front_matter import cell_source
from observer.insights.item import Item
from observer.insights.kind import ItemKind

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SUFFIXES = {
    ItemKind.NOTEBOOK: ".ipynb",
    ItemKind.TEMPLATE: ".ipynb",
    ItemKind.VISUALIZATION: ".py",
    ItemKind.SCRIPT: ".py",
    ItemKind.METRIC_PROPOSAL: ".sql",
    ItemKind.VECTOR: ".yaml",
}
_DATA = "data:\n  - tables: [projects]\n"
_FRONT = """---
kind: {kind}
title: {title}
question: Which question does this answer?
authors:
  - name: {author}
date: {date}
method: >
  Say what is computed, from what, over what period, and what is left out.
{data}licence: {licence}
tags: [draft]
{spec}---
"""
_SPECS = {
    ItemKind.VECTOR: """metrics: [contributors]
spec:
  metric: contributors
  period:
    grain: rolling_180_days
  selection:
    conditions:
      - metric: contributors
        period:
          grain: rolling_90_days
        at_least: 2
  normaliser:
    method: log_min_max
  reasoning: >
    Say why this metric over this period, why these projects and no others are compared, and why the normaliser spaces
    them as it does; name who gains by each choice.
""",
}
_CHALLENGE = """spec:
  opens: {opens}
  closes: {closes}
  results_by: {results_by}
  pool:
    amount: 1000.00
    currency: USD
  rewards:
    - name: vector
      least: 20.00
      most: 50.00
      takes: [vector, metric_proposal]
      per_person: 10
  rules:
    - Every submission is an item of the library that passes `observer insights check --run`.
  criteria:
    - name: clarity
      weight: 0.5
      asks: Can somebody else tell what is computed, over what, and why?
    - name: use
      weight: 0.5
      asks: Does it tell something that no vector of the library tells?
  reviews_needed: 2
"""
_BODY = (
    "# {title}\n\nExplain what was done, what came out, and what it does not say.\n\nPowered by Open Source Observer.\n"
)
_QUERY = "select\n    project_id,\n    project_name,\nfrom projects\norder by project_name\n"
_SCRIPT = """
from __future__ import annotations

from pathlib import Path

from observer.client import Client

with Client() as observatory:
    table = observatory.sql("select project_name, display_name from projects order by project_name").to_pandas()

Path("out").mkdir(exist_ok=True)
table.to_csv("out/projects.csv", index=False)
print(table.head())
"""


def create_item(
    root: Path, kind: ItemKind, slug: str, *, author: str, today: date, template: Item | None = None
) -> Path:
    """Writes a new item below `root` and returns its file; ContentError where the name is none, or taken.

    A notebook starts as a copy of `template`, where one is given.
    """
    if not _SLUG.fullmatch(slug):
        raise ContentError.one(slug, None, f"'{slug}' is no name", hint="use lowercase letters, digits and hyphens")
    suffix = _SUFFIXES.get(kind, ".md")
    stem = slug.replace("-", "_") if suffix == ".py" else slug
    path = root / kind.home / f"{stem}{suffix}"
    if kind in (ItemKind.DATASET, ItemKind.CHALLENGE):
        path = root / kind.home / slug / f"{slug}.md"
    if path.exists():
        raise ContentError.one(path, None, "there is such an item already", hint="choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(kind, suffix, slug, author, today, template), encoding="utf-8")
    return path


def _text(kind: ItemKind, suffix: str, slug: str, author: str, today: date, template: Item | None) -> str:
    title = slug.replace("-", " ").capitalize()
    licence = "CC-BY-4.0" if suffix in (".md", ".yaml") else "Apache-2.0"
    data = _DATA if kind.needs_data else "data: []\n"
    front = _FRONT.format(
        kind=kind.value,
        title=title,
        author=json.dumps(author),
        date=today,
        data=data,
        licence=licence,
        spec=_challenge(today) if kind is ItemKind.CHALLENGE else _SPECS.get(kind, ""),
    )
    body = _BODY.format(title=title)
    if suffix == ".ipynb":
        return _notebook(f"{front}\n{body}", template)
    if suffix == ".py":
        return f'"""{front}\n{body}"""\n{_SCRIPT}'
    if suffix == ".sql":
        return f"/*\n{front}\n{body}*/\n\n{_QUERY}"
    return f"{front}\n{body}"


def _challenge(today: date) -> str:
    """Terms that are open for a month, beginning in a week."""
    opens, closes, by = (today + timedelta(days=days) for days in (7, 38, 52))
    return _CHALLENGE.format(opens=opens, closes=closes, results_by=by)


def _notebook(first: str, template: Item | None) -> str:
    if template is not None:
        notebook = json.loads(template.path.read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
        rest = cell_source(cell).split("\n---\n", 1)[-1]
        cell["source"] = (first.split("\n---\n", 1)[0] + "\n---\n" + rest).splitlines(keepends=True)
    else:
        cells = [{"cell_type": "markdown", "id": "front", "metadata": {}, "source": first.splitlines(keepends=True)}]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
