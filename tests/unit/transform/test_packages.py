"""Packages from the registries' answers to marts and events: small raw rows, the real models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.transform.world import OBSERVED_AT, World, listing, project

from observer.connectors.sources.bucket.source import BucketSource
from observer.model.identifier import entity_id
from observer.testing.connector_suite import run
from observer.testing.warehouse import FakeWarehouse

REPOSITORY = entity_id("GITHUB", "acme", "tool")
TOOL = entity_id("NPM", "acme", "@acme/tool")
LEFT = entity_id("NPM", "left", "left")
RIGHT = entity_id("NPM", "right", "right")
KIT = entity_id("PYPI", "kit", "kit")
MODELS = ("+path:models/marts/packages", "+events", "+int_coverage", "event_types")


def package(source: str, namespace: str, name: str) -> Mapping[str, object]:
    url = f"https://registry.example/{name}"
    return listing(
        "acme", namespace, name, artifact_source=source, artifact_type="PACKAGE", artifact_url=url, field=source.lower()
    )


def npm_version(name: str, version: str, dependencies: dict[str, str], **more: object) -> dict[str, object]:
    return {
        "name": name,
        "version": version,
        "dependencies": json.dumps(dependencies),
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"npm:versions/{name}/{version}",
        **more,
    }


def npm_package(name: str, times: dict[str, str], **more: object) -> dict[str, object]:
    return {
        "name": name,
        "time": json.dumps(times),
        "latest_version": list(times)[-1],
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"npm:packages/{name}",
        **more,
    }


def graph(version: str, day: date, direct: list[str], **more: object) -> dict[str, object]:
    def node(name: str, relation: str) -> dict[str, Any]:
        return {"versionKey": {"system": "NPM", "name": name, "version": "1"}, "relation": relation}

    return {
        "system": "NPM",
        "name": "@acme/tool",
        "version": version,
        "snapshot_date": day,
        "nodes": json.dumps(
            [node("@acme/tool", "SELF"), *(node(n, "DIRECT") for n in direct), node("deep", "INDIRECT")]
        ),
        "edges": "[]",
        "error": "",
        "_record_ref": f"deps-dev:dependencies/NPM/@acme/tool/{version}/{day}",
        **more,
    }


def document(number: int, document_id: str, created_at: datetime) -> dict[str, object]:
    return {
        "snapshot_id": f"s{number}",
        "document_id": document_id,
        "created_at": created_at,
        "subject_source": "GITHUB",
        "subject_namespace": "acme",
        "subject_name": "tool",
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"sbom:{number}",
    }


def element(document_id: str, number: int, name: str | None, depth: int | None, purl: str = "") -> dict[str, object]:
    return {
        "document_id": document_id,
        "element_id": f"e{number}",
        "purl": purl or (f"pkg:npm/{name}@1" if name else None),
        "package_source": "NPM" if name else None,
        "package_name": name,
        "package_version": "1",
        "depth": depth,
        "_record_ref": f"sbom:{document_id}#e{number}",
    }


def raw() -> dict[str, Any]:
    day = date(2024, 10, 1)
    downloads = [
        {"package": "@acme/tool", "day": date(2024, 10, n), "downloads": n, "_observed_at": OBSERVED_AT,
         "_record_ref": f"npm:downloads/{n}"}
        for n in (10, 11, 13)
    ]  # fmt: skip
    return {
        "oss_directory__projects": [project("acme"), project("other")],
        "oss_directory__project_artifacts": [
            listing("acme", "acme", "tool"),
            package("NPM", "acme", "@acme/tool"),
            package("NPM", "left", "left"),
            package("NPM", "right", "right"),
            package("PYPI", "kit", "kit"),
        ],
        "npm__packages": [
            npm_package(
                "@acme/tool",
                {"1.0.0": "2024-01-01T00:00:00Z", "1.1.0": "2024-02-01T00:00:00Z", "2.0.0": "2024-03-01T00:00:00Z"},
                repository=json.dumps({"type": "git", "url": "git+https://github.com/Acme/Tool.git"}),
                homepage="https://github.com/acme/docs",
            ),
            npm_package("left", {"0.1.0": "2023-01-01T00:00:00Z"}),
            npm_package("right", {"created": "2023-01-01T00:00:00Z"}, latest_version=""),
        ],
        "npm__versions": [
            npm_version("@acme/tool", "1.0.0", {"left": "^1"}),
            npm_version("@acme/tool", "1.1.0", {"left": "^1", "right": "^2", "renamed": "npm:left@^1"}),
            npm_version("@acme/tool", "2.0.0", {"right": "^2", "file": "file:../x"}),
            npm_version("left", "0.1.0", {}, deprecated="use right"),
        ],
        "npm__downloads": downloads,
        "pypi__packages": [{"package": "kit", "name": "Kit", "version": "0.1", "_observed_at": OBSERVED_AT,
                            "_record_ref": "pypi:packages/kit"}],
        "pypi__releases": [{"package": "kit", "releases": json.dumps({"0.1": []}), "_observed_at": OBSERVED_AT,
                            "_record_ref": "pypi:releases/kit"}],
        "deps_dev__details": [
            {
                "system": "NPM", "name": "left", "version": "0.1.0", "_record_ref": "deps-dev:details/NPM/left",
                "relatedProjects": json.dumps([{
                    "projectKey": {"id": "github.com/left/left"}, "relationProvenance": "SLSA_ATTESTATION",
                    "relationType": "SOURCE_REPO",
                }]),
            }
        ],
        "deps_dev__dependencies": [
            graph("2.0.0", day, ["left"]),
            graph("2.0.0", date(2024, 10, 8), ["left"]),
            graph("2.0.0", date(2024, 10, 15), [], error="could not be resolved", nodes="[]"),
            graph("2.0.0", date(2024, 10, 22), ["right"]),
        ],
        "deps_dev__dependents": [
            {"system": "NPM", "name": "left", "version": "0.1.0", "snapshot_date": day, "dependentCount": 12,
             "directDependentCount": 5, "indirectDependentCount": 7, "_record_ref": "deps-dev:dependents/left"}
        ],
        "deps_dev__affected": [{"system": "NPM", "name": "left", "version": "0.1.0", "advisory_id": "GHSA-1",
                                "_record_ref": "deps-dev:affected/left"}],
        "deps_dev__advisories": [{"advisory_id": "GHSA-1", "title": "A weakness", "cvss3Score": 7.5,
                                  "_record_ref": "deps-dev:advisories/GHSA-1"}],
        "sbom__documents": [
            document(1, "a", datetime(2024, 9, 1)),
            document(2, "a", datetime(2024, 9, 8)),
            document(3, "b", datetime(2024, 9, 15)),
        ],
        "sbom__packages": [
            element("a", 0, None, 0),
            element("a", 1, "left", 1),
            element("a", 2, "left", 3, "pkg:npm/left@2"),
            element("a", 3, "right", 2),
            element("b", 0, None, 0),
            element("b", 1, "right", 1),
        ],
    }  # fmt: skip


def dropped(folder: Path) -> dict[str, Any]:
    """A drop of the public data set, as the connector for buckets reads it."""
    place = folder / "drops" / "dependencies" / "2024-10-29"
    place.mkdir(parents=True)
    own = {"snapshot_at": datetime(2024, 10, 29), "system": "NPM", "name": "@acme/tool", "version": "2.0.0"}
    other = {"dependency_system": "NPM", "dependency_version": "1"}
    rows = [
        own | other | {"dependency_name": "left", "minimum_depth": 1},
        own | other | {"dependency_name": "right", "minimum_depth": 2},
    ]
    pq.write_table(pa.Table.from_pylist(rows), place / "part-0.parquet")
    stream = {
        "name": "dependencies",
        "file_match": r"dependencies/(?P<interval_timestamp>\d{4}-\d\d-\d\d)/.*\.parquet",
        "mode": "incremental",
    }
    source = BucketSource()
    source.name = "deps-dev-drops"
    config = {"location": str(folder / "drops"), "streams": [stream], "staging_dir": str(folder / "staging")}
    warehouse = FakeWarehouse()
    run(source, config, warehouse)
    names = ", ".join((*own, *other, "dependency_name", "minimum_depth", "_record_ref"))
    found = warehouse.query(f"select {names} from raw.deps_dev_drops__dependencies").to_pylist()
    return {"deps_dev_drops__dependencies": found}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("packages")
    built = World(folder / "world", folder / "dbt")
    built.fill(raw() | dropped(folder))
    built.build(as_of=date(2024, 11, 3), select=MODELS)
    return built


def test_states_tell_what_there_is_to_install(world: World) -> None:
    rows = world.rows("""
        select package_artifact_id, state, version_count, standing_version_count, latest_version from marts.packages
    """)

    assert set(rows) == {
        (TOOL, "active", 3, 3, "2.0.0"),
        (LEFT, "deprecated", 1, 0, "0.1.0"),
        (RIGHT, "unpublished", 0, 0, None),
        (KIT, "empty", 1, 0, "0.1"),
    }


def test_a_link_that_the_directory_confirms_is_nearly_certain(world: World) -> None:
    rows = world.rows("""
        select package_artifact_name, package_owner_artifact_namespace, package_owner_artifact_name, confidence,
            is_best, evidence
        from marts.package_owners
    """)

    assert set(rows) == {
        ("@acme/tool", "acme", "tool", 0.98, True, "repository field, same project and name, listed in one project"),
        ("@acme/tool", "acme", "docs", 0.5, False, "homepage"),
        ("left", "left", "left", 1.0, True, "attestation"),
    }


def test_an_owner_is_told_with_both_projects(world: World) -> None:
    rows = world.rows(f"""
        select package_project_id, package_owner_project_id, package_owner_artifact_id
        from marts.package_owners where package_artifact_id = '{TOOL}' and is_best
    """)

    acme = entity_id("OSS_DIRECTORY", "oso", "acme")
    assert rows == [(acme, acme, REPOSITORY)]


def test_versions_snapshots_and_documents_add_and_remove_dependencies(world: World) -> None:
    rows = world.rows("""
        select event_source, event_type, cast(time as date), to_artifact_id, from_artifact_id, basis from marts.events
        where event_type in ('ADD_DEPENDENCY', 'REMOVE_DEPENDENCY')
    """)

    assert set(rows) == {
        ("NPM", "ADD_DEPENDENCY", date(2024, 1, 1), LEFT, TOOL, "registry"),
        ("NPM", "ADD_DEPENDENCY", date(2024, 2, 1), RIGHT, TOOL, "registry"),
        ("NPM", "REMOVE_DEPENDENCY", date(2024, 3, 1), LEFT, TOOL, "registry"),
        ("DEPS_DEV", "ADD_DEPENDENCY", date(2024, 10, 1), LEFT, TOOL, "registry"),
        ("DEPS_DEV", "ADD_DEPENDENCY", date(2024, 10, 22), RIGHT, TOOL, "registry"),
        ("DEPS_DEV", "REMOVE_DEPENDENCY", date(2024, 10, 22), LEFT, TOOL, "registry"),
        ("DEPS_DEV", "ADD_DEPENDENCY", date(2024, 10, 29), LEFT, TOOL, "registry"),
        ("DEPS_DEV", "REMOVE_DEPENDENCY", date(2024, 10, 29), RIGHT, TOOL, "registry"),
        ("SBOM", "ADD_DEPENDENCY", date(2024, 9, 1), LEFT, REPOSITORY, "api"),
        ("SBOM", "REMOVE_DEPENDENCY", date(2024, 9, 15), LEFT, REPOSITORY, "api"),
        ("SBOM", "ADD_DEPENDENCY", date(2024, 9, 15), RIGHT, REPOSITORY, "api"),
    }
    assert len(rows) == 11


def test_downloads_versions_and_counts_of_dependents_are_events(world: World) -> None:
    rows = world.rows("""
        select event_type, event_source, cast(time as date), to_artifact_id, amount, unit, record_ref from marts.events
        where event_type in ('DOWNLOADS', 'VERSION_PUBLISHED', 'DEPENDENT_COUNT') and time >= '2024-03-01'
        order by time
    """)

    assert rows == [
        ("VERSION_PUBLISHED", "NPM", date(2024, 3, 1), TOOL, 1.0, "versions", "npm:versions/@acme/tool/2.0.0"),
        ("DEPENDENT_COUNT", "DEPS_DEV", date(2024, 10, 1), LEFT, 5.0, "packages", "deps-dev:dependents/left"),
        ("DOWNLOADS", "NPM", date(2024, 10, 10), TOOL, 10.0, "downloads", "npm:downloads/10"),
        ("DOWNLOADS", "NPM", date(2024, 10, 11), TOOL, 11.0, "downloads", "npm:downloads/11"),
        ("DOWNLOADS", "NPM", date(2024, 10, 13), TOOL, 13.0, "downloads", "npm:downloads/13"),
    ]


def test_days_that_a_registry_was_asked_for_are_known_and_no_others(world: World) -> None:
    rows = world.rows(f"""
        select start_date, end_date, state from intermediate.int_coverage
        where artifact_id = '{TOOL}' and event_type = 'DOWNLOADS' and end_date >= '2024-10-01' order by 1
    """)

    assert rows == [
        (date(2023, 1, 1), date(2024, 10, 9), "unknown"),
        (date(2024, 10, 10), date(2024, 10, 11), "value"),
        (date(2024, 10, 12), date(2024, 10, 12), "zero"),
        (date(2024, 10, 13), date(2024, 10, 13), "value"),
        (date(2024, 10, 14), date(2024, 11, 3), "unknown"),
    ]


def test_a_bill_of_materials_has_each_package_once(world: World) -> None:
    before = world.rows("""
        select package_name, purl_count, depth, is_direct from intermediate.int_sbom_dependencies
        where document_id = 'a'
    """)
    newest = world.rows("""
        select from_artifact_id, to_package_artifact_id, is_direct, snapshot_at from marts.sboms
    """)

    assert set(before) == {("left", 2, 1, True), ("right", 1, 2, False)}
    assert newest == [(REPOSITORY, RIGHT, True, datetime(2024, 9, 15))]


def test_weaknesses_are_told_by_version(world: World) -> None:
    rows = world.rows(
        "select package_artifact_id, version, advisory_id, title, cvss_score from marts.package_advisories"
    )

    assert rows == [(LEFT, "0.1.0", "GHSA-1", "A weakness", 7.5)]
