from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from observer.connectors import streams
from observer.connectors.sources.oss_directory import ALL, OssDirectorySource
from observer.errors import ConfigError, ContentError, Problem, SourceError
from observer.model.directory import (
    BlockchainAddress,
    Collection,
    Directory,
    Member,
    Project,
    Revision,
    Url,
)
from observer.ports import Json

COMMIT = "c" * 40
ADDRESS = "0x" + "ab" * 20
CONFIG = {"location": "directory"}
REVISION = Revision("d" * 64, COMMIT, datetime(2024, 5, 7, tzinfo=UTC), datetime(2024, 5, 6, tzinfo=UTC))

DIRECTORY = Directory(
    projects=(
        Project(
            name="uniswap",
            display_name="Uniswap",
            description="Exchange",
            path="projects/u/uniswap.yaml",
            github=(Url("https://github.com/Uniswap", 5), Url("https://ophis-fi", 6)),
            blockchain=(BlockchainAddress(ADDRESS, ("safe",), ("base", "zora"), "Grants", 9),),
            name_line=2,
        ),
    ),
    collections=(
        Collection(
            name="defi",
            display_name="DeFi",
            path="collections/defi.yaml",
            projects=(Member("uniswap", 5), Member("yearn", 6), Member("uniswap", 7), Member("aave", 8)),
            name_line=2,
        ),
    ),
    revision=REVISION,
)

Clock = Callable[[], datetime]


def source(directory: Directory, clock: Clock) -> OssDirectorySource:
    return OssDirectorySource(lambda location, *, beside=None: directory, clock=clock)


def catalog(names: Sequence[str] | None = None) -> Json:
    return streams.configured(streams.catalog(ALL), names)


def rows(messages: Sequence[Json], stream: str) -> list[Json]:
    records = [m["record"] for m in messages if m["type"] == "RECORD"]
    return [r["data"] for r in records if r["stream"] == stream]  # type: ignore[index, call-overload]


def states(messages: Sequence[Json]) -> list[Json]:
    return [m["state"] for m in messages if m["type"] == "STATE"]  # type: ignore[misc]


def test_the_catalogue_has_four_streams_that_replace_their_tables(clock: Clock) -> None:
    found = source(DIRECTORY, clock).discover(CONFIG)["streams"]

    assert [(s["name"], s["supported_sync_modes"]) for s in found] == [  # type: ignore[attr-defined]
        ("projects", ["full_refresh"]),
        ("collections", ["full_refresh"]),
        ("collection_projects", ["full_refresh"]),
        ("project_artifacts", ["full_refresh"]),
    ]


def test_a_read_gives_every_stream_and_one_state_at_its_end(clock: Clock) -> None:
    messages = list(source(DIRECTORY, clock).read(CONFIG, catalog(), []))

    assert rows(messages, "projects") == [
        {
            "project_name": "uniswap",
            "display_name": "Uniswap",
            "description": "Exchange",
            "version": 7,
            "path": "projects/u/uniswap.yaml",
            "commit_id": COMMIT,
            "committed_at": "2024-05-07T00:00:00",
            "_record_ref": f"oss-directory@{COMMIT}:projects/u/uniswap.yaml#L2",
        }
    ]
    assert [row["collection_name"] for row in rows(messages, "collections")] == ["defi"]
    assert messages[-1]["type"] == "STATE"
    assert len(states(messages)) == 1


def test_members_have_positions_and_come_once(clock: Clock) -> None:
    found = rows(list(source(DIRECTORY, clock).read(CONFIG, catalog(), [])), "collection_projects")

    assert [(row["project_name"], row["position"]) for row in found] == [("uniswap", 1), ("yearn", 2), ("aave", 3)]
    assert found[2]["_record_ref"] == f"oss-directory@{COMMIT}:collections/defi.yaml#L8"


def test_artifacts_lead_back_to_their_line(clock: Clock) -> None:
    found = rows(list(source(DIRECTORY, clock).read(CONFIG, catalog(), [])), "project_artifacts")

    assert [(r["artifact_source"], r["artifact_type"], r["is_owner"], r["line"]) for r in found] == [
        ("GITHUB", "OWNER", True, 5),
        ("BASE", "SAFE", False, 9),
        ("ZORA", "SAFE", False, 9),
    ]
    assert found[1] == {
        "project_name": "uniswap",
        "field": "blockchain",
        "artifact_source": "BASE",
        "artifact_type": "SAFE",
        "artifact_namespace": "",
        "artifact_name": ADDRESS,
        "artifact_url": ADDRESS,
        "artifact_source_id": ADDRESS,
        "address_name": "Grants",
        "is_owner": False,
        "path": "projects/u/uniswap.yaml",
        "line": 9,
        "_record_ref": f"oss-directory@{COMMIT}:projects/u/uniswap.yaml#L9",
    }


def test_every_row_has_exactly_the_columns_of_its_stream(clock: Clock) -> None:
    messages = list(source(DIRECTORY, clock).read(CONFIG, catalog(), []))

    for stream in ALL:
        assert all(list(row) == stream.schema.names for row in rows(messages, stream.name))


def test_an_unchanged_revision_gives_neither_records_nor_state(clock: Clock) -> None:
    first = list(source(DIRECTORY, clock).read(CONFIG, catalog(), []))

    second = list(source(DIRECTORY, clock).read(CONFIG, catalog(), states(first)))

    assert [message["type"] for message in second] == ["LOG"]


@pytest.mark.parametrize(
    "revision",
    [
        Revision("e" * 64, COMMIT, REVISION.committed_at),
        Revision("d" * 64, "b" * 40, REVISION.committed_at),
        Revision("d" * 64),
    ],
    ids=["other content", "other commit", "no commit"],
)
def test_another_revision_is_read_whole(clock: Clock, revision: Revision) -> None:
    first = list(source(DIRECTORY, clock).read(CONFIG, catalog(), []))
    changed = Directory(DIRECTORY.projects, DIRECTORY.collections, revision)

    second = list(source(changed, clock).read(CONFIG, catalog(), states(first)))

    assert len(rows(second, "project_artifacts")) == 3
    assert states(second) != states(first)


def test_streams_that_were_not_read_before_are_read_at_the_same_revision(clock: Clock) -> None:
    first = list(source(DIRECTORY, clock).read(CONFIG, catalog(["projects"]), []))
    assert rows(first, "collections") == []

    second = list(source(DIRECTORY, clock).read(CONFIG, catalog(), states(first)))
    third = list(source(DIRECTORY, clock).read(CONFIG, catalog(["projects"]), states(second)))

    assert len(rows(second, "projects")) == len(rows(second, "collections")) == 1
    assert [message["type"] for message in third] == ["LOG"]


def test_content_in_no_commit_is_named_by_its_digest(clock: Clock) -> None:
    changed = Directory(DIRECTORY.projects, DIRECTORY.collections, Revision("d" * 64))

    (row,) = rows(list(source(changed, clock).read(CONFIG, catalog(), [])), "projects")

    assert (row["commit_id"], row["committed_at"]) == (None, None)
    assert row["_record_ref"] == f"oss-directory@sha256-{'d' * 64}:projects/u/uniswap.yaml#L2"


def test_an_invalid_directory_is_an_error_with_its_first_problems(clock: Clock) -> None:
    def load(location: str, *, beside: str | None = None) -> Directory:
        raise ContentError([Problem("projects/a/a.yaml", line, "wrong") for line in range(1, 9)])

    with pytest.raises(SourceError) as caught:
        OssDirectorySource(load, clock=clock).check(CONFIG)

    assert "8 problems" in caught.value.what
    assert "projects/a/a.yaml:5: wrong\nand 3 more" in caught.value.what
    assert caught.value.where == "directory"


def test_a_directory_without_projects_never_empties_the_tables(clock: Clock) -> None:
    empty = Directory((), (), REVISION)

    with pytest.raises(SourceError, match="no projects"):
        list(source(empty, clock).read(CONFIG, catalog(), []))


def test_the_location_is_required(clock: Clock) -> None:
    with pytest.raises(ConfigError, match="location"):
        source(DIRECTORY, clock).check({})


def test_a_valid_directory_passes_the_check(clock: Clock) -> None:
    source(DIRECTORY, clock).check(CONFIG)
