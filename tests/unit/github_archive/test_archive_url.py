from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from archive_records import push, text

from observer.connectors import streams
from observer.connectors.sources.github_archive.source import GithubArchiveSource
from observer.errors import ConfigError, SourceError, TransientSourceError

Answer = tuple[int, bytes, Mapping[str, str]]


class Archive(http.server.ThreadingHTTPServer):
    """A web server on this machine that plays the archive: what it answers by path, and what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def template(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{{date}}-{{hour}}.json.gz"

    def put(self, name: str, *records: Mapping[str, Any], status: int = 200, **headers: str) -> bytes:
        body = gzip.compress(text(records), mtime=0)
        self.answers[f"/{name}"] = [(status, body, headers)]
        return body

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Archive

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
        answers = self.server.answers.get(self.path, [(404, b"", {})])
        status, body, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        etag = headers.get("etag")
        if status == 200 and etag and self.headers.get("if-none-match") == etag:
            status, body = 304, b""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        if "content_length" not in headers:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def archive() -> Iterator[Archive]:
    server = Archive()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class Remote:
    def __init__(self, archive: Archive, staging: Path) -> None:
        self.waits: list[float] = []
        self.now = datetime(2015, 1, 1, 3, 30, tzinfo=UTC)
        self.source = GithubArchiveSource(clock=lambda: self.now, sleep=self.waits.append, jitter=lambda: 0.5)
        self.config: dict[str, Any] = {
            "location": archive.template,
            "staging_dir": str(staging),
            "start": "2015-01-01T00:00:00Z",
            "timeout_seconds": 5,
            "transport": {"private_hosts": ["127.0.0.1"], "attempts": 5},
        }
        self.state: list[Mapping[str, object]] = []

    def files(self) -> dict[str, str]:
        """The status of each file that one sync told about."""
        catalog = streams.configured(self.source.discover(self.config))
        rows = {}
        for message in self.source.read(self.config, catalog, self.state):
            if message["type"] == "STATE":
                self.state = [message["state"]]  # type: ignore[list-item]
            elif message["type"] == "RECORD" and message["record"]["stream"] == "files":  # type: ignore[index]
                data = message["record"]["data"]  # type: ignore[index]
                rows[data["file_name"]] = data["status"]
        return rows


@pytest.fixture
def remote(archive: Archive, tmp_path: Path) -> Remote:
    return Remote(archive, tmp_path / "staging")


def test_hours_are_asked_for_from_start_to_the_last_written_one(remote: Remote, archive: Archive) -> None:
    for hour in range(4):
        archive.put(f"2015-01-01-{hour}.json.gz", push(hour))

    assert remote.files() == {f"2015-01-01-{hour}.json.gz": "loaded" for hour in range(3)}
    assert archive.paths() == [f"/2015-01-01-{hour}.json.gz" for hour in range(3)]


def test_an_hour_is_not_asked_for_before_it_was_written(remote: Remote, archive: Archive) -> None:
    remote.now = datetime(2015, 1, 1, 2, 4, tzinfo=UTC)
    remote.files()

    assert archive.paths() == ["/2015-01-01-0.json.gz"]


def test_a_missing_hour_is_told_once_and_asked_for_again(remote: Remote, archive: Archive) -> None:
    archive.put("2015-01-01-0.json.gz", push(1))
    archive.put("2015-01-01-2.json.gz", push(2))
    assert remote.files()["2015-01-01-1.json.gz"] == "missing"
    assert remote.files() == {}

    archive.put("2015-01-01-1.json.gz", push(3))

    assert remote.files() == {"2015-01-01-1.json.gz": "loaded"}


def test_bodies_land_under_their_digest_before_they_are_read(remote: Remote, archive: Archive, tmp_path: Path) -> None:
    body = archive.put("2015-01-01-0.json.gz", push(1))
    remote.files()

    sha256 = hashlib.sha256(body).hexdigest()
    landed = tmp_path / "staging" / "landed"
    assert (landed / sha256[:2] / f"{sha256}.json.gz").read_bytes() == body
    assert list(landed.glob(".*")) == []


def test_settled_hours_are_not_asked_for_again(remote: Remote, archive: Archive) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.put("2015-01-01-0.json.gz", push(1))
    remote.files()
    remote.now = datetime(2015, 1, 9, tzinfo=UTC)

    remote.files()

    assert len(archive.asked) == 1


def test_recent_hours_are_asked_for_by_their_tag_and_read_if_restated(remote: Remote, archive: Archive) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.put("2015-01-01-0.json.gz", push(1), etag='"one"')
    remote.files()
    assert remote.files() == {}
    assert archive.asked[-1][1]["if-none-match"] == '"one"'

    archive.put("2015-01-01-0.json.gz", push(1), push(2), etag='"two"')

    assert remote.files() == {"2015-01-01-0.json.gz": "loaded"}


def test_the_same_body_under_another_tag_is_not_read_again(remote: Remote, archive: Archive) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.put("2015-01-01-0.json.gz", push(1), etag='"one"')
    remote.files()
    archive.put("2015-01-01-0.json.gz", push(1), etag='"two"')

    assert remote.files() == {}
    remote.files()
    assert archive.asked[-1][1]["if-none-match"] == '"two"'


def test_a_loaded_hour_that_vanishes_stays(remote: Remote, archive: Archive) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.put("2015-01-01-0.json.gz", push(1))
    remote.files()
    archive.answers.clear()

    assert remote.files() == {}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_retried_and_not_seen(remote: Remote, archive: Archive, status: int) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.put("2015-01-01-0.json.gz", push(1))
    archive.answers["/2015-01-01-0.json.gz"][:0] = [(status, b"", {}), (status, b"", {"retry_after": "7"})]

    assert remote.files() == {"2015-01-01-0.json.gz": "loaded"}
    assert remote.waits == [1.125, 7.0]


def test_a_failure_that_stays_is_transient_and_keeps_what_came_before(remote: Remote, archive: Archive) -> None:
    archive.put("2015-01-01-0.json.gz", push(1))
    archive.answers["/2015-01-01-1.json.gz"] = [(503, b"", {})]

    with pytest.raises(TransientSourceError, match="503"):
        remote.files()

    assert len(remote.waits) == 4
    assert sum(remote.waits) <= 19
    assert list(remote.state[0]["global"]["shared_state"]["files"]) == ["2015-01-01-0.json.gz"]  # type: ignore[index]


def test_a_retry_after_that_is_too_long_ends_the_sync_for_now(remote: Remote, archive: Archive) -> None:
    archive.answers["/2015-01-01-0.json.gz"] = [(503, b"", {"retry_after": "86400"})]

    with pytest.raises(TransientSourceError):
        remote.files()

    assert remote.waits == []


def test_a_body_that_is_cut_off_is_asked_for_again(remote: Remote, archive: Archive, tmp_path: Path) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    body = archive.put("2015-01-01-0.json.gz", push(1))
    cut = (200, body[:40], {"content_length": str(len(body))})
    archive.answers["/2015-01-01-0.json.gz"].insert(0, cut)

    assert remote.files() == {"2015-01-01-0.json.gz": "loaded"}
    assert len(list((tmp_path / "staging" / "landed").rglob("*.json.gz"))) == 1


def test_an_archive_that_does_not_answer_is_transient(remote: Remote, archive: Archive) -> None:
    archive.shutdown()
    archive.server_close()

    with pytest.raises(TransientSourceError, match="cannot be reached"):
        remote.files()


def test_a_refusal_is_an_error_of_the_config(remote: Remote, archive: Archive) -> None:
    archive.answers["/2015-01-01-0.json.gz"] = [(403, b"", {})]

    with pytest.raises(ConfigError, match="403"):
        remote.files()

    assert remote.waits == []


def test_a_redirect_to_another_host_is_not_followed(remote: Remote, archive: Archive) -> None:
    archive.answers["/2015-01-01-0.json.gz"] = [(302, b"", {"location": "https://inside.example.org/secret"})]

    with pytest.raises(SourceError, match=r"inside\.example\.org"):
        remote.files()


def test_an_error_page_with_status_200_is_corrupt_and_asked_for_again(remote: Remote, archive: Archive) -> None:
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.answers["/2015-01-01-0.json.gz"] = [(200, b"<?xml version='1.0'?><Error/>", {})]
    assert remote.files() == {"2015-01-01-0.json.gz": "corrupt"}

    archive.put("2015-01-01-0.json.gz", push(1))

    assert remote.files() == {"2015-01-01-0.json.gz": "loaded"}


def test_a_body_over_the_limit_stops_the_download(remote: Remote, archive: Archive, tmp_path: Path) -> None:
    remote.config["max_file_bytes"] = 10
    archive.put("2015-01-01-0.json.gz", push(1))

    with pytest.raises(SourceError, match="more than 10 bytes"):
        remote.files()

    assert [path for path in (tmp_path / "staging" / "landed").rglob("*") if path.is_file()] == []


def test_check_asks_the_archive_for_one_hour(remote: Remote, archive: Archive) -> None:
    remote.source.check(remote.config)
    assert archive.paths() == ["/2015-01-01-0.json.gz"]

    archive.answers["/2015-01-01-0.json.gz"] = [(403, b"", {})]
    with pytest.raises(ConfigError, match="403"):
        remote.source.check(remote.config)


def test_the_hour_is_not_padded_and_the_name_is_that_of_the_archive(
    remote: Remote, archive: Archive, tmp_path: Path
) -> None:
    remote.config["location"] = archive.template.replace("{date}-{hour}", "by-day/{date}/{hour}")
    remote.config["end"] = "2015-01-01T00:00:00Z"
    archive.put("by-day/2015-01-01/0.json.gz", push(1))

    assert remote.files() == {"2015-01-01-0.json.gz": "loaded"}


def test_an_address_of_the_own_network_is_not_asked_unless_the_config_names_it(
    remote: Remote, archive: Archive
) -> None:
    remote.config["transport"] = {}

    with pytest.raises(SourceError, match="private_hosts"):
        remote.files()

    assert archive.asked == []
