from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from archive_records import old_push, push, text

from observer.connectors import streams
from observer.connectors.sources.github_archive import names
from observer.connectors.sources.github_archive.source import GithubArchiveSource
from observer.errors import ConfigError, SourceError

Clock = Callable[[], datetime]


class Sync:
    """Runs syncs one after another, each from the state of the one before."""

    def __init__(self, tmp_path: Path, clock: Clock) -> None:
        self.folder = tmp_path / "archive"
        self.folder.mkdir()
        self.source = GithubArchiveSource(clock=clock)
        self.config: dict[str, Any] = {"location": str(self.folder), "staging_dir": str(tmp_path / "staging")}
        self.state: list[Mapping[str, object]] = []

    def put(self, name: str, *records: Mapping[str, Any] | bytes) -> None:
        self.put_bytes(name, gzip.compress(text(records), mtime=0))

    def put_bytes(self, name: str, content: bytes) -> None:
        before = self.folder / name
        stamp = before.stat().st_mtime_ns + 10**9 if before.exists() else 1_700_000_000 * 10**9
        before.write_bytes(content)
        os.utime(before, ns=(stamp, stamp))

    def messages(self, **config: Any) -> Iterator[dict[str, Any]]:
        catalog = streams.configured(self.source.discover(self.config))
        for message in self.source.read(self.config | config, catalog, self.state):
            if message["type"] == "STATE":
                self.state = [message["state"]]  # type: ignore[list-item]
            yield message

    def run(self, **config: Any) -> list[dict[str, Any]]:
        return list(self.messages(**config))

    def files(self, **config: Any) -> dict[str, Mapping[str, Any]]:
        """The ledger rows of one sync by file name."""
        rows = (message["record"]["data"] for message in self.run(**config) if _is_of(message, "files"))
        return {row["file_name"]: row for row in rows}


def _is_of(message: Mapping[str, Any], stream: str) -> bool:
    return message["type"] == "RECORD" and message["record"]["stream"] == stream


@pytest.fixture
def sync(tmp_path: Path, clock: Clock) -> Sync:
    return Sync(tmp_path, clock)


def test_a_file_gives_two_parquet_files_a_ledger_row_and_then_a_state(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1), push(2), b"broken")

    messages = sync.run()

    shapes = [message["record"]["stream"] if message["type"] == "RECORD" else message["type"] for message in messages]
    assert shapes == ["events", "push_commits", "_quarantine", "files", "LOG", "STATE"]
    assert messages[3]["record"]["data"] == {
        "file_name": "2015-01-01-0.json.gz",
        "hour": "2015-01-01T00:00:00",
        "last_hour": "2015-01-01T00:00:00",
        "status": "loaded",
        "sha256": messages[3]["record"]["data"]["sha256"],
        "loaded_sha256": messages[3]["record"]["data"]["sha256"],
        "bytes": (sync.folder / "2015-01-01-0.json.gz").stat().st_size,
        "lines": 3,
        "loaded": 2,
        "duplicates": 0,
        "quarantined": 1,
        "blank": 0,
        "first_event_at": "2015-01-01T00:00:05",
        "last_event_at": "2015-01-01T00:00:05",
        "reason": None,
        "_record_ref": "github-archive:2015-01-01-0.json.gz",
    }
    assert messages[2]["record"]["data"]["line"] == 3
    assert messages[4]["log"]["level"] == "WARN"


def test_the_parquet_files_have_the_columns_of_the_streams(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    declared = {stream["name"]: stream for stream in sync.source.discover(sync.config)["streams"]}  # type: ignore[attr-defined]

    for message in sync.run()[:2]:
        record = message["record"]
        path = record["file_reference"]["staging_file_url"]
        schema = streams.arrow_schema(declared[record["stream"]]["json_schema"])
        written = duckdb.connect().execute(f"from '{path}' limit 0").to_arrow_table().schema
        assert [(field.name, field.type) for field in written] == [(field.name, field.type) for field in schema]


def test_an_unchanged_file_is_not_read_again(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    sync.run()

    assert sync.run() == []


def test_a_touched_file_of_the_same_content_is_not_read_again(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    sync.run()
    sync.put("2015-01-01-0.json.gz", push(1))

    assert [message["type"] for message in sync.run()] == ["STATE"]
    assert sync.run() == []


def test_new_files_are_read_and_old_ones_are_not(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    sync.run()
    sync.put("2015-01-01-1.json.gz", push(2))

    assert list(sync.files()) == ["2015-01-01-1.json.gz"]


def test_hours_come_in_order_of_time_and_not_of_text(sync: Sync) -> None:
    for hour in (10, 9, 2):
        sync.put(f"2015-01-01-{hour}.json.gz", push(hour))
    sync.put(".2015-01-01-3.json.gz", push(1))
    sync.put("notes.txt", push(1))

    assert list(sync.files()) == [f"2015-01-01-{hour}.json.gz" for hour in (2, 9, 10)]


def test_a_folder_can_be_read_in_part(sync: Sync) -> None:
    for hour in range(5):
        sync.put(f"2015-01-01-{hour}.json.gz", push(hour))

    names_ = list(sync.files(start="2015-01-01T01:00:00Z", end="2015-01-01T02:30:00Z"))

    assert names_ == ["2015-01-01-1.json.gz", "2015-01-01-2.json.gz"]


def test_a_restated_file_is_read_again_under_its_new_digest(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1), push(2))
    before = sync.files()["2015-01-01-0.json.gz"]
    sync.put("2015-01-01-0.json.gz", push(1))

    after = sync.files()["2015-01-01-0.json.gz"]

    assert (after["loaded"], after["loaded_sha256"]) == (1, after["sha256"])
    assert after["sha256"] != before["sha256"]


def test_a_file_that_became_corrupt_leaves_its_last_good_version_standing(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    good = sync.files()["2015-01-01-0.json.gz"]
    sync.put_bytes("2015-01-01-0.json.gz", (sync.folder / "2015-01-01-0.json.gz").read_bytes()[:-9])

    messages = sync.run()

    assert not any(_is_of(message, "events") for message in messages)
    (row,) = (message["record"]["data"] for message in messages if _is_of(message, "files"))
    assert (row["status"], row["loaded_sha256"]) == ("corrupt", good["sha256"])
    assert row["sha256"] != good["sha256"]
    assert sync.run() == []


def test_a_kill_loses_the_work_on_one_file_at_most(sync: Sync) -> None:
    for hour in range(4):
        sync.put(f"2015-01-01-{hour}.json.gz", push(hour))
    messages = sync.messages()
    while len(sync.state) == 0 or len(sync.state[0]["global"]["shared_state"]["files"]) < 2:  # type: ignore[index]
        next(messages)
    next(messages)
    messages.close()

    assert list(sync.files()) == ["2015-01-01-2.json.gz", "2015-01-01-3.json.gz"]


def test_leftovers_of_an_earlier_sync_are_removed(sync: Sync, tmp_path: Path) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    sync.run()
    assert len(list((tmp_path / "staging" / "parquet").glob("*.parquet"))) == 2

    sync.run()

    assert list((tmp_path / "staging").rglob("*.parquet")) == []


def test_the_state_is_understood_in_each_form_that_hosts_keep(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    sync.run()
    (state,) = sync.state
    shared = state["global"]["shared_state"]  # type: ignore[index]

    for form in ([{"type": "STATE", "state": state}], [state], [shared]):
        sync.state = form
        assert sync.run() == []


def test_only_the_streams_that_were_asked_for_are_sent(sync: Sync) -> None:
    sync.put("2015-01-01-0.json.gz", push(1))
    catalog = streams.configured(sync.source.discover(sync.config), ["files"])

    sent = [m["record"]["stream"] for m in sync.source.read(sync.config, catalog, []) if m["type"] == "RECORD"]  # type: ignore[index]

    assert sent == ["files"]


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("2013-10-10-0.json.gz", datetime(2013, 10, 10, 7, tzinfo=UTC)),
        ("2013-10-10-23.json.gz", datetime(2013, 10, 11, 6, tzinfo=UTC)),
        ("2014-01-01-2.json.gz", datetime(2014, 1, 1, 10, tzinfo=UTC)),
        ("2014-03-09-1.json.gz", datetime(2014, 3, 9, 9, tzinfo=UTC)),
        ("2014-03-09-3.json.gz", datetime(2014, 3, 9, 10, tzinfo=UTC)),
        ("2014-11-02-1.json.gz", datetime(2014, 11, 2, 8, tzinfo=UTC)),
        ("2014-11-02-2.json.gz", datetime(2014, 11, 2, 10, tzinfo=UTC)),
        ("2015-01-01-0.json.gz", datetime(2015, 1, 1, 0, tzinfo=UTC)),
        ("2015-01-01-24.json.gz", None),
        ("2015-02-30-1.json.gz", None),
        ("other.json.gz", None),
    ],
)
def test_the_hour_of_a_name_is_pacific_until_2014_and_utc_since(name: str, hour: datetime | None) -> None:
    assert names.utc_hour(name) == hour


def test_a_name_may_stand_for_several_hours() -> None:
    name = "2021-07-21-06..09.sample800.json.gz"

    assert names.utc_hour(name) == datetime(2021, 7, 21, 6, tzinfo=UTC)
    assert names.last_utc_hour(name) == datetime(2021, 7, 21, 9, tzinfo=UTC)
    assert names.last_utc_hour("2013-10-10-0.json.gz") == datetime(2013, 10, 10, 7, tzinfo=UTC)


def test_the_ledger_has_the_hour_in_utc(sync: Sync) -> None:
    sync.put("2013-10-10-0.json.gz", old_push(1))

    assert sync.files()["2013-10-10-0.json.gz"]["hour"] == "2013-10-10T07:00:00"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"location": ""}, "`location` is missing"),
        ({"location": "https://example.org/x.json.gz"}, "does not say where date and hour go"),
        ({"location": "https://example.org/{date}-{hour}.json.gz"}, "a URL needs `start`"),
        ({"start": "yesterday"}, "`start` is not a time"),
        ({"start": "2015-01-02", "end": "2015-01-01"}, "`end` is before `start`"),
        ({"max_ratio": True}, "`max_ratio` must be a number"),
    ],
)
def test_a_wrong_setting_is_named(sync: Sync, change: Mapping[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("`", "`")):
        sync.source.check(sync.config | change)


def test_check_wants_a_folder_with_archive_files(sync: Sync, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no archive file"):
        sync.source.check(sync.config)
    with pytest.raises(SourceError, match="there is no folder"):
        sync.source.check(sync.config | {"location": str(tmp_path / "nowhere")})
    sync.put("2015-01-01-0.json.gz", push(1))
    sync.source.check(sync.config)


def test_an_empty_folder_is_no_error_when_syncing(sync: Sync) -> None:
    assert sync.run() == []
