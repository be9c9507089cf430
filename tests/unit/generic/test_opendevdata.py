"""The taxonomy of ecosystems: migrations and export say the same, every row names its licence, circles end."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.transform.world import World

from observer.connectors.sources.opendevdata.source import OpenDevDataSource
from observer.connectors.sources.opendevdata.taxonomy import of_export, of_migrations
from observer.errors import SourceError
from observer.testing.connector_suite import run
from observer.testing.warehouse import FakeWarehouse

SAMPLES = Path(__file__).resolve().parents[3] / "connectors" / "opendevdata" / "samples"


def test_migrations_are_followed_in_the_order_of_their_times() -> None:
    later = (
        'ecomov Old "New Name"\nrepmov https://x/a https://x/b\necodis Top Side\nreprem Top https://x/t\necorem Gone\n'
    )
    first = (
        "-- a comment\n"
        "ecoadd Top\necoadd Old\necoadd Side\necoadd Gone\necocon Top Old\necocon Top Side\necocon Top Gone\n"
        "repadd Old https://x/a #sdk #a\nrepadd Top https://x/t\nrepadd Gone https://x/g\n"
    )

    it = of_migrations([("migrations/2024-02-01T000000_z", later), ("migrations/2024-01-01T000000_a", first)])

    assert it.faults == []
    assert set(it.ecosystems) == {"Top", "New Name", "Side"}
    assert set(it.children) == {("Top", "New Name")}
    assert {key: tags for key, (_, tags) in it.repositories.items()} == {("New Name", "https://x/b"): ("#a", "#sdk")}


def test_lines_that_cannot_be_followed_are_told_and_change_nothing() -> None:
    text = (
        'ecoadd A\nrepadd B https://x\necocon A\nnonsense A B\necodis A B\necoadd "open\nrepmov https://q https://r\n'
    )

    it = of_migrations([("migrations/2024-01-01T000000_a", text)])

    assert [fault.line for fault in it.faults] == [2, 3, 4, 5, 6, 7]
    assert set(it.ecosystems) == {"A"}


def test_an_export_says_the_same_as_its_migrations() -> None:
    rows: list[dict[str, Any]] = [
        {"eco_name": "Top", "branch": [], "repo_url": "https://x/t", "tags": []},
        {"eco_name": "Top", "branch": ["Old"], "repo_url": "https://x/a", "tags": ["#sdk"]},
        {"eco_name": "Old", "branch": [], "repo_url": "https://x/a", "tags": ["#sdk"]},
    ]
    text = "\n".join([*(json.dumps(row) for row in rows), "{", '{"eco_name": 1, "branch": [], "repo_url": "x"}'])

    it = of_export("exports.jsonl", text)
    same = of_migrations(
        [
            (
                "2024-01-01T000000",
                "ecoadd Top\necoadd Old\necocon Top Old\nrepadd Top https://x/t\nrepadd Old https://x/a #sdk",
            )
        ]
    )

    assert set(it.ecosystems) == set(same.ecosystems)
    assert set(it.children) == set(same.children)
    assert {k: v[1] for k, v in it.repositories.items()} == {k: v[1] for k, v in same.repositories.items()}
    assert [fault.line for fault in it.faults] == [4, 5]


def test_several_exports_are_not_mixed(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"eco_name": "A", "branch": [], "repo_url": "https://x", "tags": []}\n')
    config = {"taxonomy": str(tmp_path), "staging_dir": str(tmp_path / "staging")}

    with pytest.raises(SourceError, match="several exports"):
        run(OpenDevDataSource(), config, FakeWarehouse())


def test_ecosystems_map_to_repositories_through_all_that_is_inside(tmp_path: Path) -> None:
    world = World(tmp_path / "world", tmp_path / "dbt")
    place = {"licence": "MIT", "attribution": "them"}
    pairs = [("A", "B"), ("B", "C"), ("C", "A")]
    urls = {"A": "https://github.com/Acme/Tool", "B": "https://github.com/acme/tool.git", "C": "https://gitlab.com/x/y"}
    world.fill(
        {
            "opendevdata__ecosystems": [{"ecosystem_name": name, **place} for name in ("A", "B", "C")],
            "opendevdata__ecosystem_children": [{"parent_name": a, "child_name": b, **place} for a, b in pairs],
            "opendevdata__ecosystem_repositories": [
                {"ecosystem_name": name, "repository_url": url, "tags": "[]", **place} for name, url in urls.items()
            ],
        }
    )

    world.build(as_of=date(2024, 11, 5), select=("+int_ecosystem_repositories",))

    rows = world.rows(
        "select ecosystem_name, artifact_namespace, artifact_name, is_direct, attribution "
        "from intermediate.int_ecosystem_repositories order by all"
    )
    assert rows == [
        ("A", "acme", "tool", True, "them"),
        ("B", "acme", "tool", True, "them"),
        ("C", "acme", "tool", False, "them"),
    ]
