"""From raw rows of a made-up chain to contracts, events and coverage, in a real lake."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from Crypto.Hash import keccak
from tests.unit.evm import exports
from tests.unit.transform.world import Raw, World, listing, project

from observer.connectors.sources.evm.source import EvmSource
from observer.model.identifier import entity_id
from observer.testing.connector_suite import NOW, run
from observer.testing.upstream import Upstream
from observer.testing.upstream.chain import (
    DEPLOYER,
    FACTORY,
    IMPLEMENTATION,
    PEOPLE,
    PROXY,
    GeneratedChain,
    address_of,
)
from observer.testing.warehouse import FakeWarehouse

STREAMS = ("blocks", "transactions", "receipts", "logs", "traces")
AS_OF = date(2023, 11, 20)
LAST = 200
ELSEWHERE = address_of("somewhere else")


def listed(project_name: str, network: str, address: str, kind: str) -> Mapping[str, object]:
    return listing(
        project_name,
        "",
        address,
        field="blockchain",
        artifact_source=network,
        artifact_type=kind,
        artifact_url=address,
        artifact_source_id=address,
    )


@pytest.fixture(scope="module")
def chain() -> GeneratedChain:
    return GeneratedChain(blocks=LAST + 20)


def raw_of(chain: GeneratedChain, folder: Path) -> Raw:
    """A chain that was reorganised between two syncs, and a network of which one block is missing."""
    warehouse = FakeWarehouse()
    with Upstream({"/": chain.answer}) as upstream:
        network = {"network": "optimism", "rpc_url": f"{upstream.url}/", "finality_blocks": 0}
        config: dict[str, Any] = {
            "networks": [network],
            "staging_dir": str(folder / "staging"),
            "transport": {"private_hosts": ["127.0.0.1"]},
        }
        source = EvmSource(clock=lambda: NOW)
        run(source, config, warehouse)
        chain.reorganise(150, name="other", blocks=LAST)
        run(source, config, warehouse)
    raw = {f"evm__{stream}": warehouse.query(f"select * from raw.evm__{stream}").to_pylist() for stream in STREAMS}
    base = GeneratedChain(blocks=LAST, seed="base")
    for row in exports.etl(base, LAST)["blocks"]:
        if row["number"] != 100:
            at = datetime.fromtimestamp(row["timestamp"], UTC).replace(tzinfo=None)
            block = {"network": "BASE", "block_number": row["number"], "block_hash": row["hash"], "block_at": at}
            raw["evm__blocks"].append({**block, "transaction_count": 0, "is_canonical": True, "_record_ref": "evm:x"})
    return {
        **raw,
        "oss_directory__projects": [project("tools"), project("other")],
        "oss_directory__project_artifacts": [
            listed("tools", "OPTIMISM", DEPLOYER, "DEPLOYER"),
            listed("other", "ANY_EVM", PROXY, "CONTRACT"),
            listed("other", "BASE", ELSEWHERE, "CONTRACT"),
        ],
    }


@pytest.fixture(scope="module")
def world(chain: GeneratedChain, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("chain")
    world = World(folder / "lake", tmp_path_factory.mktemp("dbt"))
    world.fill(raw_of(chain, folder))
    world.build(as_of=AS_OF)
    return world


def test_the_topics_are_digests_of_their_signatures(world: World) -> None:
    for topic, signature in world.rows("select topic0, event_signature from intermediate.evm_topics"):
        assert topic == "0x" + keccak.new(digest_bits=256, data=str(signature).encode()).hexdigest()


def test_contracts_belong_to_whom_lists_them_or_made_them(chain: GeneratedChain, world: World) -> None:
    rows = world.rows("""
        select contract_namespace, contract_address, project_name, basis, factory_address, root_deployer_address
        from marts.contracts order by basis, contract_address
    """)
    by_address = {row[1]: row for row in rows}
    clones = [
        item["result"]["address"]
        for number in range(LAST + 1)
        for item in chain.flat_traces(number)
        if item["action"].get("creationMethod") == "create2"
    ]

    assert by_address[PROXY] == ("OPTIMISM", PROXY, "other", "directory", None, DEPLOYER)
    assert by_address[FACTORY] == ("OPTIMISM", FACTORY, "tools", "deployer", None, DEPLOYER)
    assert by_address[IMPLEMENTATION][2:4] == ("tools", "deployer")
    assert by_address[ELSEWHERE] == ("BASE", ELSEWHERE, "other", "directory", None, None)
    assert len(clones) > 20
    assert {row[1] for row in rows if row[3] == "factory"} == set(clones)
    assert {row[4:] for row in rows if row[3] == "factory"} == {(FACTORY, DEPLOYER)}
    assert len(rows) == len(clones) + 4


def test_contracts_that_were_found_are_artifacts_of_the_project(world: World) -> None:
    rows = world.rows("""
        select count(*), count(distinct artifact_id) from marts.artifacts_by_project
        where project_name = 'tools' and artifact_type = 'CONTRACT'
    """)
    contracts = world.rows("select count(*) from marts.contracts where project_name = 'tools'")

    assert rows == [(contracts[0][0], contracts[0][0])]


def test_proxies_are_known_by_their_logs_and_by_their_code(world: World) -> None:
    rows = world.rows("""
        select proxy_standard, implementation_address, count(*) > 0 from marts.contracts
        where implementation_address is not null group by all order by 1
    """)

    assert rows == [("EIP-1167", IMPLEMENTATION, True), ("EIP-1967", IMPLEMENTATION, True)]


def test_calls_are_counted_by_day_and_caller_as_the_chain_has_them(chain: GeneratedChain, world: World) -> None:
    calls: Counter[tuple[date, str]] = Counter()
    good: Counter[tuple[date, str]] = Counter()
    fees: dict[tuple[date, str], int] = defaultdict(int)
    for number in range(LAST + 1):
        block = chain.block(number)
        day = datetime.fromtimestamp(int(block["timestamp"], 16), UTC).date()
        for transaction, receipt in zip(block["transactions"], chain.receipts(number), strict=True):
            if transaction["to"] == PROXY and transaction["input"] != "0x" and day <= AS_OF:
                key = (day, entity_id("OPTIMISM", "", transaction["from"]))
                calls[key] += 1
                good[key] += int(receipt["status"], 16)
                fees[key] += int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    rows = world.rows(f"""
        select event_type, cast(time as date), from_artifact_id, amount, unit, event_source from marts.events
        where to_artifact_id = '{entity_id("ANY_EVM", "", PROXY)}'
    """)

    found = {kind: {(row[1], row[2]): row[3] for row in rows if row[0] == kind} for kind in {row[0] for row in rows}}
    assert found == {
        "CONTRACT_INVOCATION_DAILY_COUNT": dict(calls),
        "CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT": dict(good),
        "CONTRACT_INVOCATION_DAILY_L2_GAS_USED": {key: float(fee) for key, fee in fees.items()},
    }
    assert sum(calls.values()) > sum(good.values()) > 100
    assert {row[5] for row in rows} == {"OPTIMISM"}


def test_fees_by_contract_are_exact_to_the_wei(chain: GeneratedChain, world: World) -> None:
    ((l2_fees, l1_fees, most),) = world.rows(f"""
        select sum(cast(l2_fee_wei as hugeint)), sum(cast(l1_fee_wei as hugeint)), max(address_count)
        from marts.contract_activity_daily where contract_address = '{FACTORY}'
    """)
    receipts = [
        receipt
        for number in range(LAST + 1)
        for transaction, receipt in zip(chain.block(number)["transactions"], chain.receipts(number), strict=True)
        if transaction["to"] == FACTORY
    ]

    assert l2_fees == sum(int(r["gasUsed"], 16) * int(r["effectiveGasPrice"], 16) for r in receipts)
    assert l1_fees == sum(int(r["l1Fee"], 16) for r in receipts)
    assert 1 < int(str(most)) <= len(PEOPLE)


def test_everyone_who_called_is_a_user(world: World) -> None:
    rows = world.rows("""
        select count(*) from marts.events left join marts.users on events.from_artifact_id = users.user_id
        where users.user_id is null
    """)

    assert rows == [(0,)]
    assert world.rows("select distinct user_source, user_class from marts.users") == [("OPTIMISM", "person")]


def test_days_in_part_and_days_with_gaps_are_unknown(world: World) -> None:
    rows = world.rows(f"""
        select start_date, end_date, state, expected_count, seen_count from marts.coverage
        where artifact_id = '{entity_id("BASE", "", ELSEWHERE)}'
        and event_type = 'CONTRACT_INVOCATION_DAILY_COUNT' order by start_date
    """)

    # The first block is of 14 November in the evening, block 100 of the 17th at 0:13 and the last one of the 19th.
    assert rows == [
        (date(2023, 11, 14), date(2023, 11, 14), "unknown", 1, 0),
        (date(2023, 11, 15), date(2023, 11, 15), "zero", 1, 1),
        (date(2023, 11, 16), date(2023, 11, 17), "unknown", 2, 0),
        (date(2023, 11, 18), date(2023, 11, 18), "zero", 1, 1),
        (date(2023, 11, 19), date(2023, 11, 20), "unknown", 2, 0),
    ]
    assert world.rows("""
        select network, sum(missing_blocks), sum(missing_transactions), sum(missing_receipts), sum(missing_traces)
        from intermediate.int_evm_days group by network order by network
    """) == [("BASE", 1, 0, 0, 0), ("OPTIMISM", 0, 0, 0, 0)]
