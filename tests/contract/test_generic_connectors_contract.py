"""The generic connectors keep what every connector keeps, each under a config that stands for many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from observer.connectors.sources.bucket.source import BucketSource
from observer.connectors.sources.gitcoin.source import GitcoinSource
from observer.connectors.sources.http_file.source import HttpFileSource
from observer.connectors.sources.oss_funding.source import OssFundingSource
from observer.connectors.sources.postgres.source import PostgresSource
from observer.testing.connector_suite import NOW, ConnectorCase, ConnectorSuite
from observer.testing.connector_suite_http import FaultCase, HttpCase, HttpConnectorSuite, HttpFaultSuite
from observer.testing.postgres import temporary_postgres
from observer.testing.upstream import Reply, Upstream

SAMPLES = Path(__file__).resolve().parents[2] / "connectors"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with temporary_postgres() as urls, psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute((SAMPLES / "postgres" / "samples" / "tables.sql").read_text())
        yield urls.owner


class TestPostgres(ConnectorSuite):
    connector = "postgres"

    @pytest.fixture
    def case(self, server: str, tmp_path: Path) -> ConnectorCase:
        config = {
            "url": server,
            "tables": [{"table": "sample.grants", "cursor": "updated_at"}, "sample.funders"],
            "rows_per_file": 1,
            "staging_dir": str(tmp_path / "staging"),
        }
        bad = [
            {},
            {**config, "tables": []},
            {**config, "tables": ["sample.nothing"]},
            {**config, "tables": [{"table": "sample.grants", "cursor": "nothing"}]},
            {**config, "url": "postgresql://nobody@127.0.0.1:1/x"},
            {**config, "unknown": 1},
        ]
        return ConnectorCase(PostgresSource(clock=lambda: NOW), config, bad, {"grants": 3, "funders": 2})


class TestBucket(ConnectorSuite):
    connector = "bucket"

    @pytest.fixture
    def case(self, tmp_path: Path) -> ConnectorCase:
        config = {
            "location": str(SAMPLES / "bucket" / "samples"),
            "streams": [
                {
                    "name": "scores",
                    "file_match": r"scores/(?P<interval_timestamp>\d{4}-\d\d-\d\d)\.csv",
                    "primary_key": ["account"],
                },
                {
                    "name": "visits",
                    "file_match": r"visits/(?P<interval_timestamp>\d{8})\.jsonl",
                    "mode": "incremental",
                },
            ],
            "staging_dir": str(tmp_path / "staging"),
        }
        bad = [{}, {**config, "location": str(tmp_path / "nothing")}, {**config, "streams": []}, {**config, "token": 7}]
        return ConnectorCase(BucketSource(clock=lambda: NOW), config, bad, {"scores": 2, "visits": 3})


class TestHttpFile(HttpConnectorSuite):
    connector = "http-file"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        upstream.play(SAMPLES / "http-file" / "samples")
        upstream.answers["/prices.csv"] = Reply(200, (SAMPLES / "http-file" / "samples" / "prices.csv").read_bytes())
        waits: list[float] = []
        columns = {"id": "integer", "name": "text", "listed_on": "date"}
        config = {
            "files": [
                {
                    "name": "tokens",
                    "url": f"{upstream.url}/tokens.json",
                    "records": "tokens",
                    "primary_key": ["id"],
                    "columns": columns,
                },
                {"name": "prices", "url": f"{upstream.url}/prices.csv"},
            ],
            "staging_dir": str(tmp_path / "staging"),
            "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
        }
        bad = [
            {},
            {**config, "files": []},
            {**config, "files": [{"name": "a", "url": f"{upstream.url}/nothing.csv"}]},
            {**config, "files": [{"name": "a", "url": "file:///etc/passwd", "format": "csv"}]},
            {**config, "transport": {}},
        ]
        return HttpCase(
            HttpFileSource(clock=lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config,
            bad,
            {"tokens": 3, "prices": 2},
            upstream,
            waits,
            path="/tokens.json",
            stream="tokens",
            with_new_field=lambda d: {**d, "tokens": [{**row, "brand_new": 1} for row in d["tokens"]]},
            without_key=lambda d: {**d, "tokens": [{"name": "none"}, *d["tokens"][1:]]},
            emptied=lambda d: {**d, "tokens": []},
            rearranged=lambda d: {**d, "tokens": [*d["tokens"][::-1], d["tokens"][0]]},
            is_missing_fatal=True,
        )


def _by_http(upstream: Upstream, connector: str, names: list[str]) -> dict[str, object]:
    """A config whose locations are samples behind an upstream."""
    for name in names:
        upstream.answers[f"/{name}"] = Reply(200, (SAMPLES / connector / "samples" / name).read_bytes())
    return {
        "locations": [f"{upstream.url}/{name}" for name in names],
        "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
    }


class TestOssFundingByHttp(HttpFaultSuite):
    connector = "oss-funding"

    @pytest.fixture
    def case(self, upstream: Upstream) -> FaultCase:
        waits: list[float] = []
        return FaultCase(
            OssFundingSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config := _by_http(upstream, "oss-funding", ["season-1.csv"]),
            [{}, {**config, "transport": {}}, {"locations": [f"{upstream.url}/nothing.csv"]}],
            {"grants": 3, "funders": 0, "grant_pools": 0},
            upstream,
            waits,
            path="/season-1.csv",
            stream="grants",
            is_missing_fatal=True,
        )


class TestGitcoinByHttp(HttpFaultSuite):
    connector = "gitcoin"

    @pytest.fixture
    def case(self, upstream: Upstream) -> FaultCase:
        waits: list[float] = []
        return FaultCase(
            GitcoinSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config := _by_http(upstream, "gitcoin", ["matching.csv"]),
            [{}, {**config, "transport": {}}, {"locations": [f"{upstream.url}/nothing.csv"]}],
            {"rounds": 1, "applications": 0, "round_results": 0, "matching": 1, "donations": 0},
            upstream,
            waits,
            path="/matching.csv",
            stream="matching",
            is_missing_fatal=True,
        )
