"""The published catalogue: one row per connector, streams told without any upstream, ids that never change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from observer.connectors.listing import Plan, connectors_table, definition_id
from observer.connectors.offer import offered, offered_by_manifest
from observer.connectors.registry import Registry
from observer.connectors.sources.oss_directory import OssDirectorySource
from observer.directory.load import load_directory

CONNECTORS = Path(__file__).resolve().parents[3] / "connectors"
UNSEEN = {"postgres", "bucket", "http-file", "my-shop"}


def registry() -> Registry:
    return Registry(
        {"oss-directory": lambda: OssDirectorySource(load_directory)},
        manifests=CONNECTORS,
        instances={"my-shop": "postgres"},
    )


def test_every_connector_is_listed_with_its_streams_and_the_schema_of_its_config() -> None:
    known = registry()

    rows = connectors_table(known, {name: Plan(False, None, None, None) for name in known.names()}).to_pylist()

    assert [row["connector_name"] for row in rows] == list(known.names())
    for row in rows:
        streams = json.loads(row["streams"])
        assert bool(streams) != (row["connector_name"] in UNSEEN), row["connector_name"]
        assert all(stream["name"] and stream["fields"] for stream in streams)
        assert json.loads(row["specification"])["properties"]
        assert row["summary"]
    (instance,) = [row for row in rows if row["connector_name"] == "my-shop"]
    assert (instance["use"], instance["title"]) == ("postgres", "my-shop (PostgreSQL)")


def test_an_instance_shows_the_streams_of_its_last_sync() -> None:
    streams = [{"name": "grants", "key": ["id"], "is_incremental": True, "fields": [{"name": "id", "type": "integer"}]}]

    (row,) = connectors_table(registry(), {"my-shop": Plan(True, None, 1, 2, streams)}).to_pylist()

    assert json.loads(row["streams"]) == streams


def test_ids_are_a_function_of_the_name() -> None:
    assert definition_id("git") == definition_id("git") != definition_id("npm")
    assert definition_id("git") == "00e06f7b-7ba3-50b5-b146-5e66ea571d6b"


@pytest.mark.parametrize("name", ["npm", "crates"])
def test_a_manifest_read_without_its_engine_offers_what_the_engine_offers(name: str) -> None:
    source = registry().source(name)

    by_engine = {str(stream["name"]): stream for stream in offered(source.discover({"packages": ["a"]}))}
    by_file = {str(stream["name"]): stream for stream in offered_by_manifest(CONNECTORS / name / "manifest.yaml")}

    assert by_file.keys() == by_engine.keys()
    for stream, found in by_file.items():
        assert found["fields"] == by_engine[stream]["fields"]
        assert found["key"] == by_engine[stream]["key"]
