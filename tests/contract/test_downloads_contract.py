"""Sources that read files keep the same where they download them from an upstream that fails, is slow or cuts off."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.test_connectors_contract import _push

from observer.connectors.sources.bucket.source import BucketSource
from observer.connectors.sources.github_archive.source import GithubArchiveSource
from observer.connectors.sources.issue_snapshots.source import IssueSnapshotsSource
from observer.connectors.sources.sbom.source import SbomSource
from observer.testing.connector_suite import NOW
from observer.testing.connector_suite_http import FaultCase, HttpFaultSuite
from observer.testing.upstream import Reply, Upstream

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
TRANSPORT = {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


class TestGithubArchiveByHttp(HttpFaultSuite):
    connector = "github-archive"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> FaultCase:
        waits: list[float] = []
        for hour in (0, 1):
            body = "".join(_push(hour * 10 + number) for number in range(3)).encode()
            upstream.answers[f"/2015-01-01-{hour}.json.gz"] = Reply(200, gzip.compress(body, mtime=0))
        config = {
            "location": f"{upstream.url}/{{date}}-{{hour}}.json.gz",
            "staging_dir": str(tmp_path / "staging"),
            "start": "2015-01-01T00",
            "end": "2015-01-01T01",
            "observed_at": NOW.isoformat(),
            "transport": TRANSPORT,
        }
        return FaultCase(
            GithubArchiveSource(clock=lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config,
            [
                {},
                {name: value for name, value in config.items() if name != "start"},
                {**config, "location": upstream.url},
                {**config, "transport": {}},
            ],
            {"events": 6, "push_commits": 6, "files": 2},
            upstream,
            waits,
            path="/2015-01-01-1.json.gz",
            stream="events",
        )


class TestBucketByHttp(HttpFaultSuite):
    connector = "bucket"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> FaultCase:
        waits: list[float] = []
        samples = CONNECTORS / "bucket" / "samples" / "visits"
        names = sorted(path.name for path in samples.iterdir())
        upstream.answers["/drops/"] = Reply(200, "\n".join(names).encode())
        for name in names:
            upstream.answers[f"/drops/{name}"] = Reply(200, (samples / name).read_bytes())
        visits = {"name": "visits", "file_match": r"(?P<interval_timestamp>\d{8})\.jsonl", "mode": "incremental"}
        config = {
            "location": f"{upstream.url}/drops",
            "streams": [visits],
            "staging_dir": str(tmp_path / "staging"),
            "transport": TRANSPORT,
        }
        return FaultCase(
            BucketSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config,
            [{}, {**config, "location": f"{upstream.url}/nothing"}, {**config, "transport": {}}],
            {"visits": 3},
            upstream,
            waits,
            path=f"/drops/{names[0]}",
            stream="visits",
        )


class TestSbomByHttp(HttpFaultSuite):
    connector = "sbom"

    @pytest.fixture
    def case(self, upstream: Upstream) -> FaultCase:
        waits: list[float] = []
        for name in ("tool.spdx.json", "kit.cdx.json"):
            upstream.answers[f"/{name}"] = Reply(200, (CONNECTORS / "sbom" / "samples" / name).read_bytes())
        locations = [f"{upstream.url}/tool.spdx.json", f"{upstream.url}/kit.cdx.json"]
        config = {"locations": locations, "transport": TRANSPORT}
        return FaultCase(
            SbomSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config,
            [{}, {**config, "locations": [f"{upstream.url}/nothing.json"]}, {**config, "transport": {}}],
            {"documents": 2, "packages": 10, "relationships": 8},
            upstream,
            waits,
            path="/kit.cdx.json",
            stream="packages",
            is_missing_fatal=True,
        )


class TestIssueSnapshotsByHttp(HttpFaultSuite):
    connector = "issue-snapshots"

    @pytest.fixture
    def case(self, upstream: Upstream) -> FaultCase:
        waits: list[float] = []
        body = (CONNECTORS / "issue-snapshots" / "samples" / "acme-tool.jsonl").read_bytes()
        upstream.answers["/acme-tool.jsonl"] = Reply(200, body)
        config = {"locations": [f"{upstream.url}/acme-tool.jsonl"], "transport": TRANSPORT}
        return FaultCase(
            IssueSnapshotsSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
            config,
            [{}, {**config, "locations": [f"{upstream.url}/nothing.jsonl"]}, {**config, "transport": {}}],
            {"snapshots": 6, "versions": 8},
            upstream,
            waits,
            path="/acme-tool.jsonl",
            stream="versions",
            is_missing_fatal=True,
        )
