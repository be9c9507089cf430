"""Dated drops: the newest interval or each file once, from folders, buckets and pages, damage kept out of tables."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.connectors import host
from observer.connectors.sources.bucket.config import parse_interval
from observer.connectors.sources.bucket.signing import Credentials, signed_headers
from observer.connectors.sources.bucket.source import BucketSource
from observer.errors import ConfigError, SourceError
from observer.testing.connector_suite import run, tables
from observer.testing.upstream import Reply, Upstream
from observer.testing.upstream.bucket import Bucket
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2024, 3, 10, 12, tzinfo=UTC)
DAILY = r"scores/(?P<interval_timestamp>\d{4}-\d\d-\d\d)/part-\d+\.csv(\.gz)?"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


class World:
    """A folder of drops, its connector and its warehouse."""

    def __init__(self, tmp_path: Path, **stream: object) -> None:
        self.folder = tmp_path / "drops"
        self.folder.mkdir()
        self.warehouse = FakeWarehouse()
        self.now = NOW
        self.config: dict[str, Any] = {
            "location": str(self.folder),
            "streams": [{"name": "scores", "file_match": DAILY, "format": "csv", **stream}],
            "staging_dir": str(tmp_path / "staging"),
        }

    def put(self, path: str, content: bytes | str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def sync(self) -> host.SyncReport:
        source = BucketSource(clock=lambda: self.now)
        source.name = "drops"
        return run(source, self.config, self.warehouse)

    def rows(self) -> list[dict[str, Any]]:
        return tables(self.warehouse, "drops", ["scores"])["scores"]

    def values(self) -> list[str]:
        return sorted(str(row["id"]) for row in self.rows())

    def refused(self) -> list[dict[str, Any]]:
        return self.warehouse.query("select file, line, reason from raw.quarantine order by all").to_pylist()


def test_the_newest_interval_replaces_the_table(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put("scores/2024-03-01/part-1.csv", "id,score\n1,0.5\n")
    world.put("scores/2024-03-02/part-1.csv", "id,score\n2,0.5\n3,1\n")
    world.put("scores/2024-03-02/part-2.csv.gz", gzip.compress(b"id,score\n4,2\n"))
    world.put("scores/notes.txt", "not one of them")
    world.sync()
    first = world.rows()

    world.put("scores/2024-03-03/part-1.csv", "id,score\n9,9\n")
    world.sync()

    assert [row["id"] for row in first] == ["2", "3", "4"]
    assert first[0] == {
        "id": "2",
        "score": "0.5",
        "_file": "scores/2024-03-02/part-1.csv",
        "_row": 1,
        "_interval_at": datetime(2024, 3, 2),
        "_record_ref": "scores/2024-03-02/part-1.csv#L1",
    }
    assert world.values() == ["9"]


def test_each_new_file_is_read_once(tmp_path: Path) -> None:
    world = World(tmp_path, mode="incremental", columns={"id": "text"})
    world.put("scores/2024-03-01/part-1.csv", "id\n1\n")
    world.sync()
    before = world.sync()
    world.put("scores/2024-03-02/part-1.csv", "id\n2\n")
    world.put("scores/2024-02-01/part-9.csv", "id\n0\n")

    report = world.sync()

    assert (before.rows, report.rows) == (0, 2)
    assert world.values() == ["0", "1", "2"]


def test_nothing_older_than_the_retention_stays(tmp_path: Path) -> None:
    world = World(tmp_path, mode="incremental", retention_days=3, columns={"id": "text"})
    for day in (5, 8, 9):
        world.put(f"scores/2024-03-{day:02}/part-1.csv", f"id\n{day}\n")
    world.sync()
    first = world.values()

    world.now = datetime(2024, 3, 12, 12, tzinfo=UTC)
    world.sync()
    second = world.values()
    world.now = datetime(2024, 4, 12, tzinfo=UTC)
    world.sync()

    assert (first, second, world.values()) == (["8", "9"], ["9"], [])


def test_a_damaged_file_is_quarantined_and_the_others_are_read(tmp_path: Path) -> None:
    world = World(tmp_path, mode="incremental", columns={"id": "text"})
    world.put("scores/2024-03-01/part-1.csv.gz", gzip.compress(b"id\n1\n")[:-3])
    world.put("scores/2024-03-02/part-1.csv", "id\n2\n3,x\n4\n")
    world.sync()

    again = world.sync()

    assert world.values() == ["2", "4"]
    assert [(row["file"], row["line"]) for row in world.refused()] == [
        ("scores/2024-03-01/part-1.csv.gz", None),
        ("scores/2024-03-02/part-1.csv", 3),
    ]
    assert again.rows == again.quarantined == 0
    world.put("scores/2024-03-01/part-1.csv.gz", gzip.compress(b"id\n1\n"))
    world.sync()
    assert world.values() == ["1", "2", "4"]


def test_a_damaged_interval_does_not_replace_a_whole_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = World(tmp_path)
    world.put("scores/2024-03-01/part-1.csv", "id\n1\n")
    world.sync()
    world.put("scores/2024-03-02/part-1.csv", "id\n2\n")
    world.put("scores/2024-03-02/part-2.csv.gz", b"\x1f\x8bno gzip")

    world.sync()
    world.sync()

    assert world.values() == ["1"]
    assert [row["file"] for row in world.refused()] == ["scores/2024-03-02/part-2.csv.gz"]
    assert "the table stays as it is" in caplog.text
    world.put("scores/2024-03-02/part-2.csv.gz", gzip.compress(b"id\n3\n"))
    world.sync()
    assert world.values() == ["2", "3"]


def test_new_and_lost_columns_raise_an_alarm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = World(tmp_path)
    world.put("scores/2024-03-01/part-1.csv", "id,old\n1,x\n")
    world.sync()
    world.put("scores/2024-03-02/part-1.csv", "id,new\n2,y\n")

    world.sync()

    assert "new columns: new" in caplog.text
    assert "no longer has the columns old" in caplog.text
    assert world.rows()[0]["new"] == "y"


def test_streams_of_one_location_do_not_empty_each_other(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.config["streams"].append({"name": "others", "file_match": r"others/(?P<interval_timestamp>\d{8})\.jsonl"})
    world.put("scores/2024-03-01/part-1.csv", "id\n1\n")
    world.put("others/20240301.jsonl", '{"id": 1}\n')
    world.sync()
    world.put("others/20240302.jsonl", '{"id": 2}\n')

    world.sync()

    assert world.values() == ["1"]
    assert [row["id"] for row in tables(world.warehouse, "drops", ["others"])["others"]] == ["2"]


def test_a_bucket_is_listed_by_pages_and_each_object_fetched_once(tmp_path: Path, upstream: Upstream) -> None:
    bucket = Bucket(upstream, "data-sets")
    for day in range(1, 6):
        pq.write_table(pa.table({"id": [day], "score": [day / 2]}), tmp_path / "one.parquet")
        bucket.put(f"exports/scores/2024030{day}.parquet", (tmp_path / "one.parquet").read_bytes())
    bucket.put("elsewhere/x.parquet", b"")
    config = {
        "location": "s3://data-sets/exports",
        "endpoint": upstream.url,
        "access_key": "key",
        "secret_key": "not in any log",
        "streams": [
            {"name": "scores", "file_match": r"scores/(?P<interval_timestamp>\d+)\.parquet", "mode": "incremental"}
        ],
        "staging_dir": str(tmp_path / "staging"),
        "transport": {"private_hosts": ["127.0.0.1"]},
    }
    warehouse = FakeWarehouse()
    source = BucketSource(clock=lambda: NOW)

    run(source, config, warehouse)
    fetched = bucket.fetched()
    run(source, config, warehouse)

    rows = tables(warehouse, "bucket", ["scores"])["scores"]
    assert [(row["id"], row["score"]) for row in rows] == [(day, day / 2) for day in range(1, 6)]
    assert sorted(fetched) == [f"exports/scores/2024030{day}.parquet" for day in range(1, 6)]
    assert bucket.fetched() == fetched
    signed = [asked.headers.get("authorization", "") for asked in upstream.asked]
    assert all(header.startswith("AWS4-HMAC-SHA256 Credential=key/20240310/us-east-1/s3/") for header in signed)


def test_a_page_of_links_is_followed_below_itself_and_nowhere_else(tmp_path: Path, upstream: Upstream) -> None:
    page = '<a href="../">up</a> <a href="?C=N">sort</a> <a href="2024-03-01/">d</a> <a href=//evil.test/x.csv>x</a>'
    upstream.answers["/drops/"] = Reply(200, page.encode())
    upstream.answers["/drops/2024-03-01/"] = Reply(200, b'<a href="part-1.csv">p</a> <a href="/secret.csv">s</a>')
    upstream.answers["/drops/2024-03-01/part-1.csv"] = Reply(200, b"id\n1\n")
    match = r"(?P<interval_timestamp>[\d-]{10})/part-1\.csv"
    config = {
        "location": f"{upstream.url}/drops/",
        "streams": [{"name": "scores", "file_match": match}],
        "staging_dir": str(tmp_path / "staging"),
        "transport": {"private_hosts": ["127.0.0.1"]},
    }
    warehouse = FakeWarehouse()

    run(BucketSource(clock=lambda: NOW), config, warehouse)

    assert [row["id"] for row in tables(warehouse, "bucket", ["scores"])["scores"]] == ["1"]
    assert upstream.misses == []


@pytest.mark.parametrize(
    ("query", "signature"),
    [
        ("lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_signatures_are_those_of_the_published_examples(query: str, signature: str) -> None:
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    headers = signed_headers(
        keys, "GET", f"https://examplebucket.s3.amazonaws.com/?{query}", datetime(2013, 5, 24, tzinfo=UTC)
    )

    assert headers["Authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1)),
        ("2024/03/01/05", datetime(2024, 3, 1, 5)),
        ("20240301T050607Z", datetime(2024, 3, 1, 5, 6, 7)),
        ("202403", datetime(2024, 3, 1)),
        ("1709251200", datetime(2024, 3, 1)),
        ("1709251200000", datetime(2024, 3, 1)),
    ],
)
def test_intervals_are_read_in_the_forms_that_people_write(text: str, moment: datetime) -> None:
    assert parse_interval(text, "path").replace(tzinfo=None) == moment


@pytest.mark.parametrize("text", ["", "latest", "2024-13-01", "99999999"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_interval(text, "path")


@pytest.mark.parametrize(
    "change",
    [
        {"streams": []},
        {"streams": [{"name": "a", "file_match": r"\d+.csv"}]},
        {"streams": [{"name": "a", "file_match": "(", "format": "csv"}]},
        {"streams": [{"name": "a", "file_match": r"(?P<interval_timestamp>\d+)"}]},
        {"location": "s3://Bad Bucket/x"},
        {"access_key": "alone"},
        {"staging_dir": ""},
        {"unknown": 1},
    ],
)
def test_a_config_that_cannot_work_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    world = World(tmp_path)

    with pytest.raises((ConfigError, SourceError)):
        host.check(BucketSource(), {**world.config, **change})
