"""deps.dev and bills of materials keep what every connector keeps."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.declarative.source import DeclarativeSource
from observer.connectors.sources.sbom.source import SbomSource
from observer.errors import SourceError
from observer.testing.connector_suite import NOW, ConnectorCase, ConnectorSuite, run, tables
from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite
from observer.testing.upstream import Reply, Upstream
from observer.testing.warehouse import FakeWarehouse

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
DEPS_DEV_ROWS = {
    "packages": 2, "versions": 3, "details": 2, "dependencies": 2, "dependents": 2, "affected": 2, "advisories": 2
}  # fmt: skip
SBOM_ROWS = {"documents": 2, "packages": 10, "relationships": 8}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


class TestDepsDev(HttpConnectorSuite):
    connector = "deps-dev"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        upstream.play(CONNECTORS / "deps-dev" / "samples")
        waits: list[float] = []
        source = DeclarativeSource(
            "deps-dev",
            CONNECTORS / "deps-dev",
            cache_dir=tmp_path / "http",
            sleep=waits.append,
            now=lambda: NOW,
            jitter=lambda: 0.0,
        )
        config: dict[str, Any] = {
            "packages": ["npm/@acme/tool", "pypi/kit"],
            "snapshot_date": "2024-03-01",
            "api_url": upstream.url,
            "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
        }
        bad = [
            {key: value for key, value in config.items() if key != "packages"},
            {**config, "packages": ["left-pad"]},
            {**config, "packages": ["npm/../../etc"]},
            {**config, "unknown": 1},
            {**config, "transport": {}},
        ]
        return HttpCase(
            source,
            config,
            bad,
            DEPS_DEV_ROWS,
            upstream,
            waits,
            path="/v3/systems/npm/packages/@acme/tool/versions/1.1.0",
            stream="affected",
            with_new_field=lambda d: {**d, "advisoryKeys": [{**key, "brand_new": 1} for key in d["advisoryKeys"]]},
            without_key=lambda d: {**d, "advisoryKeys": [{}, *d["advisoryKeys"][1:]]},
            emptied=lambda d: {**d, "advisoryKeys": []},
            rearranged=lambda d: {**d, "advisoryKeys": [*d["advisoryKeys"][::-1], d["advisoryKeys"][0]]},
        )

    def test_names_are_encoded_as_one_part_of_the_path(self, case: HttpCase, monkeypatch: pytest.MonkeyPatch) -> None:
        import requests.adapters

        sent: list[str] = []
        send = requests.adapters.HTTPAdapter.send

        def noting(adapter: Any, request: Any, **options: Any) -> Any:
            sent.append(str(request.path_url))
            return send(adapter, request, **options)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noting)
        run(case.source, case.config, FakeWarehouse(), streams=["dependencies"])

        assert "/v3/systems/npm/packages/%40acme%2Ftool/versions/1.1.0:dependencies" in sent

    def test_every_version_is_asked_about_where_the_config_says_so(self, case: HttpCase) -> None:
        warehouse = FakeWarehouse()
        path = "/v3/systems/npm/packages/@acme/tool/versions/1.0.0:dependencies"
        case.upstream.answers[path] = Reply.json({"nodes": [], "edges": [], "error": ""})

        run(case.source, {**case.config, "every_version": True}, warehouse, streams=["dependencies"])

        rows = tables(warehouse, "deps-dev", ["dependencies"])["dependencies"]
        assert {(row["name"], row["version"]) for row in rows} == {
            ("@acme/tool", "1.0.0"),
            ("@acme/tool", "1.1.0"),
            ("kit", "0.9"),
        }


class TestSbom(ConnectorSuite):
    connector = "sbom"

    @pytest.fixture
    def case(self, tmp_path: Path) -> ConnectorCase:
        folder = tmp_path / "documents"
        shutil.copytree(CONNECTORS / "sbom" / "samples", folder)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "list.json").write_text("[1]")
        config = {"locations": [str(folder)]}
        bad = [
            {},
            {"locations": []},
            {"locations": str(folder)},
            {"locations": [str(tmp_path / "nothing")]},
            {"locations": [str(tmp_path / "other")]},
            {**config, "unknown": 1},
        ]
        return ConnectorCase(SbomSource(clock=lambda: NOW), config, bad, SBOM_ROWS)

    def test_a_document_that_says_the_same_later_is_one_more_look(self, case: ConnectorCase, tmp_path: Path) -> None:
        warehouse = FakeWarehouse()
        run(case.source, case.config, warehouse)
        file = tmp_path / "documents" / "tool.spdx.json"
        content = json.loads(file.read_text())
        content["sbom"]["creationInfo"]["created"] = "2024-03-08T00:00:00Z"
        content["sbom"]["packages"].reverse()
        file.write_text(json.dumps(content))

        report = run(case.source, case.config, warehouse)

        assert report.written == {"sbom__documents": 1}

    def test_damaged_and_foreign_files_are_refused_and_the_others_read(
        self, case: ConnectorCase, tmp_path: Path
    ) -> None:
        folder = tmp_path / "documents"
        (folder / "cut.json").write_bytes((folder / "tool.spdx.json").read_bytes()[:400])
        (folder / "odd.json").write_text('{"spdxVersion": "SPDX-2.3", "packages": {"a": 1}}')
        (folder / "list.json").write_text("[1]")
        warehouse = FakeWarehouse()

        report = run(case.source, case.config, warehouse)

        assert report.quarantined == 3
        found = tables(warehouse, "sbom", SBOM_ROWS)
        assert {stream: len(rows) for stream, rows in found.items()} == SBOM_ROWS

    def test_depth_tells_direct_from_transitive(self, case: ConnectorCase) -> None:
        warehouse = FakeWarehouse()

        run(case.source, case.config, warehouse)

        rows = tables(warehouse, "sbom", ["packages"])["packages"]
        found = {(row["element_id"], row["package_source"], row["package_name"], row["depth"]) for row in rows}
        assert found == {
            ("SPDXRef-root", "GITHUB", "acme/tool", 0),
            ("SPDXRef-a", "NPM", "@acme/left", 1),
            ("SPDXRef-a2", "NPM", "@acme/left", 1),
            ("SPDXRef-b", "NPM", "deep", 2),
            ("SPDXRef-c", "GITHUBACTIONS", "actions/checkout", 1),
            ("SPDXRef-d", None, None, None),
            ("kit", None, None, 0),
            ("r", "PYPI", "typing-extensions", 1),
            ("n", "MAVEN", "org.example:inner", 2),
            ("s", "CRATES", "serde", 2),
        }

    def test_nobody_is_named(self, case: ConnectorCase) -> None:
        warehouse = FakeWarehouse()

        run(case.source, case.config, warehouse)

        assert "office@example.org" not in str(tables(warehouse, "sbom", SBOM_ROWS))

    def test_a_document_with_an_address_is_asked_for_under_the_rules_of_the_transport(
        self, upstream: Upstream, tmp_path: Path
    ) -> None:
        body = gzip.compress((CONNECTORS / "sbom" / "samples" / "kit.cdx.json").read_bytes())
        upstream.answers["/kit.json.gz"] = Reply(200, body, {"Content-Type": "application/gzip", "ETag": '"1"'})
        upstream.fail("/kit.json.gz", Reply(503))
        waits: list[float] = []
        source = SbomSource(clock=lambda: NOW, sleep=waits.append, jitter=lambda: 0.0)
        transport = {"private_hosts": ["127.0.0.1"], "cache_dir": str(tmp_path / "http")}
        config = {"locations": [f"{upstream.url}/kit.json.gz"], "transport": transport}
        warehouse = FakeWarehouse()

        run(source, config, warehouse)
        run(source, config, warehouse)

        assert waits == [1.0]
        assert "if-none-match" in upstream.asked[-1].headers
        assert len(tables(warehouse, "sbom", ["packages"])["packages"]) == 4
        with pytest.raises(SourceError, match="TLS"):
            run(source, {**config, "transport": {}}, FakeWarehouse())
