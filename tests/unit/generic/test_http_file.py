"""Files by URL: asked for conditionally, verified, and never replaced by what is plainly something else."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.sources.http_file.source import HttpFileSource
from observer.errors import ConfigError, SourceError
from observer.testing.connector_suite import NOW, run, tables
from observer.testing.upstream import Reply, Upstream
from observer.testing.upstream.server import conditional_requests
from observer.testing.warehouse import FakeWarehouse


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


class World:
    def __init__(self, upstream: Upstream, tmp_path: Path, url: str = "/list.csv", **entry: object) -> None:
        self.warehouse = FakeWarehouse()
        self.config: dict[str, Any] = {
            "files": [{"name": "list", "url": upstream.url + url, **entry}],
            "staging_dir": str(tmp_path / "staging"),
            "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 2.0},
        }

    def sync(self) -> Any:
        source = HttpFileSource(clock=lambda: NOW, sleep=lambda _: None, now=lambda: NOW, jitter=lambda: 0.0)
        return run(source, self.config, self.warehouse)

    def rows(self) -> list[dict[str, Any]]:
        return tables(self.warehouse, "http-file", ["list"])["list"]


@pytest.mark.parametrize("columns", [None, {"id": "text"}], ids=["columns of the file", "declared columns"])
def test_an_unchanged_file_is_asked_for_conditionally_and_costs_no_body(
    upstream: Upstream, tmp_path: Path, columns: dict[str, str] | None
) -> None:
    upstream.answers["/list.csv"] = Reply(200, b"id\n1\n")
    world = World(upstream, tmp_path, **({"columns": columns} if columns else {}))
    world.sync()
    upstream.asked.clear()

    report = world.sync()

    assert report.rows == 0
    assert conditional_requests(upstream.asked) == len(upstream.asked) > 0
    assert [row["id"] for row in world.rows()] == ["1"]


def test_a_changed_file_replaces_the_table_and_a_same_file_under_another_tag_does_not(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.answers["/list.csv"] = Reply(200, b"id\n1\n2\n")
    world = World(upstream, tmp_path)
    world.sync()
    upstream.answers["/list.csv"] = Reply(200, b"id\n1\n2\n", {"ETag": '"another"'})
    same = world.sync()
    upstream.answers["/list.csv"] = Reply(200, b"id\n3\n")

    world.sync()

    assert same.rows == 0
    assert [row["id"] for row in world.rows()] == ["3"]


def test_rows_meet_earlier_ones_by_their_key_where_the_config_says_so(upstream: Upstream, tmp_path: Path) -> None:
    upstream.answers["/list.csv"] = Reply(200, b"id,v\n1,a\n2,b\n")
    world = World(upstream, tmp_path, mode="upsert", primary_key=["id"])
    world.sync()
    upstream.answers["/list.csv"] = Reply(200, b"id,v\n2,c\n")

    world.sync()

    assert [(row["id"], row["v"]) for row in world.rows()] == [("1", "a"), ("2", "c")]


@pytest.mark.parametrize(
    "body",
    [b"<html><body>Sorry, we are down</body></html>", gzip.compress(b"id\n1\n")[:-4], b"id\n" + b"1,2,3\n" * 5],
    ids=["a page", "a cut gzip file", "no row that fits"],
)
def test_what_is_plainly_not_the_file_changes_nothing(upstream: Upstream, tmp_path: Path, body: bytes) -> None:
    upstream.answers["/list.csv"] = Reply(200, b"id\n1\n")
    world = World(upstream, tmp_path, columns={"id": "text"})
    world.sync()
    upstream.answers["/list.csv"] = Reply(200, body)

    with pytest.raises(SourceError):
        world.sync()

    assert [row["id"] for row in world.rows()] == ["1"]


def test_packed_files_and_archives_are_read(upstream: Upstream, tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.csv", "id\n1\n")
        packed.writestr("b.csv", "id\n2\n")
    upstream.answers["/list.zip"] = Reply(200, archive.getvalue())
    upstream.answers["/list.csv.gz"] = Reply(200, gzip.compress(b"id\n3\n"))
    zipped = World(upstream, tmp_path, "/list.zip", member="b.csv")
    gzipped = World(upstream, tmp_path, "/list.csv.gz")

    zipped.sync()
    gzipped.sync()

    assert [row["id"] for row in zipped.rows() + gzipped.rows()] == ["2", "3"]


def test_a_checksum_and_a_size_are_kept_to(upstream: Upstream, tmp_path: Path) -> None:
    body = b"id\n1\n"
    upstream.answers["/list.csv"] = Reply(200, body)
    right = World(upstream, tmp_path, sha256=hashlib.sha256(body).hexdigest())
    right.sync()
    wrong = World(upstream, tmp_path, sha256="0" * 64)
    large = World(upstream, tmp_path)
    large.config["max_file_bytes"] = 3

    assert len(right.rows()) == 1
    for world in (wrong, large):
        with pytest.raises(SourceError):
            world.sync()


def test_a_token_goes_to_its_own_host_alone(upstream: Upstream, tmp_path: Path) -> None:
    with Upstream({"/real.csv": Reply(200, b"id\n1\n")}) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost") + "/real.csv"
        upstream.answers["/list.csv"] = Reply(302, b"", {"Location": elsewhere})
        world = World(upstream, tmp_path)
        world.config |= {"token": "secret-word"}
        with pytest.raises(SourceError, match="not one of this connector"):
            world.sync()
        asked_before = len(other.asked)
        world.config["transport"] |= {"allowed_hosts": [other.host.replace("127.0.0.1", "localhost")]}
        world.config["transport"]["private_hosts"] = ["127.0.0.1", "localhost"]

        world.sync()

        assert asked_before == 0
        assert all(asked.headers["authorization"] == "Bearer secret-word" for asked in upstream.asked)
        assert all("authorization" not in asked.headers for asked in other.asked)


def test_an_address_inside_of_the_network_is_refused(upstream: Upstream, tmp_path: Path) -> None:
    world = World(upstream, tmp_path)
    del world.config["transport"]

    with pytest.raises((SourceError, ConfigError)):
        world.sync()

    assert upstream.asked == []
