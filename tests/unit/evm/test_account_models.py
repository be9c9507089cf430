"""From attestations and accounts to the directory's artifacts, in a real lake."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from tests.unit.transform.world import ROOT, World, listing, project

from observer.model.identifier import entity_id
from observer.testing.connector_suite import NOW

SAMPLES = ROOT / "connectors"
MODELS = (
    "path:seeds",
    "path:models/staging/eas",
    "path:models/staging/farcaster",
    "path:models/staging/oss_directory",
    "int_farcaster_accounts",
    "+int_attestations",
)
RECIPIENT = "0x" + "b2" * 20


def sample(path: str) -> Any:
    return json.loads((SAMPLES / path).read_text())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    attestations = sample("eas/samples/index.json")["data"]["attestations"]
    schemas = sample("eas/samples/index.json")["data"]["schemata"]
    messages = [one["data"] for one in sample("farcaster/samples/ada-verifications.json")["messages"]]
    bodies = [(one["timestamp"], one["verificationAddAddressBody"]) for one in messages]
    world = World(tmp_path_factory.mktemp("lake"), tmp_path_factory.mktemp("dbt"))
    world.fill(
        {
            "eas__attestations": [{"network": "OPTIMISM", "_record_ref": "eas:x", **row} for row in attestations],
            "eas__schemas": [{"network": "OPTIMISM", "_record_ref": "eas:x", **row} for row in schemas],
            "farcaster__accounts": [
                {key: value for key, value in sample(f"farcaster/samples/{name}.json").items() if key != "signature"}
                for name in ("ada", "toolmakers")
            ],
            "farcaster__verifications": [
                {"fid": 900001, "timestamp": at, "address": body["address"], "protocol": body["protocol"]}
                for at, body in bodies
            ],
            "farcaster__profiles": [
                {"fid": 900001, "type": "USER_DATA_TYPE_DISPLAY", "value": "Ada Example", "timestamp": 100000000}
            ],
            "oss_directory__projects": [project("tools")],
            "oss_directory__project_artifacts": [
                listing("tools", "", RECIPIENT, artifact_source="ANY_EVM", artifact_type="EOA")
            ],
        }
    )
    world.build(as_of=NOW.date(), select=MODELS)
    return world


def test_attestations_are_joined_to_schemas_and_addresses_of_the_directory(world: World) -> None:
    rows = world.rows("""
        select attested_at, revoked_at, is_revoked, recipient_address, recipient_artifact_id, schema_definition
        from intermediate.int_attestations order by attested_at
    """)
    known = entity_id("ANY_EVM", "", RECIPIENT)

    assert rows == [
        (datetime(2025, 1, 1, 1), None, False, RECIPIENT, known, "uint8 score"),
        (datetime(2025, 1, 1, 2), datetime(2025, 1, 2), True, RECIPIENT, known, "uint8 score"),
        (datetime(2025, 1, 1, 3), None, False, None, None, "uint8 score"),
    ]


def test_accounts_have_their_verified_and_custody_addresses(world: World) -> None:
    rows = world.rows("""
        select username, display_name, protocol, address, basis, known_since from intermediate.int_farcaster_accounts
        order by username, basis, protocol
    """)

    assert rows == [
        ("ada-example", "Ada Example", "ETHEREUM", "0x" + "c3" * 20, "custody", datetime(2023, 7, 22, 4, 26, 40)),
        ("ada-example", "Ada Example", "ETHEREUM", "0x" + "e5" * 20, "verified", datetime(2024, 3, 3, 9, 46, 40)),
        ("ada-example", "Ada Example", "SOLANA", "So1anaExamp1eAddress", "verified", datetime(2024, 6, 27, 3, 33, 20)),
        ("toolmakers", None, "ETHEREUM", "0x" + "d4" * 20, "custody", datetime(2023, 11, 14, 22, 13, 20)),
    ]
