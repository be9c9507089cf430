"""The samples of the registries, synced into raw tables and built into models."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.transform.world import World

from observer.connectors.declarative.source import DeclarativeSource
from observer.testing.connector_suite import run
from observer.testing.upstream import Upstream
from observer.testing.warehouse import FakeWarehouse

CONNECTORS = Path(__file__).resolve().parents[3] / "connectors"
REGISTRIES = ("npm", "pypi", "crates", "go")
PACKAGES = {
    "npm": ["@acme/tool", "bare-kit"],
    "pypi": ["Acme_Tool", "empty-kit"],
    "crates": ["acme-tool"],
    "go": ["example.org/Acme/tool"],
}
MODELS = (
    *(f"path:models/staging/{name}" for name in (*REGISTRIES, "deps_dev")),
    *(f"int_package_{kind}" for kind in ("dependencies", "downloads", "owners", "repositories", "versions")),
)


def raw_tables(tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    tables = {}
    for name in REGISTRIES:
        warehouse = FakeWarehouse()
        with Upstream() as upstream:
            upstream.play(CONNECTORS / name / "samples")
            source = DeclarativeSource(name, CONNECTORS / name, cache_dir=tmp_path / name)
            properties: Any = source.spec()["connectionSpecification"]
            config: dict[str, Any] = {key: upstream.url for key in properties["properties"] if key.endswith("_url")}
            config |= {"packages": PACKAGES[name], "transport": {"private_hosts": ["127.0.0.1"]}}
            if name == "npm":
                config |= {"start_date": "2024-01-01", "end_date": "2024-01-03"}
            report = run(source, config, warehouse)
        tables |= {table: warehouse.query(f'select * from raw."{table}"').to_pylist() for table in report.written}
    return tables


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("packages")
    built = World(folder / "world", folder / "dbt")
    built.build(as_of=date(2024, 11, 5), select=MODELS)
    built.fill(raw_tables(folder))
    built.build(as_of=date(2024, 11, 5), select=MODELS)
    return built


def test_versions_of_all_registries_stand_side_by_side(world: World) -> None:
    rows = world.rows("""
        select package_source, package_name, version, published_at, is_withdrawn, file_count
        from intermediate.int_package_versions order by 1, 2, 3
    """)

    first, second = datetime(2020, 1, 1, 10), datetime(2021, 2, 3, 4, 5, 6)
    assert rows == [
        ("CRATES", "acme-tool", "1.0.0", first, True, 1),
        ("CRATES", "acme-tool", "1.1.0", second, False, 1),
        ("GO", "example.org/acme/tool", "v1.0.0", first, False, None),
        ("GO", "example.org/acme/tool", "v1.1.0", second, False, None),
        ("NPM", "@acme/tool", "1.0.0", first.replace(second=1), True, 3),
        ("NPM", "@acme/tool", "1.1.0", second, False, 4),
        ("NPM", "@acme/tool", "2.0.0-beta.1", datetime(2023, 5, 5), False, None),
        ("NPM", "bare-kit", "0.1.0", datetime(2019, 6, 1), False, None),
        ("PYPI", "acme-tool", "0.9", None, False, 0),
        ("PYPI", "acme-tool", "1.0.0", first, True, 1),
        ("PYPI", "acme-tool", "1.1.0", second, False, 2),
    ]


def test_dependencies_have_kind_range_and_alias(world: World) -> None:
    rows = world.rows("""
        select
            package_source, dependency_kind, listed_name, dependency_name, version_range, requirement_kind, is_optional
        from intermediate.int_package_dependencies where version in ('1.1.0', 'v1.1.0') order by 1, 2, 3
    """)

    assert rows == [
        ("CRATES", "build", "cc", "cc", "^1", "registry", False),
        ("CRATES", "development", "tempfile", "tempfile", "^3", "registry", False),
        ("CRATES", "runtime", "serde_v1", "serde", "^1.0.5", "registry", True),
        ("GO", "runtime", "example.org/one", "example.org/one", "v0.1.0", "registry", False),
        ("GO", "runtime", "github.com/pkg/errors", "github.com/pkg/errors", "v0.9.1", "registry", False),
        ("GO", "runtime", "golang.org/x/sys", "golang.org/x/sys", "v0.15.0", "registry", False),
        ("NPM", "optional", "fsevents", "fsevents", "~2.3.0", "registry", True),
        ("NPM", "peer", "react", "react", ">=17", "registry", True),
        ("NPM", "runtime", "forked", "forked", "github:acme/forked#main", "address", False),
        ("NPM", "runtime", "kit-v1", "bare-kit", "^0.1.0", "registry", False),
        ("NPM", "runtime", "left-pad", "left-pad", "^1.1.0", "registry", False),
        ("PYPI", "optional", "pytest", "pytest", None, "registry", True),
        ("PYPI", "runtime", "left-pad", "left-pad", ">=1,<2", "registry", False),
        ("PYPI", "runtime", "requests", "requests", ">=2", "registry", False),
    ]


def test_packages_lead_to_repositories_with_their_evidence(world: World) -> None:
    rows = world.rows("""
        select package_source, package_name, artifact_source, artifact_namespace, artifact_name, evidence, confidence
        from intermediate.int_package_repositories order by 1, 2, 6
    """)

    assert rows == [
        ("CRATES", "acme-tool", "GITHUB", "acme", "tool", "repository field", 0.9),
        ("GO", "example.org/acme/tool", "GITHUB", "acme", "tool", "origin of the newest version", 1.0),
        ("NPM", "@acme/tool", "GITHUB", "acme", "tool", "repository field", 0.9),
        ("NPM", "bare-kit", "GITHUB", "acme", "kit", "repository field", 0.9),
        ("PYPI", "acme-tool", "GITHUB", "acme", "tool", "link Repository", 0.9),
        ("PYPI", "empty-kit", "GITHUB", "acme", "kit", "homepage", 0.5),
    ]


def test_owners_are_kept_without_their_addresses(world: World) -> None:
    rows = world.rows("""
        select package_source, package_name, account_name, role, email_hash is not null, email_domain
        from intermediate.int_package_owners order by 1, 2, 3
    """)

    assert rows == [
        ("CRATES", "acme-tool", "ann", "user", False, None),
        ("CRATES", "acme-tool", "github:acme:core", "team", False, None),
        ("NPM", "@acme/tool", "ann", "", True, "example.org"),
        ("NPM", "@acme/tool", "bo", "", False, None),
        ("NPM", "bare-kit", "ann", "", True, "example.org"),
        ("PYPI", "acme-tool", "ann", "owner", False, None),
        ("PYPI", "empty-kit", "ann", "owner", False, None),
        ("PYPI", "empty-kit", "bo", "maintainer", False, None),
    ]


def test_downloads_are_counted_by_day(world: World) -> None:
    rows = world.rows("""
        select package_source, package_name, download_date, download_count
        from intermediate.int_package_downloads where download_date = date '2024-01-01' order by 1, 2
    """)

    day = datetime(2024, 1, 1, tzinfo=UTC).date()
    assert rows == [
        ("CRATES", "acme-tool", day, 5),
        ("NPM", "@acme/tool", day, 5),
        ("NPM", "bare-kit", day, 5),
        ("PYPI", "acme-tool", day, 5),
    ]


ADDRESSES = {
    "git+https://github.com/Acme/Tool.git": "github acme tool",
    "git://github.com/acme/tool.git#main": "github acme tool",
    "git@github.com:acme/tool.git": "github acme tool",
    "git+ssh://git@github.com/acme/tool.git": "github acme tool",
    "ssh://git@gitlab.com/acme/tool": "gitlab acme tool",
    "github:acme/tool": "github acme tool",
    "gitlab:acme/tool": "gitlab acme tool",
    "acme/tool.js": "github acme tool.js",
    "https://www.github.com/acme/tool/tree/main/packages/a": "github acme tool",
    "https://codeberg.org/acme/tool": "codeberg acme tool",
    "https://user:word@github.com/acme/tool": "github acme tool",
    "https://github.com/acme": None,
    "https://notgithub.com/acme/tool": None,
    "https://github.com.evil.example/acme/tool": None,
    "https://example.org/github.com/acme/tool": None,
}


def test_addresses_of_repositories_in_all_their_forms(world: World) -> None:
    rows = [{"name": address, "repository": address, "_record_ref": address} for address in ADDRESSES]
    world.fill({"npm__packages": rows})
    world.build(as_of=date(2024, 11, 5), select=("stg_npm__packages", "int_package_repositories"))

    found = world.rows("""
        select record_ref, lower(artifact_source) || ' ' || artifact_namespace || ' ' || artifact_name
        from intermediate.int_package_repositories where package_source = 'NPM'
    """)

    assert dict(found) == {address: parts for address, parts in ADDRESSES.items() if parts}
