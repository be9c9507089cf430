"""Who depends on whom inside a collection: velodrome on ethers, zora on ethers and wagmi."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from tests.unit.transform.world import OBSERVED_AT, World, listing, moment, project

AS_OF = date(2024, 11, 3)
PROJECTS = ("velodrome", "zora", "ethers", "wagmi", "outsider")
MEMBERS = PROJECTS[:4]


def npm(name: str, dependencies: dict[str, str], development: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0.0",
        "dependencies": json.dumps(dependencies),
        "devDependencies": json.dumps(development),
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"npm:versions/{name}/1.0.0",
    }


def raw() -> dict[str, Any]:
    versions = [
        npm("velodrome", {"ethers": "^6"}, {}),
        npm("zora", {"ethers": "^6", "wagmi": "^2"}, {}),
        npm("wagmi", {}, {"ethers": "^6"}),
        npm("outsider", {"ethers": "^6"}, {}),
        npm("ethers", {}, {}),
    ]
    return {
        "oss_directory__projects": [project(name) for name in PROJECTS],
        "oss_directory__collections": [{"collection_name": "optimism", "_record_ref": "oss-directory@c0:o.yaml#L1"}],
        "oss_directory__collection_projects": [
            {"collection_name": "optimism", "project_name": name, "_record_ref": "oss-directory@c0:o.yaml#L2"}
            for name in MEMBERS
        ],
        "oss_directory__project_artifacts": [
            listing(name, name, name, artifact_source="NPM", artifact_type="PACKAGE", field="npm", artifact_url=name)
            for name in PROJECTS
        ],
        "npm__packages": [
            {
                "name": version["name"],
                "time": json.dumps({"1.0.0": "2024-10-01T00:00:00Z"}),
                "latest_version": "1.0.0",
                "_observed_at": moment("4T10:00"),
                "_record_ref": f"npm:packages/{version['name']}",
            }
            for version in versions
        ],
        "npm__versions": versions,
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("dependents") / "lake", tmp_path_factory.mktemp("dbt"))
    world.fill(raw())
    selected = ("event_types", "+dependencies_by_collection", "+int_events__packages")
    world.build(as_of=AS_OF, select=selected)
    return world


def test_ethers_has_two_dependents_and_wagmi_one(world: World) -> None:
    rows = world.rows("""
        select dependency_project_name, count(*) from marts.dependencies_by_collection
        where dependency_use = 'production' group by 1 order by 1
    """)

    assert rows == [("ethers", 2), ("wagmi", 1)]


def test_a_dependency_for_development_is_told_apart_and_outsiders_are_left_out(world: World) -> None:
    rows = world.rows("""
        select dependent_project_name, dependency_project_name, dependency_use, dependent_count, dependency_count
        from marts.dependencies_by_collection order by 1, 2
    """)

    assert rows == [
        ("velodrome", "ethers", "production", 1, 1),
        ("wagmi", "ethers", "development", 1, 1),
        ("zora", "ethers", "production", 1, 1),
        ("zora", "wagmi", "production", 1, 1),
    ]
    outside = world.rows("select count(*) from intermediate.int_project_dependencies")
    assert outside == [(5,)]


def test_packages_tell_how_many_packages_their_versions_need(world: World) -> None:
    rows = world.rows("""
        select event_source_id, event_type, amount from intermediate.int_events__packages
        where event_type in ('PACKAGE_PUBLISHED', 'DEPENDENCY_COUNT', 'DEVELOPMENT_DEPENDENCY_COUNT')
        and (event_source_id like 'wagmi%' or event_source_id like 'zora%') order by all
    """)

    assert rows == [
        ("wagmi", "PACKAGE_PUBLISHED", 1.0),
        ("wagmi@1.0.0", "DEPENDENCY_COUNT", 0.0),
        ("wagmi@1.0.0", "DEVELOPMENT_DEPENDENCY_COUNT", 1.0),
        ("zora", "PACKAGE_PUBLISHED", 1.0),
        ("zora@1.0.0", "DEPENDENCY_COUNT", 2.0),
        ("zora@1.0.0", "DEVELOPMENT_DEPENDENCY_COUNT", 0.0),
    ]
