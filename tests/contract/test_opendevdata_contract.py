"""The taxonomy of ecosystems keeps what every connector keeps, from a folder with snapshots and from an address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.connectors.sources.opendevdata.source import OpenDevDataSource
from observer.testing.connector_suite import NOW, ConnectorCase, ConnectorSuite, run, tables
from observer.testing.connector_suite_http import FaultCase, HttpFaultSuite
from observer.testing.upstream import Reply, Upstream
from observer.testing.warehouse import FakeWarehouse

SAMPLES = Path(__file__).resolve().parents[2] / "connectors" / "opendevdata" / "samples"


class TestOpenDevData(ConnectorSuite):
    connector = "opendevdata"

    @pytest.fixture
    def case(self, tmp_path: Path) -> ConnectorCase:
        activity = {"ecosystem_id": [1, 1], "day": [date(2024, 1, 1), date(2024, 1, 2)], "all_devs": [5, 6]}
        pq.write_table(pa.table(activity), tmp_path / "eco_mads.parquet")
        names = {"id": [1], "name": ["Example"], "is_crypto": pa.array([True]), "other": ["left out"]}
        pq.write_table(pa.table(names), tmp_path / "ecosystems.parquet")
        config = {"taxonomy": str(SAMPLES), "snapshots": str(tmp_path), "staging_dir": str(tmp_path / "staging")}
        rows = {
            "ecosystems": 2,
            "ecosystem_children": 1,
            "ecosystem_repositories": 2,
            "ecosystem_activity": 2,
            "snapshot_ecosystems": 1,
        }
        bad = [{}, {**config, "taxonomy": str(tmp_path / "nothing")}, {**config, "snapshots": str(SAMPLES)}]
        return ConnectorCase(OpenDevDataSource(clock=lambda: NOW), config, bad, rows)

    def test_every_row_names_licence_and_source(self, case: ConnectorCase) -> None:
        warehouse = FakeWarehouse()
        run(case.source, case.config, warehouse)

        for rows in tables(warehouse, "opendevdata", case.rows).values():
            assert {row["licence"] for row in rows} == {"MIT with attribution"}
            assert all("Electric Capital" in str(row["attribution"]) for row in rows)
            assert all(str(row["_record_ref"]).startswith("opendevdata:") for row in rows)


class TestOpenDevDataByHttp(HttpFaultSuite):
    connector = "opendevdata"

    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[FaultCase]:
        waits: list[float] = []
        export = [
            {"eco_name": "Example", "branch": [], "repo_url": "https://github.com/example/core", "tags": ["#sdk"]},
            {"eco_name": "Example", "branch": ["Tools"], "repo_url": "https://github.com/example/kit", "tags": []},
        ]
        body = "".join(json.dumps(row) + "\n" for row in export).encode()
        with Upstream({"/export.jsonl": Reply(200, body)}) as upstream:
            config = {
                "taxonomy": f"{upstream.url}/export.jsonl",
                "staging_dir": str(tmp_path / "staging"),
                "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
            }
            yield FaultCase(
                OpenDevDataSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
                config,
                [{}, {**config, "transport": {}}, {**config, "taxonomy": f"{upstream.url}/nothing.jsonl"}],
                {
                    "ecosystems": 2,
                    "ecosystem_children": 1,
                    "ecosystem_repositories": 2,
                    "ecosystem_activity": 0,
                    "snapshot_ecosystems": 0,
                },
                upstream,
                waits,
                path="/export.jsonl",
                stream="ecosystem_repositories",
                is_missing_fatal=True,
            )
