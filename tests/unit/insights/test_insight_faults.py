"""Items with one fault each: all are refused, with a sentence that says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from observer.insights.checking.report import Known, Report, check_library
from observer.insights.item import Item
from observer.insights.run import Run, RunStore
from observer.insights.sandbox.job import Limits
from observer.insights.sandbox.process import Sandbox
from observer.insights.verify import OnRelease, Verifier
from observer.model.metric import Grain

KNOWN = Known(frozenset({"projects", "timeseries_metrics"}), {"commits": (Grain.ALL,)}, None)
TEXT = """# Half of the work

This counts who made how many commits, orders people by their number of commits, and tells how many of them make half of
all commits of a project. It does not say whether the rest of the work, such as answering questions or reviewing, is
shared in the same way, nor whether anybody would leave.

The numbers are in [the table](funding.csv), the method is explained at https://example.org/method.

Powered by Open Source Observer.
"""
CODE = "import pandas as pd\npd.DataFrame({'a': [1, 2]}).to_csv('out/result.csv', index=False)\n"
DATA = "project,amount\na,1\n"
PLACE = "community/notebooks/half/half.ipynb"
FRONT = f"""---
kind: notebook
title: How concentrated is the work?
question: How many people do half of the work?
authors:
  - name: Ada Example
date: 2026-11-16
method: Counts commits by author.
data:
  - tables: [projects]
  - file: funding.csv
    source: https://example.org/funding
    licence: CC0-1.0
    date: 2026-10-01
    sha256: {sha256(DATA.encode()).hexdigest()}
licence: Apache-2.0
tags: [contributors]
metrics: [commits]
---
"""


class Library:
    """A library with one sound item, which a test spoils."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.front, self.text, self.code = FRONT, TEXT, CODE
        self.place = PLACE
        self.files: dict[str, bytes] = {"community/notebooks/half/funding.csv": DATA.encode()}
        self.outputs: list[dict[str, object]] = []

    def write(self) -> None:
        cells: list[dict[str, object]] = [
            {"cell_type": "markdown", "metadata": {}, "source": f"{self.front}\n{self.text}".splitlines(keepends=True)},
            {
                "cell_type": "code",
                "metadata": {},
                "source": self.code.splitlines(keepends=True),
                "outputs": self.outputs,
                "execution_count": None,
            },
        ]
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        self.files.setdefault(self.place, json.dumps(notebook, indent=1).encode())
        for place, content in self.files.items():
            path = self.root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def in_front(old: str, new: str) -> Callable[[Library], None]:
    def spoil(library: Library) -> None:
        assert old in library.front
        library.front = library.front.replace(old, new)

    return spoil


def in_text(old: str, new: str) -> Callable[[Library], None]:
    def spoil(library: Library) -> None:
        assert old in library.text
        library.text = library.text.replace(old, new)

    return spoil


def in_code(code: str) -> Callable[[Library], None]:
    def spoil(library: Library) -> None:
        library.code = code

    return spoil


def with_file(name: str, content: bytes) -> Callable[[Library], None]:
    def spoil(library: Library) -> None:
        library.files[f"community/notebooks/half/{name}"] = content

    return spoil


def moved(library: Library) -> None:
    library.place = "scripts/half/half.ipynb"
    library.files = {"scripts/half/funding.csv": DATA.encode()}


def with_outputs(library: Library) -> None:
    library.outputs = [{"output_type": "stream", "name": "stdout", "text": "1"}]


def copied(library: Library) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": (FRONT.replace("Half", "Other") + TEXT)}
    code = {"cell_type": "code", "metadata": {}, "source": CODE, "outputs": [], "execution_count": None}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell, code]}
    library.files["community/notebooks/other/other.ipynb"] = json.dumps(notebook, indent=1).encode()
    library.files["community/notebooks/other/funding.csv"] = DATA.encode()


FAULTS: dict[str, tuple[Callable[[Library], None], str]] = {
    "no front matter": (in_front(FRONT, ""), "the first Markdown cell begins with a line ---"),
    "no question": (in_front("question: How many people do half of the work?\n", ""), "add 'question:' to the"),
    "unknown kind": (in_front("kind: notebook", "kind: notbook"), "did you mean 'notebook'?"),
    "licence that is not open": (in_front("licence: Apache-2.0", "licence: CC-BY-NC-4.0"), "did you mean 'CC-BY-4.0'?"),
    "wrong folder": (moved, "move it to community/notebooks/ or analysis/"),
    "no data named": (
        in_front(FRONT[FRONT.index("data:") : FRONT.index("licence: Apache")], "data: []\n"),
        "under 'data'",
    ),
    "unknown table": (in_front("tables: [projects]", "tables: [project]"), "did you mean 'projects'?"),
    "unknown metric": (in_front("metrics: [commits]", "metrics: [comits]"), "did you mean 'commits'?"),
    "data without its origin": (with_file("more.csv", b"a\n1\n"), "add it under 'data' with source, licence"),
    "data that was changed": (with_file("funding.csv", b"a\n2\n"), "its sha256 is"),
    "no explanation": (in_text(TEXT, "# Half\n\nPowered by Open Source Observer.\n"), "say in at least 40 words"),
    "no attribution": (in_text("Powered by Open Source Observer.", ""), "write it below the explanation"),
    "link to no file": (in_text("(funding.csv)", "(fundign.csv)"), "correct the path"),
    "link out of the library": (in_text("(funding.csv)", "(../../../../etc)"), "link to files below insights/ alone"),
    "link that is not encrypted": (in_text("https://example", "http://example"), "write https://"),
    "link that runs code": (in_text("(funding.csv)", "(javascript:alert(1))"), "link to https://"),
    "secret": (in_code(f"token = 'ghp_{'a1B2' * 9}'\n{CODE}"), "revoke it"),
    "e-mail address": (in_text("anybody", "jane@company.org"), "replace it by its hash"),
    "outputs in the notebook": (with_outputs, "observer insights check --strip"),
    "file that runs when it is read": (with_file("model.pkl", b"x"), "one of .csv"),
    "file that is too large": (with_file("big.png", b"x" * (5 * 1024**2 + 1)), "name large data by url and sha256"),
    "copy of another item": (copied, "build on that item and name it under 'uses'"),
    "shell": (in_code(f"!pip install evil\n{CODE}"), "there is no shell in the sandbox"),
    "no Python": (in_code("for x in\n"), "run the notebook from its top"),
}
RUN_FAULTS = {
    "it fails": (in_code("1 / 0\n"), "it must run from its top"),
    "it exports nothing": (in_code("print(1)\n"), "write the tables that the text stands on to out/"),
    "its numbers change": (
        in_code("import pandas as pd, random\npd.DataFrame({'a': [random.random()]}).to_csv('out/r.csv')\n"),
        "set the seed, order rows, or state a tolerance",
    ),
    "it reaches for the network": (in_code("import socket\nsocket.socket()\n"), "on the release alone"),
}


def checked(library: Library, run: Callable[[Item], Iterator[Run]] | None = None) -> Report:
    library.write()
    return check_library(library.root, KNOWN, (), run)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("runs"))


def runner(sandbox: Sandbox, store: RunStore, release: int = 7) -> Callable[[Item], Iterator[Run]]:
    clock = lambda: datetime(2026, 11, 1, tzinfo=UTC)  # noqa: E731
    verifier = Verifier(sandbox, OnRelease(release, "2026-10-31"), store, clock, Limits(wall_seconds=30))

    def run(item: Item) -> Iterator[Run]:
        for _ in range(2):
            made = verifier.run(item)
            assert made is not None
            yield made

    return run


def test_a_sound_item_is_accepted_and_the_report_says_what_a_reviewer_needs(
    tmp_path: Path, sandbox: Sandbox, store: RunStore
) -> None:
    report = checked(Library(tmp_path), runner(sandbox, store))

    assert report.problems == []
    told = report.as_json()
    assert told["accepted"] is True
    (item,) = told["items"]  # type: ignore[misc]
    assert (item["item"], item["question"]) == ("notebook/half", "How many people do half of the work?")
    assert (item["run"]["reproduces"], item["run"]["count"], item["run"]["release"]) == (True, 2, 7)
    json.dumps(told)


@pytest.mark.parametrize("name", FAULTS)
def test_an_item_with_a_fault_is_refused_with_how_to_mend_it(tmp_path: Path, name: str) -> None:
    spoil, hint = FAULTS[name]
    library = Library(tmp_path)
    spoil(library)

    report = checked(library)

    assert not report.is_accepted
    told = [str(problem) for problem in report.problems]
    assert any(hint in line and ";" in line for line in told), told
    if name != "copy of another item":
        assert len(told) <= 2, told


@pytest.mark.parametrize("name", RUN_FAULTS)
def test_an_item_that_does_not_hold_when_it_is_run_is_refused(
    tmp_path: Path, sandbox: Sandbox, store: RunStore, name: str
) -> None:
    spoil, hint = RUN_FAULTS[name]
    library = Library(tmp_path)
    spoil(library)

    report = checked(library, runner(sandbox, store))

    assert [hint in str(problem) for problem in report.problems] == [True]


def test_a_visualization_that_breaks_its_contract_is_refused(tmp_path: Path) -> None:
    front = (
        FRONT[: FRONT.index("data:")].replace("notebook", "visualization") + "data: []\nlicence: MIT\ntags: [a]\n---\n"
    )
    path = tmp_path / "visualizations" / "bars.py"
    path.parent.mkdir(parents=True)
    path.write_text(f'"""{front}{TEXT.replace("(funding.csv)", "(bars.py)")}"""\n')

    report = check_library(tmp_path, Known((), {}, lambda path: [f"{path.name}: there is no function draw"]))

    assert [problem.code for problem in report.problems] == ["contract"]


def test_a_near_duplicate_is_shown_with_its_similarity(tmp_path: Path) -> None:
    library = Library(tmp_path)
    copied(library)
    key = "community/notebooks/other/other.ipynb"
    library.files[key] = library.files[key].replace(
        b"It does not say whether the rest of the work, such as answering questions or reviewing, is", b"It is"
    )

    report = checked(library)

    (near,) = next(item for item in report.items if item.item.slug == "half").similar
    assert near.key == "notebook/other"
    assert 0.6 < near.similarity < 1


def test_one_item_can_be_checked_alone_and_is_compared_with_all(tmp_path: Path) -> None:
    library = Library(tmp_path)
    copied(library)
    library.write()

    report = check_library(tmp_path, KNOWN, [tmp_path / "community" / "notebooks" / "other"])

    assert [item.item.key for item in report.items] == ["notebook/other"]
    assert "stands in notebook/half already" in str(report.problems[0])
