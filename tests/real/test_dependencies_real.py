"""Bills of materials and dependency graphs of real projects give what was published, by the way of the product."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.transform.world import World

from observer.connectors.host import sync
from observer.connectors.sources.sbom.source import SbomSource
from observer.testing.source import QuietProgress
from observer.testing.warehouse import FakeWarehouse

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

MODELS = ("+sboms", "+package_owners")
AS_OF = date(2026, 11, 20)
TYPES = {"NPM": "npm", "RUST": "cargo", "PIP": "pypi", "GO": "golang", "NUGET": "nuget"}
SOURCES = {"NPM": "NPM", "RUST": "CRATES", "PIP": "PYPI", "GO": "GO", "NUGET": "NUGET"}
DEPENDENTS = 1500


def _purl(source: str, name: str) -> str:
    scope, _, rest = name.rpartition("/")
    return f"pkg:{TYPES[source]}/{scope.replace('@', '%40')}{'/' if scope else ''}{rest}"


def _cyclonedx(repository: str, packages: list[tuple[str, str]]) -> bytes:
    """A document that lists packages of a repository, as a tool writes it that knows no more."""
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "metadata": {
                "timestamp": "2025-05-21T00:00:00Z",
                "component": {"name": repository, "bom-ref": "root", "purl": f"pkg:github/{repository}"},
            },
            "components": [
                {"name": name, "bom-ref": f"{source} {name}", "purl": _purl(source, name)} for source, name in packages
            ],
        }
    ).encode()


def _read(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the connector makes of a folder, as raw tables."""
    warehouse = FakeWarehouse()
    source = SbomSource(clock=lambda: datetime(2026, 11, 20, tzinfo=UTC))
    report = sync(
        source,
        config={"locations": [str(folder)]},
        warehouse=warehouse,
        clock=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        progress=QuietProgress(),
    )
    assert report.quarantined == 0
    return {table: warehouse.query(f'select * from raw."{table}"').to_pylist() for table in report.written}


def _name(source: str, name: str) -> str:
    """Go's names are compared in lower case, as the directory does; Python's with hyphens alone."""
    text = name.lower()
    return text.replace("_", "-").replace(".", "-") if source == "PIP" else text


class TestSpdx:
    """Two exports of GitHub's dependency graph."""

    @pytest.fixture(scope="class")
    def world(self, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
        folder = tmp_path_factory.mktemp("spdx")
        (folder / "files").mkdir()
        for file in (real_data / "events" / "deps").glob("sbom_spdx_*.json.gz"):
            (folder / "files" / file.name).symlink_to(file)
        copies = folder / "copies"
        copies.mkdir()
        for file in (folder / "files").iterdir():
            (copies / file.name).write_bytes(file.read_bytes())
        built = World(folder / "world", folder / "dbt")
        built.fill(_read(copies))
        built.build(as_of=AS_OF, select=MODELS)
        return built

    def test_elements_and_relations_are_as_many_as_the_documents_have(self, world: World) -> None:
        rows = world.rows("""
            select subject_namespace || '/' || subject_name, component_count, relationship_count, package_count,
                (select count(*) from raw.sbom__packages as p where p.document_id = d.document_id),
                (select count(*) from raw.sbom__relationships as r where r.document_id = d.document_id)
            from raw.sbom__documents as d
        """)

        assert set(rows) == {
            ("nomicfoundation/hardhat", 2360, 4173, 1831, 2360, 4173),
            ("wevm/viem", 1461, 3075, 1358, 1461, 3075),
        }

    def test_duplicates_scopes_and_actions_become_one_package_each(self, world: World, real_data: Path) -> None:
        expected = set()
        for file in (real_data / "events" / "deps").glob("sbom_spdx_*.json.gz"):
            document = json.loads(gzip.decompress(file.read_bytes()))
            for package in document["packages"]:
                for reference in package["externalRefs"]:
                    kind, _, rest = reference["referenceLocator"].removeprefix("pkg:").partition("/")
                    if kind == "npm":
                        expected.add((document["name"], rest.rsplit("@", 1)[0].replace("%40", "@")))

        rows = world.rows("""
            select 'com.github.' || from_artifact_namespace || '/' || from_artifact_name, to_package_artifact_name
            from marts.sboms where to_package_artifact_source = 'NPM'
        """)
        actions = world.rows("""
            select distinct to_package_artifact_name from marts.sboms
            where to_package_artifact_source = 'GITHUBACTIONS' and from_artifact_name = 'viem'
        """)

        assert set(rows) == {(document.lower(), name.lower()) for document, name in expected}
        assert len(rows) == len(set(rows))
        assert ("wevm/actions",) in actions and ("actions/setup-node",) in actions

    def test_direct_and_transitive_are_told_apart(self, world: World, real_data: Path) -> None:
        rows = world.rows("""
            select from_artifact_name, count(*) filter (depth = 1), count(*) filter (depth > 1),
                count(*) filter (is_direct), count(*) filter (depth is null)
            from marts.sboms group by 1
        """)

        direct = {}
        for file in (real_data / "events" / "deps").glob("sbom_spdx_*.json.gz"):
            document = json.loads(gzip.decompress(file.read_bytes()))
            root = next(
                r["relatedSpdxElement"] for r in document["relationships"] if r["relationshipType"] == "DESCRIBES"
            )
            named = {r["relatedSpdxElement"] for r in document["relationships"] if r["spdxElementId"] == root}
            locators = {
                p["SPDXID"]: p["externalRefs"][0]["referenceLocator"].rsplit("@", 1)[0] for p in document["packages"]
            }
            packages = {locators[element].replace("%40", "@").lower() for element in named}
            packages = {"/".join(p.split("/")[:3]) if "githubactions" in p else p for p in packages}
            direct[document["name"].rsplit("/", 1)[1]] = len(packages)
        assert {name: found for name, found, *_ in rows} == direct
        assert all(at_one == named for _, at_one, _, named, _ in rows)
        assert all(isinstance(deeper, int) and deeper > 500 for _, _, deeper, _, _ in rows)


class TestPublishedGraph:
    """The bills of 18 repositories and the repositories of their packages, as they were published together."""

    @pytest.fixture(scope="class")
    def world(self, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
        folder = tmp_path_factory.mktemp("graph")
        files = folder / "files"
        files.mkdir()
        deps = real_data / "events" / "deps"
        bills = duckdb.execute(
            "select repo_name, list((package_artifact_source, package_artifact_name) order by column0) "
            "from read_parquet(?) group by 1",
            [str(deps / "oso_sbom.parquet")],
        ).fetchall()
        for repository, packages in bills:
            (files / f"{repository.replace('/', '--')}.json").write_bytes(_cyclonedx(repository, packages))
        built = World(folder / "world", folder / "dbt")
        built.fill(_read(files) | _declared(deps / "dependency_graph_unweighted.parquet"))
        built.build(as_of=AS_OF, select=MODELS)
        return built

    def test_the_bills_have_every_published_edge_and_no_other(self, world: World, real_data: Path) -> None:
        published = duckdb.execute(
            "select repo_name, package_artifact_source, package_artifact_name from read_parquet(?)",
            [str(real_data / "events" / "deps" / "oso_sbom.parquet")],
        ).fetchall()

        rows = world.rows("""
            select from_artifact_namespace || '/' || from_artifact_name, to_package_artifact_source,
                to_package_artifact_name
            from marts.sboms
        """)

        assert len(published) == len(rows) == 13_806
        assert set(rows) == {
            (repository.lower(), SOURCES[source], _name(source, name)) for repository, source, name in published
        }

    def test_packages_lead_to_the_published_repositories(self, world: World, real_data: Path) -> None:
        published = duckdb.execute(
            "select seed_repo_name, package_source, package_name, package_repo_name from read_parquet(?)",
            [str(real_data / "events" / "deps" / "dependency_graph_unweighted.parquet")],
        ).fetchall()

        rows = world.rows("""
            select s.from_artifact_namespace || '/' || s.from_artifact_name, s.to_package_artifact_source,
                s.to_package_artifact_name, o.package_owner_artifact_namespace || '/' || o.package_owner_artifact_name
            from marts.sboms as s
            inner join marts.package_owners as o on s.to_package_artifact_id = o.package_artifact_id and o.is_best
            where s.to_package_artifact_source in ('NPM', 'CRATES')
        """)

        wanted = {
            (seed.lower(), SOURCES[source], name.lower(), repository.lower())
            for seed, source, name, repository in published
            if source in ("NPM", "RUST") and repository
        }
        assert len(wanted) == 10_764 + 2_023
        # No owner or repository of GitHub has an at sign in its name: two published addresses lead nowhere.
        impossible = {edge for edge in wanted if "@" in edge[3]}
        assert len(impossible) == 2
        assert set(rows) == wanted - impossible


def _declared(graph: Path) -> dict[str, list[dict[str, Any]]]:
    """The registries' answers that name the published repository of each package."""
    rows = duckdb.execute(
        "select distinct package_source, package_name, package_repo_name from read_parquet(?) "
        "where package_repo_name is not null",
        [str(graph)],
    ).fetchall()
    seen = datetime(2026, 11, 20)
    npm = [
        {"name": name, "repository": f"git+https://github.com/{repository}.git", "_observed_at": seen,
         "_record_ref": f"npm:packages/{name}"}
        for source, name, repository in rows if source == "NPM"
    ]  # fmt: skip
    crates = [
        {"package": name.lower(), "name": name, "repository": f"https://github.com/{repository}", "_observed_at": seen,
         "_record_ref": f"crates:packages/{name}"}
        for source, name, repository in rows if source == "RUST"
    ]  # fmt: skip
    return {"npm__packages": npm, "crates__packages": crates}


class TestDependents:
    """Who depends on the packages of Ethereum's projects: repositories and their packages, with published ids."""

    @pytest.fixture(scope="class")
    def edges(self, real_data: Path) -> list[tuple[str, str, str, str, str]]:
        """The packages of some repositories, chosen by their ids."""
        return duckdb.execute(
            """
            select distinct repo_owner || '/' || repo_name, dependent_artifact_id, package_source, package_name,
                dependency_artifact_id
            from read_parquet(?)
            where dependent_artifact_id in (
                select distinct dependent_artifact_id from read_parquet(?) order by 1 limit ?
            )
            """,
            [str(real_data / "events" / "deps" / "ethereum_dependencies.parquet")] * 2 + [DEPENDENTS],
        ).fetchall()

    @pytest.fixture(scope="class")
    def world(self, edges: list[tuple[str, str, str, str, str]], tmp_path_factory: pytest.TempPathFactory) -> World:
        folder = tmp_path_factory.mktemp("dependents")
        files = folder / "files"
        files.mkdir()
        bills: dict[str, set[tuple[str, str]]] = {}
        for repository, _, source, name, _ in edges:
            bills.setdefault(repository, set()).add((source, name))
        for number, (repository, packages) in enumerate(sorted(bills.items())):
            (files / f"{number}.json").write_bytes(_cyclonedx(repository, sorted(packages)))
        built = World(folder / "world", folder / "dbt")
        built.fill(_read(files))
        built.build(as_of=AS_OF, select=MODELS)
        return built

    def test_every_published_id_is_that_of_its_name(self, real_data: Path) -> None:
        rows = duckdb.execute(
            """
            select count(*),
                count(*) filter (
                    dependent_artifact_id = base64(unhex(sha256('GITHUB' || lower(repo_owner) || lower(repo_name))))
                ),
                count(*) filter (
                    dependency_artifact_id
                    = base64(unhex(sha256('GITHUB' || lower(package_repo_owner) || lower(package_repo_name))))
                )
            from read_parquet(?)
            """,
            [str(real_data / "events" / "deps" / "ethereum_dependencies.parquet")],
        ).fetchall()

        assert rows == [(975_877, 975_877, 975_877)]

    def test_repositories_depend_on_the_published_packages(
        self, world: World, edges: list[tuple[str, str, str, str, str]]
    ) -> None:
        rows = world.rows(
            "select from_artifact_id, to_package_artifact_source, to_package_artifact_name from marts.sboms"
        )

        assert set(rows) == {
            (dependent, SOURCES[source], _name(source, name)) for _, dependent, source, name, _ in edges
        }
        assert len(rows) == len(set(rows)) > 100_000


def test_published_addresses_are_repositories(real_data: Path, tmp_path: Path) -> None:
    """The mapping of 6,132 packages: each address with a repository in it is read as that repository."""
    mappings = duckdb.execute(
        "select package_source, package_name, dependency_github_url from read_csv(?)",
        [str(real_data / "events" / "deps" / "package_github_mappings.csv.gz")],
    ).fetchall()
    assert len(mappings) == 6_132
    world = World(tmp_path / "world", tmp_path / "dbt")
    seen = datetime(2026, 11, 20)
    world.fill(
        {
            "npm__packages": [
                {"name": name, "repository": url, "_observed_at": seen, "_record_ref": f"npm:packages/{name}"}
                for source, name, url in mappings
                if source == "NPM"
            ],
            "crates__packages": [
                {"package": name.lower(), "name": name, "repository": url, "_observed_at": seen,
                 "_record_ref": f"crates:packages/{name}"}
                for source, name, url in mappings if source == "RUST"
            ],
            "pypi__packages": [
                {"package": _name("PIP", name), "name": name, "home_page": url, "_observed_at": seen,
                 "_record_ref": f"pypi:packages/{name}"}
                for source, name, url in mappings if source == "PIP"
            ],
            "go__packages": [
                {"package": name, "Origin": json.dumps({"URL": url}), "_observed_at": seen,
                 "_record_ref": f"go:packages/{name}"}
                for source, name, url in mappings if source == "GO"
            ],
        }
    )  # fmt: skip
    world.build(as_of=AS_OF, select=("+int_package_repositories",))

    rows = world.rows("""
        select package_source, package_name, artifact_namespace || '/' || artifact_name
        from intermediate.int_package_repositories where artifact_source = 'GITHUB' and evidence <> 'module path'
    """)

    assert set(rows) == set(_repositories(mappings))
    assert len(set(rows)) == 4_635 + 696 + 173 + 358


def _repositories(mappings: list[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    for source, name, url in mappings:
        if source in ("NPM", "RUST", "PIP", "GO"):
            owner, repository = url.lower().removeprefix("https://github.com/").split("/")[:2]
            yield SOURCES[source], _name(source, name), f"{owner}/{repository.removesuffix('.git')}"
