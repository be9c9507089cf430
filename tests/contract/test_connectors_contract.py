"""Every connector passes the same suite; those over HTTP also with an upstream that fails, lies and changes."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from observer.connectors.declarative.source import DeclarativeSource
from observer.connectors.sources.git.source import GitSource
from observer.connectors.sources.github_archive.source import GithubArchiveSource
from observer.connectors.sources.oss_directory import OssDirectorySource
from observer.directory.load import load_directory
from observer.errors import SourceError
from observer.testing.upstream import Reply, Upstream

if "observer.testing.connector_suite" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite")
if "observer.testing.connector_suite_http" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite_http")
from observer.testing.connector_suite import NOW, ConnectorCase, ConnectorSuite
from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite
from observer.testing.warehouse import FakeWarehouse

JUNE = datetime(2024, 6, 1, tzinfo=UTC)
CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"


class TestOssDirectory(ConnectorSuite):
    connector = "oss-directory"

    @pytest.fixture
    def case(self) -> ConnectorCase:
        source = OssDirectorySource(load_directory, clock=lambda: NOW)
        return ConnectorCase(
            source,
            {"location": str(CONNECTORS / "oss-directory" / "samples")},
            [{}, {"location": 7}, {"location": "/there/is/nothing"}],
            {"projects": 2, "collections": 1, "collection_projects": 2, "project_artifacts": 21},
        )


class TestGit(ConnectorSuite):
    connector = "git"

    @pytest.fixture
    def case(self, tmp_path: Path) -> ConnectorCase:
        bare = tmp_path / "remote" / "example" / "sample"
        subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
        history = (CONNECTORS / "git" / "samples" / "history.fast-import").read_bytes()
        subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet", "--done"], input=history, check=True)
        config = {
            "repositories": [{"url": "https://git.example.org/example/sample"}],
            "url_rewrites": {"https://git.example.org/": f"file://{tmp_path / 'remote'}/"},
            "mirrors_dir": str(tmp_path / "mirrors"),
            "staging_dir": str(tmp_path / "staging"),
            "observed_at": NOW.isoformat(),
        }
        rows = {"repositories": 1, "commits": 4, "file_changes": 3, "line_counts": 3, "refs": 3}
        return ConnectorCase(GitSource(), config, [{}, {**config, "repositories": "x"}], rows)


class TestGithubArchive(ConnectorSuite):
    connector = "github-archive"

    @pytest.fixture
    def case(self, tmp_path: Path) -> ConnectorCase:
        folder = tmp_path / "archive"
        folder.mkdir()
        for hour in (0, 1):
            lines = [_push(hour * 10 + number) for number in range(3)]
            (folder / f"2015-01-01-{hour}.json.gz").write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
        config = {"location": str(folder), "staging_dir": str(tmp_path / "staging"), "observed_at": NOW.isoformat()}
        rows = {"events": 6, "push_commits": 6, "files": 2}
        bad = [{}, {**config, "location": str(tmp_path / "nothing")}]
        return ConnectorCase(GithubArchiveSource(clock=lambda: NOW), config, bad, rows)


def _push(number: int) -> str:
    event = {
        "id": str(number),
        "type": "PushEvent",
        "actor": {"id": 7, "login": "ann"},
        "repo": {"id": 10, "name": "acme/tool"},
        "payload": {
            "push_id": number,
            "size": 1,
            "distinct_size": 1,
            "ref": "refs/heads/main",
            "commits": [{"sha": f"{number:040x}", "author": {"name": "Ann", "email": "00@x.test"}, "distinct": True}],
        },
        "public": True,
        "created_at": "2015-01-01T00:10:00Z",
    }
    return json.dumps(event) + "\n"


@dataclass
class Played:
    """A manifest with its samples played by an upstream, and a source that waits for nothing."""

    name: str
    upstream: Upstream
    tmp_path: Path
    folder: Path | None = None
    waits: list[float] = field(default_factory=list)
    now: datetime = NOW

    @property
    def source(self) -> DeclarativeSource:
        return DeclarativeSource(
            self.name,
            self.folder or CONNECTORS / self.name,
            cache_dir=self.tmp_path / "http",
            sleep=self.waits.append,
            now=lambda: self.now,
            jitter=lambda: 0.0,
        )

    def config(self, **more: object) -> dict[str, Any]:
        properties: Any = self.source.spec()["connectionSpecification"]
        urls = {key: self.upstream.url for key in properties["properties"] if key.endswith("_url")}
        return {**urls, "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0}, **more}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def played(name: str, upstream: Upstream, tmp_path: Path) -> Played:
    upstream.play(CONNECTORS / name / "samples")
    return Played(name, upstream, tmp_path)


def bad_configs(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in config.items() if key != "packages"},
        {**config, "packages": "left-pad"},
        {**config, "packages": ["../../etc"]},
        {**config, "unknown": 1},
        {**config, "transport": {}},
    ]


def change(document: Any, *path: str, **fields: object) -> Any:
    """A copy with fields set in the mapping at a path; None takes a field away."""
    copied = copy.deepcopy(document)
    place = copied
    for name in path:
        place = place[name]
    for name, value in fields.items():
        if value is None:
            place.pop(name)
        else:
            place[name] = value
    return copied


class TestNpm(HttpConnectorSuite):
    connector = "npm"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("npm", upstream, tmp_path)
        config = it.config(packages=["@acme/tool", "bare-kit"], start_date="2024-01-01", end_date="2024-01-03")
        return HttpCase(
            it.source,
            config,
            bad_configs(config),
            {"packages": 2, "versions": 4, "owners": 3, "downloads": 6},
            upstream,
            it.waits,
            path="/@acme/tool",
            stream="owners",
            with_new_field=lambda d: {**d, "maintainers": [{**m, "brand_new": 1} for m in d["maintainers"]]},
            without_key=lambda d: {**d, "maintainers": [{"email": "x@example.org"}, *d["maintainers"][1:]]},
            emptied=lambda d: {**d, "maintainers": []},
            rearranged=lambda d: {**d, "maintainers": [*d["maintainers"][::-1], d["maintainers"][0]]},
        )


class TestPypi(HttpConnectorSuite):
    connector = "pypi"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("pypi", upstream, tmp_path)
        config = it.config(packages=["Acme_Tool", "empty-kit"])
        return HttpCase(
            it.source,
            config,
            bad_configs(config),
            {"packages": 2, "requirements": 2, "releases": 2, "owners": 3, "downloads": 2},
            upstream,
            it.waits,
            path="/pypi/empty-kit/json",
            stream="owners",
            with_new_field=lambda d: _roles(d, [{**role, "brand_new": 1} for role in d["ownership"]["roles"]]),
            without_key=lambda d: _roles(d, [{"role": "Owner"}, *d["ownership"]["roles"][1:]]),
            emptied=lambda d: _roles(d, []),
            rearranged=lambda d: _roles(d, [*d["ownership"]["roles"][::-1], d["ownership"]["roles"][0]]),
        )


def _roles(document: Any, roles: list[Any]) -> Any:
    return change(document, "ownership", roles=roles)


class TestCrates(HttpConnectorSuite):
    connector = "crates"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("crates", upstream, tmp_path)
        it.folder = _without_rate_limit(CONNECTORS / "crates", tmp_path / "crates")
        config = it.config(packages=["acme-tool", "kit"])
        return HttpCase(
            it.source,
            config,
            bad_configs(config),
            {"packages": 2, "versions": 3, "index": 3, "owners": 4, "downloads": 2},
            upstream,
            it.waits,
            path="/api/v1/crates/acme-tool/downloads",
            stream="downloads",
            with_new_field=lambda d: _downloads(d, [{**row, "brand_new": 1} for row in d["version_downloads"]]),
            without_key=lambda d: _downloads(d, [{"date": "2024-01-01"}, *d["version_downloads"][1:]]),
            emptied=lambda d: _downloads(d, []),
            rearranged=lambda d: _downloads(d, [*d["version_downloads"][::-1], d["version_downloads"][0]]),
        )


def _downloads(document: Any, rows: list[Any]) -> Any:
    return {**document, "version_downloads": rows}


def _without_rate_limit(folder: Path, target: Path) -> Path:
    """The manifest without its one request a second, which a suite cannot wait for."""
    shutil.copytree(folder, target)
    manifest = yaml.safe_load((target / "manifest.yaml").read_text())
    del manifest["api_budget"]
    (target / "manifest.yaml").write_text(yaml.safe_dump(manifest))
    return target


class TestGo(HttpConnectorSuite):
    connector = "go"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("go", upstream, tmp_path)
        config = it.config(packages=["example.org/Acme/tool"])
        return HttpCase(
            it.source,
            config,
            bad_configs(config),
            {"packages": 1, "listed": 2, "versions": 2, "requirements": 3},
            upstream,
            it.waits,
            path="/example.org/!acme/tool/@v/v1.0.0.info",
            stream="versions",
            with_new_field=lambda d: {**d, "brand_new": 1},
            without_key=lambda d: {"Time": d["Time"]},
            emptied=lambda d: [],
            rearranged=lambda d: dict(reversed(d.items())),
        )


class TestPagedApi(HttpConnectorSuite):
    """A made-up API with pages and a cursor: what the registries do not have."""

    connector = "paged"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        upstream.answers |= {f"/items/{page}": Reply.json(_page(page)) for page in (1, 2, 3)}
        it = Played("paged", upstream, tmp_path, Path(__file__).parent / "paged", now=JUNE)
        config = it.config(start_date="2024-01-01", end_date="2024-12-31")
        return HttpCase(
            it.source,
            config,
            [{}, {**config, "start_date": "yesterday"}, {**config, "transport": {}}],
            {"items": 6},
            upstream,
            it.waits,
            path="/items/2",
            stream="items",
            with_new_field=lambda d: {**d, "items": [{**item, "brand_new": 1} for item in d["items"]]},
            without_key=lambda d: {**d, "items": [{"updated_at": "2024-02-01"}, *d["items"][1:]]},
            emptied=lambda d: {**d, "items": []},
            rearranged=lambda d: {**d, "items": [*d["items"][::-1], d["items"][0]]},
            is_missing_fatal=True,
        )

    def test_a_page_that_leads_back_to_itself_ends_the_sync(self, case: HttpCase) -> None:
        with case.changed(lambda d: {**d, "next": f"{case.upstream.url}/items/2"}), pytest.raises(SourceError):
            case.sync(FakeWarehouse())

        assert len(case.upstream.asked) < 30

    def test_a_page_on_a_foreign_host_is_not_asked_for(self, case: HttpCase) -> None:
        with Upstream() as foreign:
            elsewhere = foreign.url.replace("127.0.0.1", "localhost")
            with case.changed(lambda d: {**d, "next": f"{elsewhere}/items/9"}), pytest.raises(SourceError):
                case.sync(FakeWarehouse())

            assert foreign.asked == []

    def test_pages_out_of_order_make_the_same_rows(self, case: HttpCase) -> None:
        expected = case.expected
        first, third = case.upstream.answers["/items/1"], case.upstream.answers["/items/3"]
        assert isinstance(first, Reply) and isinstance(third, Reply)
        items = [json.loads(reply.body) for reply in (first, third)]
        case.upstream.answers["/items/1"] = Reply.json({**items[0], "items": items[1]["items"]})
        case.upstream.answers["/items/3"] = Reply.json({**items[1], "items": items[0]["items"]})
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected

    def test_a_record_of_the_future_hides_no_later_one(self, case: HttpCase) -> None:
        warehouse = FakeWarehouse()
        with case.changed(lambda d: {**d, "items": [*d["items"], {"id": 99, "updated_at": "2031-01-01"}]}):
            case.sync(warehouse)

        with case.changed(lambda d: {**d, "items": [{"id": 7, "updated_at": "2024-11-01"}]}):
            case.sync(warehouse)

        assert {row["id"] for row in case.rows_of(warehouse)} == {1, 2, 3, 4, 5, 6, 7, 99}

    def test_the_second_sync_asks_from_where_the_first_ended(self, case: HttpCase) -> None:
        warehouse = FakeWarehouse()
        case.sync(warehouse)
        case.upstream.asked.clear()

        case.sync(warehouse)

        assert case.upstream.asked[0].query == "since=2024-03-15"


def _page(page: int) -> dict[str, Any]:
    items = [{"id": page * 2 - 1, "updated_at": f"2024-0{page}-01"}, {"id": page * 2, "updated_at": f"2024-0{page}-15"}]
    return {"items": items, "next": f"/items/{page + 1}" if page < 3 else None}
