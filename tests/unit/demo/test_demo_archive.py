"""The archive of the demo world: its form by era, its defects and what a real reader makes of it."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from observer.connectors.sources.github_archive.source import GithubArchiveSource
from observer.testing.demo import DemoWorld
from observer.testing.demo.archive.files import file_name
from observer.testing.demo.archive.noise import noise
from observer.testing.demo.window import Window, day_number

Record = dict[str, object]
CUT = "2025-10-07T00:00:00Z"
# Measured shares of 569,000 events of April 2022, in percent.
MIX_2022 = {"PushEvent": 41.2, "CreateEvent": 15.8, "PullRequestEvent": 14.7, "IssueCommentEvent": 8.4,
            "DeleteEvent": 7.8, "WatchEvent": 2.9}  # fmt: skip


def facts_of(world: DemoWorld) -> dict[str, dict[str, object]]:
    archive = world.answers["archive"]
    assert isinstance(archive, dict)
    return archive["files"]


def test_the_archive_source_finds_in_every_file_what_the_answers_say(world: DemoWorld, tmp_path: Path) -> None:
    source = GithubArchiveSource(clock=lambda: datetime(2025, 12, 1, tzinfo=UTC))
    config = {"location": str(world.paths.archive), "staging_dir": str(tmp_path)}
    streams = source.discover(config)["streams"]
    assert isinstance(streams, list)
    catalog = {"streams": [{"stream": stream} for stream in streams]}

    records = [message["record"] for message in source.read(config, catalog, []) if message["type"] == "RECORD"]
    ledger = {record["data"]["file_name"]: record["data"] for record in records if record["stream"] == "files"}

    keys = {"status": "status", "lines": "lines", "events": "loaded", "duplicates": "duplicates",
            "quarantined": "quarantined", "blank": "blank"}  # fmt: skip
    for name, facts in facts_of(world).items():
        wanted = {theirs: facts[ours] for ours, theirs in keys.items()}
        if facts["status"] == "corrupt":
            wanted |= {"lines": 0, "loaded": 0, "duplicates": 0}
        assert {theirs: ledger[name][theirs] for theirs in keys.values()} == wanted, name
    assert ledger.keys() == facts_of(world).keys()


def test_every_hour_has_one_file_but_the_missing_ones(world: DemoWorld) -> None:
    archive = world.answers["archive"]
    assert isinstance(archive, dict)
    promised = sum(int(str(facts["hours"])) for facts in facts_of(world).values())
    old, restated, missing = 2 * 24, 1, 24 + 1

    assert promised == 80 * 24 + old + restated - missing
    assert not list(world.paths.archive.glob(f"{archive['missing_day']}-*"))
    day, _, hour = archive["missing_hour"].rpartition("-")
    assert (world.paths.archive / f"{day}-{int(hour) + 1}..23.json.gz").exists()


def test_the_cut_hour_cannot_be_unpacked(world: DemoWorld) -> None:
    archive = world.answers["archive"]
    assert isinstance(archive, dict)

    with pytest.raises(EOFError):
        gzip.decompress((world.paths.archive / f"{archive['cut_hour']}.json.gz").read_bytes())


def test_pushes_have_no_commits_since_the_payloads_were_cut(events: list[Record]) -> None:
    pushes = [event for event in events if event["type"] == "PushEvent" and "id" in event]
    before = [event for event in pushes if str(event["created_at"]) < CUT]
    after = [event for event in pushes if str(event["created_at"]) >= CUT]

    assert before and after
    assert all("commits" in event["payload"] for event in before)  # type: ignore[operator]
    assert all(set(event["payload"]) == {"repository_id", "push_id", "ref", "head", "before"} for event in after)  # type: ignore[call-overload]


def test_the_oldest_day_has_the_form_of_its_time(events: list[Record]) -> None:
    old = [event for event in events if "id" not in event]

    assert old
    assert all(str(event["created_at"]).endswith("-07:00") for event in old)
    assert all(isinstance(event["actor"], str) for event in old)
    assert any(event["repository"]["owner"] == "demo-old-observatory" for event in old)  # type: ignore[index]


def test_a_renamed_repository_keeps_its_number(events: list[Record]) -> None:
    by_number: dict[int, set[str]] = {}
    for event in events:
        if "repo" in event:
            by_number.setdefault(event["repo"]["id"], set()).add(event["repo"]["name"])  # type: ignore[index]

    assert {"demo-cinder/forge", "demo-mothworks/forge"} in by_number.values()
    assert {"demo-harborlight/lamp", "demo-harborlight/beacon"} in by_number.values()
    assert {"demo-cinder/forge"} in by_number.values()
    assert {"Demo-Clockwork-Otter/Otter"} in by_number.values()
    assert all(len(names) == 1 or any(name.startswith("demo-") for name in names) for names in by_number.values())


def test_many_rows_are_about_repositories_that_no_project_lists(world: DemoWorld, events: list[Record]) -> None:
    listed = {str(facts["repository_id"]) for facts in world.answers["repositories"].values()}  # type: ignore[attr-defined]
    strangers = [event for event in events if "repo" in event and str(event["repo"]["id"]) not in listed]  # type: ignore[index]

    assert len(strangers) > len(events) / 3


def test_the_background_has_the_measured_mix_of_types() -> None:
    start = day_number(date(2025, 3, 3))
    kinds = Counter(
        happening.kind for day in range(start, start + 28) for _, happening in noise(7, day, year=2022, rows=400)
    )

    for kind, share in MIX_2022.items():
        assert 100 * kinds[kind] / kinds.total() == pytest.approx(share, abs=2.0), kind


@pytest.mark.parametrize(
    ("hours", "name"),
    [
        (range(24), "1970-01-01-0..23.json.gz"),
        (range(24 + 7, 24 + 8), "1970-01-02-7.json.gz"),
        (range(24, 24 + 168), "1970-01-02-0..167.json.gz"),
    ],
    ids=["a day", "an hour", "a week"],
)
def test_a_file_is_named_after_its_hours(hours: range, name: str) -> None:
    assert file_name(hours) == name


def test_a_short_archive_has_no_damage() -> None:
    window = Window(day_number(date(2025, 11, 15)), 39)

    assert window.missing_day is window.missing_hour is window.cut_hour is window.restated_hour is None
