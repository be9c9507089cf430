from __future__ import annotations

import json
from pathlib import Path

import pytest

from observer.errors import ContentError, NotFoundError
from observer.insights.item import find_item, load_items, read_item, read_items
from observer.insights.kind import ItemKind

FRONT = """---
kind: {kind}
title: How concentrated is the work?
question: How many people do half of the work?
authors:
  - name: Ada Example
    url: https://example.org/ada
date: 2026-11-16
method: Counts commits by author.
data:
  - tables: [projects, timeseries_metrics]
licence: Apache-2.0
tags: [contributors]
---
"""
TEXTS = {
    ".md": ("post", "{front}\n# Body\n"),
    ".yaml": ("vector", "{front}\n# Body\n"),
    ".py": ("script", '"""{front}\n# Body\n"""\n\nprint(1)\n'),
    ".sql": ("experiment", "/*\n{front}\n# Body\n*/\nselect 1\n"),
}


def write(root: Path, place: str, text: str) -> Path:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def front(kind: str = "notebook", **changed: str) -> str:
    text = FRONT.format(kind=kind)
    for key, value in changed.items():
        lines = text.splitlines()
        place = next(n for n, line in enumerate(lines) if line.startswith(f"{key}:"))
        text = "\n".join([*lines[:place], value, *lines[place + 1 :]]) + "\n"
    return text


def notebook(first: str, *code: str) -> str:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": first.splitlines(keepends=True)}]
    cells += [
        {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None} for text in code
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, indent=1)


@pytest.mark.parametrize("suffix", TEXTS)
def test_front_matter_is_read_from_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    kind, text = TEXTS[suffix]
    path = write(tmp_path, f"{ItemKind(kind).home}/half_the_work{suffix}", text.format(front=front(kind)))

    item = read_item(path, tmp_path)

    assert (item.key, item.front.authors[0].name, item.body) == (f"{kind}/half-the-work", "Ada Example", "# Body")
    lines = path.read_text().splitlines()
    assert lines[item.line("tags") - 1].startswith("tags:")
    assert "# Body" in lines[item.body_line - 1 : item.body_line + 1]


def test_front_matter_of_a_notebook_is_its_first_markdown_cell(tmp_path: Path) -> None:
    path = write(tmp_path, "community/notebooks/half/half.ipynb", notebook(front() + "\n# Body\n", "1 + 1"))
    write(tmp_path, "community/notebooks/half/data.csv", "a\n1\n")

    (item,) = load_items(tmp_path)

    assert item.folder == path.parent
    assert [file.name for file in item.files] == ["data.csv", "half.ipynb"]
    assert '"tags' in path.read_text().splitlines()[item.line("tags") - 1]


def test_all_problems_of_all_items_are_told_together_with_their_lines(tmp_path: Path) -> None:
    write(tmp_path, "scripts/a.py", f'"""{front("script", tags="tags: [Bad Tag]", licence="licence: MTI")}"""\n')
    write(tmp_path, "experiments/b.md", front("experimnt", question="quetion: why?"))
    write(tmp_path, "scripts/stray.csv", "a\n")

    with pytest.raises(ContentError) as caught:
        load_items(tmp_path)

    assert [str(problem) for problem in caught.value.problems] == [
        "experiments/b.md:2: 'question' is missing; add 'question:' to the front matter",
        "experiments/b.md:2: unknown kind 'experimnt'; did you mean 'experiment'?",
        "experiments/b.md:4: unknown key 'quetion'; did you mean 'question'?",
        "scripts/a.py:12: licence: 'MTI' is not a licence that items may have; did you mean 'MIT'?",
        "scripts/a.py:13: tags.0: String should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$'; "
        "lowercase letters, digits and hyphens",
        "scripts/stray.csv: the file belongs to no item; put it into a folder whose main file has the folder's name",
    ]


def test_an_item_in_the_wrong_folder_or_with_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "scripts/chart.md", front("post"))
    write(tmp_path, "analysis/one/same.md", front("post"))
    write(tmp_path, "analysis/two/same.md", front("post"))

    items, problems = read_items(tmp_path)

    assert [item.place for item in items] == ["analysis/one/same.md", "analysis/two/same.md"]
    assert [problem.what for problem in problems] == [
        "there is a post 'same' already: analysis/one/same.md",
        "a post does not belong here",
    ]


def test_data_that_is_not_of_the_release_needs_its_origin(tmp_path: Path) -> None:
    path = write(tmp_path, "analysis/x.md", front("post", data="data:\n  - file: a.csv\n  - {}\n  - tables: [a]"))

    text = path.read_text().replace("  - tables: [projects, timeseries_metrics]\n", "")
    path.write_text(text)

    with pytest.raises(ContentError) as caught:
        read_item(path, tmp_path)
    assert [problem.what for problem in caught.value.problems] == [
        "data.0: data that is not from the release needs licence, date, sha256, source",
        "data.1: exactly one of 'tables', 'file' and 'url' is given for each source",
    ]


def test_an_item_is_found_by_key_slug_or_path(tmp_path: Path) -> None:
    write(tmp_path, "analysis/half.md", front("post"))
    write(tmp_path, "experiments/half.md", front("experiment"))
    items = load_items(tmp_path)

    assert find_item(items, "post/half") is find_item(items, "analysis/half.md") is items[0]
    with pytest.raises(NotFoundError, match="names 2 items; say post/half or experiment/half"):
        find_item(items, "half")
    with pytest.raises(NotFoundError, match="did you mean 'post/half'"):
        find_item(items, "post/hall")


def test_every_item_that_comes_with_the_observatory_can_be_read() -> None:
    load_items(Path(__file__).parents[3] / "insights")
