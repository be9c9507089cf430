"""Documents of real packages, played by a local registry, give the golden answers after sync and build."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.transform.world import World

from observer.connectors.declarative.source import DeclarativeSource
from observer.testing.connector_suite import run
from observer.testing.upstream import Reply, Upstream
from observer.testing.warehouse import FakeWarehouse

pytestmark = pytest.mark.real_data

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
REGISTRIES = ("npm", "pypi", "crates", "go")
MODELS = (
    *(f"path:models/staging/{name}" for name in (*REGISTRIES, "deps_dev")),
    *(f"int_package_{kind}" for kind in ("dependencies", "downloads", "owners", "repositories", "versions")),
)
STREAMS = {"npm": ["packages", "versions"], "pypi": ["packages", "requirements", "releases"]}


def _packages(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / "packages.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def _npm_document(package: dict[str, Any], folder: Path) -> dict[str, Any]:
    name = package["name"]
    versions: dict[str, dict[str, Any]] = {}
    for version, flag, licence in duckdb.execute(
        "select version, deprecated_or_yanked, license from read_parquet(?) where registry = 'npm' and package = ?",
        [str(folder / "package_versions.parquet"), name],
    ).fetchall():
        versions[version] = {"name": name, "version": version, "deprecated": bool(flag), "license": licence}
    listed: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for version, kind, dependency, wanted in duckdb.execute(
        "select version, kind, dependency, range from read_parquet(?) where registry = 'npm' and package = ?",
        [str(folder / "package_dependencies.parquet"), name],
    ).fetchall():
        listed[version, kind][dependency] = wanted
    for (version, kind), dependencies in listed.items():
        versions[version][kind] = dependencies
    return {
        "name": name,
        "dist-tags": package["dist_tags"],
        "versions": versions,
        "time": {},
        "repository": package["repository"],
        "homepage": package["homepage"],
        "license": package["license"],
        "maintainers": [],
    }


def _pypi_document(package: dict[str, Any]) -> dict[str, Any]:
    info = {
        key: package[key]
        for key in ("name", "home_page", "license", "project_urls", "requires_dist", "requires_python")
    }
    releases = {
        version: [
            {
                "size": file["size"],
                "upload_time_iso_8601": file["t"],
                "yanked": file["yanked"],
                "packagetype": file["type"],
            }
            for file in files
        ]
        for version, files in package["releases"].items()
    }
    return {"info": {**info, "version": package["latest"], "yanked": package["yanked"]}, "releases": releases}


@pytest.fixture(scope="module")
def world(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = real_data / "events" / "registries"
    target = tmp_path_factory.mktemp("registries")
    packages = _packages(folder)
    tables: dict[str, list[dict[str, Any]]] = {}
    for registry in ("npm", "pypi"):
        chosen = [package for package in packages if package["registry"] == registry]
        warehouse = FakeWarehouse()
        with Upstream() as upstream:
            for package in chosen:
                if registry == "npm":
                    upstream.answers[f"/{package['name']}"] = Reply.json(_npm_document(package, folder))
                else:
                    upstream.answers[f"/pypi/{package['name'].lower()}/json"] = Reply.json(_pypi_document(package))
                    requested = package["requested_name"].lower().replace("_", "-").replace(".", "-")
                    upstream.answers[f"/pypi/{requested}/json"] = Reply.json(_pypi_document(package))
            config = {
                "packages": [package.get("requested_name") or package["name"] for package in chosen],
                "registry_url": upstream.url,
                "transport": {"private_hosts": ["127.0.0.1"], "cache_dir": str(target / registry)},
            }
            source = DeclarativeSource(registry, CONNECTORS / registry)
            report = run(source, config, warehouse, streams=STREAMS[registry])
            assert upstream.misses == []
            assert report.quarantined == 0
        tables |= {table: warehouse.query(f'select * from raw."{table}"').to_pylist() for table in report.written}
    built = World(target / "world", target / "dbt")
    built.fill(tables)
    built.build(as_of=date(2026, 11, 20), select=MODELS)
    return built


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None


@pytest.mark.slow
def test_versions_and_dependencies_are_the_golden_ones(world: World, real_data: Path) -> None:
    golden = json.loads((real_data / "events" / "golden" / "registries.json").read_text())
    expected = {
        name: (
            answer["versions"],
            _moment(answer["first_published"]),
            _moment(answer["last_published"]),
            answer["deprecated_or_yanked"],
            answer.get("distinct_runtime_dependencies_ever_listed", 0),
        )
        for name, answer in golden.items()
    }

    rows = world.rows("""
        with versions as (
            select package_source, package_name, count(*) as versions, min(published_at) as first_published,
                max(published_at) as last_published, count(*) filter (is_withdrawn) as withdrawn
            from intermediate.int_package_versions where coalesce(file_count, 1) > 0 group by all
        ),
        dependencies as (
            select package_source, package_name, count(distinct listed_name) as dependencies
            from intermediate.int_package_dependencies
            where dependency_kind = 'runtime' or package_source = 'PYPI' group by all
        )
        select lower(package_source) || ':' || package_name, versions, first_published, last_published, withdrawn,
            coalesce(dependencies, 0)
        from versions left join dependencies using (package_source, package_name)
    """)

    found = {str(name): tuple(answer) for name, *answer in rows}
    assert found == {name.lower(): answer for name, answer in expected.items()}


@pytest.mark.slow
def test_most_packages_lead_to_a_repository(world: World) -> None:
    ((found, total),) = world.rows("""
        select
            (select count(distinct package_source || package_name) from intermediate.int_package_repositories),
            (select count(distinct package_source || package_name) from intermediate.int_package_versions)
    """)

    assert isinstance(found, int) and isinstance(total, int)
    assert found / total > 0.9
