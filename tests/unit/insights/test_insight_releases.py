"""An item that ran on release n still gives its numbers when n+1 is out; the index says which items change there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.insights.conftest import EchoApi

from observer.cli.insights_api import LocalApi
from observer.insights.index import write_site
from observer.insights.item import Item, load_items
from observer.insights.run import Run, RunStore
from observer.insights.sandbox.process import Sandbox
from observer.insights.verify import OnRelease, Verifier
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows
from observer.web.app import WebSettings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
FRONT = """---
kind: script
title: {title}
question: How many are there?
authors:
  - name: Ada Example
date: 2026-11-16
method: Counts them.
data:
  - tables: [projects]
licence: MIT
tags: [count]
{more}---
"""
SQL = """
from observer.client import Client
with Client() as observatory:
    table = observatory.sql("select count(*) as projects from projects")
table.to_pandas().to_csv("out/count.csv", index=False)
"""
REST = """
import json
from observer.client import Client
with Client() as observatory:
    json.dump({"projects": len(list(observatory.projects()))}, open("out/count.json", "w"))
"""
METRICS = """
import pandas as pd
from observer.client import Client
with Client() as observatory:
    pd.DataFrame({"metrics": [len(observatory.metrics())]}).to_csv("out/count.csv", index=False)
"""


class World:
    """Two releases, of which the second has one project more, and a library of three scripts."""

    def __init__(self, url: str, releases: Path, root: Path, sandbox: Sandbox, api: EchoApi) -> None:
        self._url, self._releases, self._sandbox, self._api = url, releases, sandbox, api
        for name, code, more in (
            ("by_sql", SQL, ""),
            ("by_rest", REST, "uses: [script/by-sql]\n"),
            ("of_metrics", METRICS, ""),
        ):
            path = root / "scripts" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'"""{FRONT.format(title=name, more=more)}\nText.\n"""\n{code}')
        self.items = load_items(root)
        self.store = RunStore(root.parent / "runs")
        self.site = root.parent / "site"

    def run(self, release: int, times: int = 1) -> dict[str, Run]:
        found: dict[str, Run] = {}
        app = create_app(ReadModel(self._url, self._releases, release=release), WebSettings("Test", lambda: NOW, "1"))
        with LocalApi(app) as local:
            self._api.forward = local
            verifier = Verifier(self._sandbox, OnRelease(release, "2026-10-31"), self.store, lambda: NOW)
            for item in self.items * times:
                made = verifier.run(item)
                assert made is not None and made.error is None, made
                found[item.slug] = made
            self._api.forward = None
        return found

    def index(self, newest: int) -> dict[str, dict[str, object]]:
        write_site(self.items, self.store, self.site, newest, NOW)
        entries = json.loads((self.site / "index.json").read_text())["items"]
        return {entry["slug"]: entry for entry in entries}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, api: EchoApi) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("insights")
    rows = sample_rows()
    another = {
        **rows["projects"][0],
        "project_id": "another",
        "project_name": "another",
        "legacy_project_id": "another",
    }
    more = {**rows, "projects": [*rows["projects"], another]}
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder / "releases", rows)
        publish_rows(urls.owner, folder / "releases", more, snapshot_id=2)
        yield World(urls.reader, folder / "releases", folder / "insights", sandbox, api)


def test_the_index_says_which_items_change_on_the_next_release_and_pinned_ones_stay(world: World) -> None:
    before = world.index(newest=1)
    assert [entry["pinned"] for entry in before.values()] == [None, None, None]

    again = world.run(release=1, times=2)
    world.run(release=2)
    entries = world.index(newest=2)

    assert {slug: run.reproduces for slug, run in again.items()} == {
        "by-sql": True,
        "by-rest": True,
        "of-metrics": True,
    }
    assert {slug: entry["changes"] for slug, entry in entries.items()} == {
        "by-rest": True,
        "by-sql": True,
        "of-metrics": False,
    }
    pinned = entries["by-sql"]["pinned"]
    assert isinstance(pinned, dict)
    assert (pinned["release"], pinned["times"], pinned["count"]) == (1, 2, 1)
    assert entries["by-sql"]["changed_numbers"] == 1
    assert entries["by-rest"]["uses"] == ["script/by-sql"]
    assert entries["by-sql"]["used_by"] == ["script/by-rest"]
    numbers = [world.store.numbers("script/by-sql", release) for release in (1, 2)]
    rows = [found.files["count.csv"][1][0] for found in numbers if found]
    assert int(rows[0]) + 1 == int(rows[1])


def test_a_changed_item_starts_anew(world: World) -> None:
    item: Item = next(item for item in world.items if item.slug == "of-metrics")
    text = item.path.read_text()
    item.path.write_text(text + "# changed\n")

    entry = world.index(newest=2)["of-metrics"]

    item.path.write_text(text)
    assert entry["pinned"] is None and entry["changes"] is None
