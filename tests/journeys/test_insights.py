"""The whole library on the demo: everything runs, the gallery shows it, and a remote API gives the same numbers."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from observer.insights.code import code_cells, is_computed
from observer.insights.item import Item, load_items
from observer.insights.kind import ItemKind
from observer.insights.numbers import differences, read_numbers
from observer.insights.run import RunStore
from tests.journeys.conftest import OBSERVER, Site
from tests.pyoso_client import MARIMO, installed

LIBRARY = Path(__file__).resolve().parents[2] / "insights"
ITEMS = load_items(LIBRARY)
TEMPLATES = [item for item in ITEMS if item.kind is ItemKind.TEMPLATE]


@pytest.fixture(scope="module")
def entries(site: Site) -> dict[str, dict[str, Any]]:
    """The index after all items have run once."""
    command = [*OBSERVER, "insights", "run", "--json"]
    done = subprocess.run(command, cwd=site.folder, env=dict(site.environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    index = json.loads((site.folder / ".observer" / "insights" / "site" / "index.json").read_text())
    return {entry["key"]: entry for entry in index["items"]}


def test_every_item_runs_on_the_demo_and_gives_numbers(entries: dict[str, dict[str, Any]]) -> None:
    assert set(entries) == {item.key for item in ITEMS}
    for item in ITEMS:
        pinned = entries[item.key]["pinned"]
        assert (pinned is not None) == is_computed(item), item.key
        assert pinned is None or pinned["error"] is None, pinned
        if item.kind in (ItemKind.TEMPLATE, ItemKind.NOTEBOOK, ItemKind.EXPERIMENT):
            assert pinned["count"] > 0, item.key
    assert len(TEMPLATES) >= 9


def test_the_gallery_shows_what_has_run(site: Site, entries: dict[str, dict[str, Any]]) -> None:
    page = site.get("/insights/template/starter").decode()

    assert "ran once, on release 1" in page or "reproduces on release 1" in page
    assert "data:image/png;base64," in page
    assert site.get("/insights/thumbnail/template/starter").startswith(b"\x89PNG")
    assert site.get("/insights").decode().count('class="insight"') == len(ITEMS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["starter", "data-quality"])
def test_the_same_lines_give_the_same_numbers_from_a_served_api(
    site: Site, entries: dict[str, dict[str, Any]], tmp_path: Path, name: str
) -> None:
    item = next(item for item in TEMPLATES if item.slug == name)
    script = tmp_path / "script.py"
    script.write_text("\n".join(cell.source.replace("plt.show()", "") for cell in code_cells(item)))
    environment = {**site.environment, "OBSERVER_URL": site.url, "MPLBACKEND": "agg"}

    subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=environment, check=True, timeout=300)

    kept = RunStore(site.folder / ".observer" / "insights" / "runs").numbers(item.key, 1)
    assert kept is not None
    assert differences(kept, read_numbers(tmp_path / "out"), 1e-12) == (0, ())


@pytest.mark.parametrize("item", [item for item in ITEMS if item.path.suffix == ".ipynb"], ids=lambda item: item.slug)
def test_no_name_is_assigned_in_two_cells_so_that_marimo_can_read_it(item: Item) -> None:
    names = Counter(name for cell in code_cells(item) for name in assigned(cell.source))

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.slow
def test_marimo_reads_every_notebook(tmp_path: Path) -> None:
    marimo = (sys.executable, "-m", "marimo")
    environment = {**os.environ, "PYTHONPATH": str(installed(whole=(MARIMO,)))}
    notebooks = [item.path for item in ITEMS if item.path.suffix == ".ipynb"]
    made = [tmp_path / f"{path.stem.replace('-', '_')}.py" for path in notebooks]
    for path, target in zip(notebooks, made, strict=True):
        command = [*marimo, "convert", str(path), "-o", str(target)]
        subprocess.run(command, env=environment, check=True, capture_output=True)

    command = [*marimo, "check", "--strict", *map(str, made)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_vector_asked_of_a_served_observatory_is_that_of_its_release(site: Site) -> None:
    command = [*OBSERVER, "vectors", "run", "contributor-breadth", "--json"]
    told = [
        subprocess.run([*command, *more], cwd=site.folder, env=dict(site.environment), capture_output=True, check=True)
        for more in ([], ["--url", site.url])
    ]

    assert json.loads(told[0].stdout) == json.loads(told[1].stdout)
    assert json.loads(told[0].stdout)["counts"]["in set"] > 0


def assigned(source: str) -> set[str]:
    """The names that a cell makes known to others; marimo keeps those with an underscore to the cell."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return {name for name in found if not name.startswith("_")} - comprehended(source)


def comprehended(source: str) -> set[str]:
    """Names that only live inside of comprehensions."""
    targets = [
        generator.target for node in ast.walk(ast.parse(source)) for generator in getattr(node, "generators", [])
    ]
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
