"""What every model must say of itself, and that dbt documents all of it without a warning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.unit.transform.conftest import AS_OF
from tests.unit.transform.world import PROJECT, World

from observer.model.compatibility import VIEWS
from observer.model.published import PUBLISHED
from observer.model.published_connectors import WRITTEN_WITH_THE_RELEASE
from observer.transform import write_documentation

MODELS = PROJECT / "models"
KEY_TESTS = {"primary_key", "unique", "disjoint_runs"}
MARTS = {table.name: table for table in PUBLISHED if table.name not in WRITTEN_WITH_THE_RELEASE}


def _declared(section: str) -> Iterator[dict[str, Any]]:
    for path in sorted(MODELS.rglob("*.yml")):
        yield from (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(section) or ()


DECLARED = {model["name"]: model for model in _declared("models")}


def _tests(model: dict[str, Any]) -> set[str]:
    found = [*model.get("data_tests", ())]
    found += [test for column in model.get("columns", ()) for test in column.get("data_tests", ())]
    return {test if isinstance(test, str) else next(iter(test)) for test in found}


@pytest.mark.parametrize("name", sorted(path.stem for path in MODELS.rglob("*.sql")))
def test_a_model_says_what_a_row_is_and_its_key_is_tested_or_the_reason_why_it_holds_is_given(name: str) -> None:
    model = DECLARED[name]
    reason = model.get("config", {}).get("meta", {}).get("key_holds_because", "")
    # Publication checks the key of every published table that has one.
    is_checked = bool(_tests(model) & KEY_TESTS) or bool(name in MARTS and MARTS[name].key)

    assert "Grain: one row per" in model["description"]
    assert is_checked or len(reason.split()) > 5, f"give {name} a primary_key test, or config.meta.key_holds_because"
    assert not (reason and "primary_key" in _tests(model))


def test_every_column_of_a_mart_is_described() -> None:
    for name in MARTS:
        for column in DECLARED[name]["columns"]:
            assert column.get("description", "").strip(), (name, column["name"])


def test_every_mart_is_exposed_and_the_names_of_the_original_say_what_they_read() -> None:
    exposures = {
        exposure["name"]: {ref.removeprefix("ref('").removesuffix("')") for ref in exposure["depends_on"]}
        for exposure in _declared("exposures")
    }

    assert exposures["public_tables"] == MARTS.keys()
    assert exposures["compatibility_views"] == {table for view in VIEWS for table in view.tables} & MARTS.keys()
    assert {"rest_api", "entity_pages", "status_page"} < exposures.keys()


def test_dbt_documents_every_model_and_column_without_a_warning(world: World) -> None:
    folder = write_documentation(world.request(AS_OF))

    catalogue = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    log = (folder.parent / "build.log").read_text(encoding="utf-8")
    assert [line for line in log.splitlines() if not line.startswith("info")] == []
    assert catalogue["errors"] is None
    assert "model.observer.events" in catalogue["nodes"]
    assert catalogue["nodes"]["model.observer.events"]["columns"].keys() >= {"event_id", "record_ref"}
    assert {f"exposure.observer.{name['name']}" for name in _declared("exposures")} == manifest["exposures"].keys()
    fresh = manifest["sources"]["source.observer.raw.github_archive__events"]
    assert fresh["loaded_at_field"] == "_observed_at"
    assert fresh["freshness"]["warn_after"] == {"count": 2, "period": "day"}
    assert not (manifest["sources"]["source.observer.raw.loads"]["freshness"] or {}).get("warn_after", {}).get("count")


def test_a_build_has_no_warning(world: World) -> None:
    log = (world.request(AS_OF).work_dir / "build.log").read_text(encoding="utf-8")

    assert [line for line in log.splitlines() if line.startswith(("warn", "error"))] == []
