"""REST beside its endpoints: kept answers, encodings, downloads, badges, what Prometheus reads."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard
from starlette.testclient import TestClient

Sql = Callable[[str], list[tuple[Any, ...]]]


def test_an_answer_is_kept_and_not_sent_twice(client: TestClient) -> None:
    first = client.get("/api/v1/projects?metrics=commits", headers={"Accept-Encoding": "identity"})
    zstd = client.get("/api/v1/projects?metrics=commits", headers={"Accept-Encoding": "gzip, zstd"})
    gzip = client.get("/api/v1/projects?metrics=commits", headers={"Accept-Encoding": "gzip;q=1, zstd;q=0"})
    again = client.get("/api/v1/projects?metrics=commits", headers={"If-None-Match": first.headers["etag"]})

    assert (zstd.headers["content-encoding"], gzip.headers["content-encoding"]) == ("zstd", "gzip")
    assert "content-encoding" not in first.headers
    body = zstd.content
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
    assert first.content == gzip.content == body
    assert (again.status_code, again.content) == (304, b"")
    assert all(answer.headers["vary"].count("Accept-Encoding") == 1 for answer in (first, zstd, gzip))


def test_an_answer_about_now_is_not_kept(client: TestClient) -> None:
    assert client.get("/api/v1/status").status_code == 200
    hits = _sample(client, 'observer_kept_answers_total{outcome="hit"}')

    client.get("/api/v1/status")

    assert _sample(client, 'observer_kept_answers_total{outcome="hit"}') == hits


@pytest.mark.parametrize("table", ["projects", "timeseries_metrics", "key_metrics", "models"])
def test_every_table_can_be_downloaded_and_says_how_much_it_is(client: TestClient, sql: Sql, table: str) -> None:
    (entry,) = (each for each in client.get("/api/v1/tables").json()["data"] if each["table"] == table)

    parquet, text = client.get(entry["parquet"]), client.get(f"/api/v1/tables/{table}.csv")

    ((count,),) = sql(f"select count(*) from {table}")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    columns = pq.read_table(io.BytesIO(parquet.content))
    assert len(rows) == columns.num_rows == entry["rows"] == count > 0
    assert len(parquet.content) == entry["bytes"]
    assert list(rows[0]) == columns.column_names == entry["columns"]
    assert [row[entry["columns"][0]] for row in rows] == columns.column(0).to_pylist()
    assert client.get(entry["csv"], headers={"If-None-Match": text.headers["etag"]}).status_code == 304
    assert "immutable" in parquet.headers["cache-control"]
    assert "immutable" not in text.headers["cache-control"]


def test_a_table_that_is_not_published_is_not_found(client: TestClient) -> None:
    for path in (
        "/api/v1/tables/pg_roles.csv",
        "/api/v1/releases/1/..%2F..%2Fx.parquet",
        "/api/v1/releases/9/users.csv",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert set(answer.json()) >= {"error", "message", "hint", "status"}


def test_an_empty_table_is_a_header(client: TestClient) -> None:
    text = client.get("/api/v1/tables/contracts.csv").text

    assert text.count("\n") == 1
    assert text.startswith('"')


def test_a_badge_tells_the_value_and_unknown(client: TestClient) -> None:
    known = client.get("/api/v1/badges/commits/project/lattice.svg?grain=all&label=%3Cb%3E")
    unknown = client.get("/api/v1/badges/commits/project/harbor.svg")
    missing = client.get("/api/v1/badges/commits/project/nobody.svg")

    values = {v["grain"]: v for v in client.get("/api/v1/key-metrics?entity=project/lattice").json()["data"]
              if v["metric"] == "commits"}  # fmt: skip
    texts = ["".join(node.itertext()) for node in ET.fromstring(known.text).iter("{http://www.w3.org/2000/svg}text")]
    assert known.headers["content-type"] == "image/svg+xml"
    assert texts[0] == "<b>"
    assert texts[1].removeprefix("≥ ") == f"{values['all']['amount']:g}"
    assert "unknown" in unknown.text
    assert missing.status_code == 404


def test_prometheus_reads_counts_and_people_read_a_page(client: TestClient) -> None:
    before = _sample(client, 'observer_requests_total{part="rest",status="404"}')

    client.get("/api/v1/projects/nobody")

    assert _sample(client, 'observer_requests_total{part="rest",status="404"}') == before + 1
    assert _sample(client, "observer_up") == 1
    assert _sample(client, "observer_release_number") == 1
    assert _sample(client, 'observer_request_seconds_bucket{part="rest",le="+Inf"}') > 0
    page = client.get("/metrics", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")


def _sample(client: TestClient, name: str) -> float:
    text = client.get("/metrics", headers={"Accept": "application/openmetrics-text, text/plain;version=0.0.4"}).text
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name + " ")), 0.0)
