"""Events of the real directory over real archive hours, recounted from the JSON by plain Python."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.transform.world import World, declared_types

from observer.connectors.sources.github_archive.config import Limits
from observer.connectors.sources.github_archive.reader import ArchiveReader
from observer.connectors.sources.oss_directory import OssDirectorySource
from observer.connectors.streams import configured
from observer.directory.load import load_directory

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

HOURS = ("2014-01-01-0.json.gz", "2014-01-01-1.json.gz", "2015-01-01-0.json.gz")
OBSERVED_AT = datetime(2015, 1, 2)
Record = Mapping[str, Any]


@pytest.fixture(scope="module")
def files(real_data: Path) -> list[Path]:
    return [real_data / "events" / "gharchive" / name for name in HOURS]


@pytest.fixture(scope="module")
def real_world(real_data: Path, files: list[Path], tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    folder = tmp_path_factory.mktemp("real")
    world = World(folder / "lake", dbt_folder)
    world.fill(directory_rows(real_data / "oss-directory" / "oss-directory-data.tar.gz"))
    fill_archive(world, files, folder / "parquet")
    world.build(as_of=date(2015, 1, 1), select=["+events", "+coverage", "+artifact_names", "+artifacts"])
    return world


def directory_rows(archive: Path) -> dict[str, list[Record]]:
    source = OssDirectorySource(load_directory, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    config = {"location": str(archive)}
    rows: dict[str, list[Record]] = {}
    for message in source.read(config, configured(source.discover(config)), []):
        record = message.get("record")
        if isinstance(record, dict):
            data = {name: value for name, value in record["data"].items() if name != "committed_at"}
            rows.setdefault(f"oss_directory__{record['stream']}", []).append(data)
    return rows


def fill_archive(world: World, files: list[Path], folder: Path) -> None:
    world.fill({"github_archive__events": [], "github_archive__push_commits": [], "github_archive__files": []})
    known = declared_types()
    with ArchiveReader(folder, Limits()) as reader, world.connect() as connection:
        for path in files:
            outcome = reader.read(path, path.name)
            for table, parquet in (("events", outcome.events), ("push_commits", outcome.push_commits)):
                columns = ", ".join(f'"{name}"' for name in known[f"github_archive__{table}"] if name[0] != "_")
                connection.execute(
                    f"insert into raw.github_archive__{table} by name "
                    f"select {columns}, _record_ref, timestamp '{OBSERVED_AT}' as _observed_at "
                    f"from read_parquet('{parquet}')"
                )
            connection.execute(
                "insert into raw.github_archive__files by name "
                "select ? as file_name, 'loaded' as status, ? as sha256, ? as loaded_sha256, ? as loaded",
                [path.name, outcome.sha256, outcome.sha256, outcome.loaded],
            )


def records(files: list[Path]) -> Iterator[Record]:
    """The records in the order of their time, each once."""
    seen: set[str] = set()
    found: list[tuple[datetime, Record]] = []
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if line not in seen:
                    seen.add(line)
                    record = json.loads(line)
                    found.append((datetime.fromisoformat(record["created_at"]).astimezone(UTC), record))
    return (record for _, record in sorted(found, key=lambda pair: pair[0]))


def repository(record: Record) -> tuple[int, str] | None:
    """The number and the name of the repository that a record of either form is about."""
    if "repo" in record:
        return int(record["repo"]["id"]), str(record["repo"]["name"]).lower()
    about = record.get("repository")
    if not about:
        return None
    return int(about["id"]), f"{about['owner']}/{about['name']}".lower()


def event_types(record: Record) -> Iterator[str]:
    payload = record.get("payload") or {}
    action = str(payload.get("action", ""))
    match record["type"]:
        case "IssuesEvent" if action in ("opened", "closed", "reopened"):
            yield f"ISSUE_{action.upper()}"
        case "PullRequestEvent" if action in ("opened", "closed", "reopened"):
            yield f"PULL_REQUEST_{action.upper()}"
            if action == "closed" and payload["pull_request"].get("merged"):
                yield "PULL_REQUEST_MERGED"
        case "IssueCommentEvent":
            yield "ISSUE_COMMENT"
        case "PullRequestReviewCommentEvent":
            yield "PULL_REQUEST_REVIEW_COMMENT"
        case "WatchEvent":
            yield "STARRED"
        case "ForkEvent":
            yield "FORKED"
        case "ReleaseEvent":
            yield "RELEASE_PUBLISHED"


@pytest.fixture(scope="module")
def wanted(real_world: World, files: list[Path]) -> dict[int, str]:
    """The numbers of the directory's repositories in these hours, with the name that each had last."""
    listed = real_world.rows(
        "select artifact_namespace, artifact_name, is_owner from raw.oss_directory__project_artifacts "
        "where artifact_source = 'GITHUB'"
    )
    owners = {str(owner) for owner, _, is_owner in listed if is_owner}
    names = {f"{owner}/{name}" for owner, name, is_owner in listed if not is_owner}
    last_name: dict[int, str] = {}
    holder: dict[str, int] = {}
    for record in records(files):
        if about := repository(record):
            number, name = about
            last_name[number] = name
            holder[name] = number
    meant = {holder[name] for name in names & set(holder)}
    owned = {number for number, name in last_name.items() if name.split("/")[0] in owners}
    return {number: last_name[number] for number in meant | owned}


def test_events_by_repository_and_type_are_those_of_the_records(
    real_world: World, files: list[Path], wanted: dict[int, str]
) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for record in records(files):
        about = repository(record)
        if about and about[0] in wanted:
            expected.update((str(about[0]), event_type) for event_type in event_types(record))

    rows = real_world.rows("""
        select a.artifact_source_id, e.event_type, count(*), sum(e.amount)
        from marts.events e join marts.artifacts a on a.artifact_id = e.to_artifact_id
        where e.event_type not in ('COMMIT_CODE', 'STAR_COUNT') group by 1, 2
    """)

    assert len(expected) > 100
    assert {(str(number), str(kind)): count for number, kind, count, _ in rows} == expected
    assert all(count == amount for _, _, count, amount in rows)


def test_commits_are_those_listed_in_pushes_to_default_branches(
    real_world: World, files: list[Path], wanted: dict[int, str]
) -> None:
    branches: dict[int, str] = {}
    pushes: list[tuple[int, Record]] = []
    for record in records(files):
        about = repository(record)
        if not about or about[0] not in wanted:
            continue
        payload = record.get("payload") or {}
        base = (payload.get("pull_request") or {}).get("base") or {}
        old_branch = (record.get("repository") or {}).get("master_branch")
        branch = payload.get("master_branch") or (base.get("repo") or {}).get("default_branch")
        if found := old_branch if "repository" in record else branch:
            branches[about[0]] = found
        if record["type"] == "PushEvent":
            pushes.append((about[0], payload))
    trunks = {number: {branches[number]} if number in branches else {"main", "master"} for number in wanted}
    commits = {
        commit["sha"] if isinstance(commit, dict) else commit[0]
        for number, payload in pushes
        for commit in payload.get("commits") or payload.get("shas") or []
        if payload["ref"].removeprefix("refs/heads/") in trunks[number]
    }

    rows = real_world.rows("select event_source_id from marts.events where event_type = 'COMMIT_CODE'")

    assert len(commits) > 50
    assert sorted(str(row[0]) for row in rows) == sorted(commits)


def test_artifacts_are_the_repositories_under_their_last_name(real_world: World, wanted: dict[int, str]) -> None:
    rows = real_world.rows("""
        select artifact_source_id, artifact_namespace || '/' || split_part(artifact_name, '#', 1)
        from marts.artifacts where artifact_source = 'GITHUB' and artifact_source_id is not null
    """)

    named_by_forks = {str(number) for number, _ in rows} - {str(number) for number in wanted}
    assert {int(str(number)): name for number, name in rows if str(number) not in named_by_forks} == wanted
    assert len(named_by_forks) < 30


def test_the_hours_before_2015_are_those_of_their_content(real_world: World) -> None:
    rows = real_world.rows("select hour from intermediate.int_archive_hours order by 1")

    assert [row[0] for row in rows] == [datetime(2014, 1, 1, 8), datetime(2014, 1, 1, 9), datetime(2015, 1, 1, 0)]
