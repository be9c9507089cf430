"""What people declare is input of a build: it reaches the warehouse, and a change of it is noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from observer.directory.identities import load_decisions
from observer.directory.organizations import load_organizations
from observer.metrics.catalogue import Catalogue
from observer.pipeline.steps import Parts, declare, input_fingerprint
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DECISION = """version: 1
decisions:
  - split: github:ada
    reason: x
    author: x
    date: "2026-05-01"
"""
ORGANIZATION = """version: 1
name: acme
display_name: Acme
domains: [acme.com]
people:
  - {who: github:ada, since: "2024-01-01", reason: x, author: x}
"""


def parts(folder: Path, warehouse: FakeWarehouse) -> Parts:
    unused: Any = None
    transformer: Any = SimpleNamespace(fingerprint=lambda: "models")
    return Parts(
        warehouse=warehouse,
        targets=(),
        catalogue=Catalogue(),
        decisions=load_decisions(folder / "identities"),
        organizations=load_organizations(folder / "organizations"),
        transformer=transformer,
        publisher=unused,
        clock=lambda: NOW,
        progress=unused,
        scratch=folder,
        code_version="1",
        as_of=None,
    )


def write(folder: Path) -> None:
    for name, text in (("identities/people.yaml", DECISION), ("organizations/acme.yaml", ORGANIZATION)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def rows(warehouse: FakeWarehouse, columns: str, table: str) -> Sequence[object]:
    return [
        tuple(row.values()) for row in warehouse.query(f"select {columns} from raw.{table} order by all").to_pylist()
    ]


def test_what_people_declare_is_written_and_taken_back(tmp_path: Path) -> None:
    warehouse = FakeWarehouse()
    nothing = parts(tmp_path, warehouse)
    write(tmp_path)

    declare(parts(tmp_path, warehouse))

    assert rows(warehouse, "decision_key, from_login", "identities__decisions") == [
        ("identities/people.yaml#L3.0", "ada")
    ]
    assert rows(warehouse, "organization_name, domain, login, start_date", "organizations__declarations") == [
        ("acme", "acme.com", None, None),
        ("acme", None, "ada", date(2024, 1, 1)),
    ]
    declare(nothing)
    assert rows(warehouse, "decision_key", "identities__decisions") == []
    assert rows(warehouse, "declaration_key", "organizations__declarations") == []


def test_a_build_depends_on_what_people_declare_and_not_on_when_it_was_written(tmp_path: Path) -> None:
    warehouse, day = FakeWarehouse(), date(2026, 10, 31)
    nothing = parts(tmp_path, warehouse)
    write(tmp_path)
    whole = parts(tmp_path, warehouse)

    before = [
        input_fingerprint(each, day)
        for each in (whole, replace(whole, decisions=()), replace(whole, organizations=()), nothing)
    ]
    declare(whole)

    assert len(set(before)) == 4
    assert input_fingerprint(parts(tmp_path, warehouse), day) == before[0]
