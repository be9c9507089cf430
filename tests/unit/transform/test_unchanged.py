"""A build makes anew what would come out different, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.transform.world import Raw, World, project

from observer.errors import BuildError
from observer.model import crash
from observer.transform import BuildResult

AS_OF = date(2024, 11, 5)
TABLES = ("int_projects", "int_collections", "int_projects_by_collection")


def collection(name: str, display_name: str) -> dict[str, object]:
    return {"collection_name": name, "display_name": display_name, "_record_ref": f"oss-directory@c0:{name}.yaml#L1"}


def member(collection_name: str, project_name: str, position: int) -> dict[str, object]:
    return {"collection_name": collection_name, "project_name": project_name, "position": position}


BEFORE: Raw = {
    "oss_directory__projects": [project("alpha"), project("beta")],
    "oss_directory__collections": [collection("tools", "Tools"), collection("sites", "Sites")],
    "oss_directory__collection_projects": [member("tools", "alpha", 1), member("tools", "beta", 2)],
}
MOVED: Raw = {"oss_directory__collection_projects": [member("tools", "alpha", 1), member("sites", "beta", 1)]}


class Directory(World):
    """A world whose loads stand in the ledger, as those of the warehouse do."""

    def load(self, raw: Raw) -> None:
        loads = getattr(self, "_loads", []) + [
            {
                "load_id": f"load {table} {len(getattr(self, '_loads', []))}",
                "connector": "oss-directory",
                "stream": table.removeprefix("oss_directory__"),
                "written": len(rows),
                "duplicates": 0,
                "quarantined": 0,
            }
            for table, rows in raw.items()
        ]
        self._loads = loads
        self.fill({**raw, "loads": loads})

    def made(self, *, is_full: bool = False) -> BuildResult:
        return self.run(replace(self.request(AS_OF), select=("+projects_by_collection",), is_full=is_full))

    def content(self) -> list[list[tuple[object, ...]]]:
        return [self.rows(f"from intermediate.{table} order by all") for table in TABLES]


class PowerCutError(Exception):
    """Stands for a kill: nothing after it happens."""


def cut_off(_pid: int, _signal: int) -> None:
    raise PowerCutError


def anew(result: BuildResult) -> set[str]:
    return {model.name for model in result.models if model.status != "unchanged"}


def test_each_change_costs_what_it_touches_and_gives_the_tables_of_one_clean_build(
    tmp_path: Path, dbt_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that is cut off before its commit leaves no trace."""
    world = Directory(tmp_path / "lake", dbt_folder)
    world.load(BEFORE)
    everything = anew(world.made())
    assert everything > set(TABLES)

    unchanged = world.made()
    assert (anew(unchanged), len(unchanged.models), unchanged.checks > 0) == (set(), len(everything), True)

    world.load({"oss_directory__projects": [*BEFORE["oss_directory__projects"]]})
    assert anew(world.made()) == {"stg_oss_directory__projects", "int_projects"}, "equal rows are no change"

    world.load(MOVED)
    for point in ("build.statement:40", "build.before_commit"):
        with monkeypatch.context() as patch:
            patch.setenv(crash.VARIABLE, point)
            patch.setattr(crash.os, "kill", cut_off)
            with pytest.raises((PowerCutError, BuildError)):
                world.made()
    moved = anew(world.made())
    assert "int_projects_by_collection" in moved
    assert not moved & {"int_projects", "int_collections"}

    incremental = world.content()
    world.load({"oss_directory__projects": [*BEFORE["oss_directory__projects"]]})
    assert world.made(is_full=True).differing == (), "a ledger that grew is not what a build makes"
    assert world.content() == incremental
    clean = Directory(tmp_path / "clean", dbt_folder)
    clean.load({**BEFORE, **MOVED})
    clean.made()
    assert clean.content() == incremental


def test_what_a_failed_build_made_is_made_again(tmp_path: Path, dbt_folder: Path) -> None:
    world = Directory(tmp_path / "lake", dbt_folder)
    world.load({**BEFORE, "oss_directory__collections": [collection("tools", "Tools"), collection("tools", "Again")]})
    with pytest.raises(BuildError, match="primary_key"):
        world.made()
    world.load(BEFORE)
    world.made()
    assert [row[-1] for row in world.rows("select display_name from intermediate.int_collections order by all")] == [
        "Sites",
        "Tools",
    ]
