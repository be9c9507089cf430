"""Blocks that other tools exported and values that others published, through the connectors and the models."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.transform.world import ROOT, World

from observer.connectors.declarative.source import DeclarativeSource
from observer.connectors.sources.evm.source import EvmSource
from observer.testing.connector_suite import NOW, run, tables
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.warehouse import FakeWarehouse

pytestmark = pytest.mark.real_data

Rows = list[dict[str, Any]]
STREAMS = ("blocks", "transactions", "receipts", "logs", "traces")
TRANSPORT = {"private_hosts": ["127.0.0.1"], "max_response_bytes": 1 << 30}


@pytest.fixture(scope="module")
def fixtures(real_data: Path) -> dict[str, Rows]:
    """The rows of ethereum-etl's expected JSON files by path."""
    found: dict[str, Rows] = {}
    with gzip.open(real_data / "events/onchain/ethereum_etl_fixtures.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if entry["path"].endswith(".json"):
                rows = [json.loads(one) for one in entry["content"].splitlines() if one.strip()]
                found[entry["path"].removeprefix("tests/resources/")] = rows
    return found


def quantity(value: int | None) -> str | None:
    return None if value is None else hex(value)


def as_block(row: Mapping[str, Any], transactions: Rows) -> dict[str, Any]:
    return {
        "number": hex(row["number"]),
        "hash": row["hash"],
        "parentHash": row["parent_hash"],
        "timestamp": hex(row["timestamp"]),
        "miner": row["miner"],
        "gasLimit": hex(row["gas_limit"]),
        "gasUsed": hex(row["gas_used"]),
        "baseFeePerGas": quantity(row.get("base_fee_per_gas")),
        "difficulty": hex(row["difficulty"]),
        "size": hex(row["size"]),
        "transactions": [as_transaction(one) for one in transactions if one["block_number"] == row["number"]],
    }


def as_transaction(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hash": row["hash"],
        "nonce": hex(row["nonce"]),
        "blockHash": row["block_hash"],
        "blockNumber": hex(row["block_number"]),
        "transactionIndex": hex(row["transaction_index"]),
        "from": row["from_address"],
        "to": row["to_address"],
        "value": hex(row["value"]),
        "gas": hex(row["gas"]),
        "gasPrice": quantity(row["gas_price"]),
        "input": row["input"],
        "maxFeePerGas": quantity(row["max_fee_per_gas"]),
        "maxPriorityFeePerGas": quantity(row["max_priority_fee_per_gas"]),
        "type": hex(row["transaction_type"]),
    }


def as_receipt(row: Mapping[str, Any], logs: Rows) -> dict[str, Any]:
    return {
        "transactionHash": row["hash"],
        "transactionIndex": hex(row["transaction_index"]),
        "blockHash": row["block_hash"],
        "status": quantity(row["receipt_status"]),
        "gasUsed": hex(row["receipt_gas_used"]),
        "cumulativeGasUsed": hex(row["receipt_cumulative_gas_used"]),
        "effectiveGasPrice": quantity(row.get("receipt_effective_gas_price")),
        "contractAddress": row["receipt_contract_address"],
        "logs": [
            {
                "logIndex": hex(log["log_index"]),
                "transactionIndex": hex(log["transaction_index"]),
                "transactionHash": log["transaction_hash"],
                "blockHash": log["block_hash"],
                "address": log["address"],
                "data": log["data"],
                "topics": log["topics"],
            }
            for log in logs
            if log["transaction_hash"] == row["hash"]
        ],
    }


def as_json_rpc(value: Any) -> Any:
    """Whole numbers as nodes write them: some have more than 64 bits, which not every reader of JSON takes."""
    if isinstance(value, dict):
        return {name: as_json_rpc(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_json_rpc(item) for item in value]
    return hex(value) if isinstance(value, int) and not isinstance(value, bool) else value


def node(blocks: Mapping[int, Any], receipts: Mapping[int, Any]) -> Callable[[Asked], Reply]:
    """A node that holds some blocks and their receipts."""

    def outcome(call: dict[str, Any]) -> dict[str, Any]:
        results = {
            "eth_blockNumber": lambda: hex(max(blocks)),
            "eth_getBlockByNumber": lambda: blocks[int(call["params"][0], 16)],
            "eth_getBlockReceipts": lambda: receipts[int(call["params"][0], 16)],
        }
        if call["method"] not in results:
            return {"id": call["id"], "error": {"code": -32601, "message": "method not found"}}
        return {"id": call["id"], "result": results[call["method"]]()}

    def answer(asked: Asked) -> Reply:
        body = json.loads(asked.body)
        return Reply.json([outcome(call) for call in body] if isinstance(body, list) else outcome(body))

    return answer


def synced(network: Mapping[str, object], folder: Path) -> dict[str, Rows]:
    warehouse = FakeWarehouse()
    config = {
        "networks": [{"network": "mainnet", "finality_blocks": 0, **network}],
        "staging_dir": str(folder / "staging"),
        "transport": TRANSPORT,
    }
    report = run(EvmSource(clock=lambda: NOW), config, warehouse)
    assert report.quarantined == 0
    return {
        stream: [{name: value for name, value in row.items() if name != "_record_ref"} for row in rows]
        for stream, rows in tables(warehouse, "evm", STREAMS).items()
    }


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("blocks_17173049_17173050", {"blocks": 2, "transactions": 298, "receipts": 298, "logs": 681, "traces": 0}),
        ("blocks_1755634_1755635", {"blocks": 2, "transactions": 2, "receipts": 2, "logs": 2, "traces": 0}),
    ],
)
def test_a_node_and_files_give_the_same_rows_of_real_blocks(
    fixtures: dict[str, Rows], name: str, counts: dict[str, int], tmp_path: Path
) -> None:
    given = {kind: fixtures[f"test_stream/{name}/expected_{kind}.json"] for kind in ("blocks", "transactions", "logs")}
    blocks = {row["number"]: as_block(row, given["transactions"]) for row in given["blocks"]}
    receipts: dict[int, Rows] = defaultdict(list)
    for row in given["transactions"]:
        receipts[row["block_number"]].append(as_receipt(row, given["logs"]))
    with Upstream({"/": node(blocks, receipts)}) as upstream:
        found = synced({"rpc_url": f"{upstream.url}/", "start_block": min(blocks)}, tmp_path)
    drop = tmp_path / "drop"
    drop.mkdir()
    for kind, rows in given.items():
        exact = [{key: _text(value) for key, value in row.items() if key != "withdrawals"} for row in rows]
        pq.write_table(pa.Table.from_pylist(exact), drop / f"{kind}.parquet")

    dropped = synced({"files": [str(drop)]}, tmp_path)

    assert {stream: len(rows) for stream, rows in found.items()} == counts
    assert {row["value"] for row in found["transactions"]} == {str(row["value"]) for row in given["transactions"]}
    assert sorted(dropped["blocks"], key=str) == sorted(found["blocks"], key=str)
    for stream in ("transactions", "receipts", "logs"):
        assert Counter(map(str, dropped[stream])) == Counter(map(str, found[stream])), stream


def _text(value: object) -> object:
    """Whole numbers as text: some have more than 64 bits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_traces_of_an_old_block_are_read_from_a_file(fixtures: dict[str, Rows], tmp_path: Path) -> None:
    rows = fixtures["test_stream/blocks_508110_508110/expected_traces.json"]
    drop = tmp_path / "drop"
    drop.mkdir()
    exact = [{key: _text(value) for key, value in row.items() if key != "trace_address"} for row in rows]
    places = [",".join(map(str, row["trace_address"] or [])) for row in rows]
    table = pa.Table.from_pylist(exact).append_column("trace_address", pa.array(places))
    pq.write_table(table, drop / "traces.parquet")

    found = synced({"files": [str(drop)]}, tmp_path)["traces"]

    assert len(found) == len(rows)
    (created,) = [row for row in found if row["trace_type"] == "create"]
    assert created["to_address"] == "0xaec3266ebd18361ab1378646e91f0c5c373038da"
    assert created["code_size"] == (len(rows[0]["output"]) - 2) // 2 == 2588
    assert sorted(row["value"] for row in found if row["trace_type"] == "reward") == [
        "3750000000000000000",
        "5156250000000000000",
    ]


def test_blocks_of_another_export_are_read_as_a_node_gives_them(real_data: Path, tmp_path: Path) -> None:
    with gzip.open(real_data / "events/onchain/ethereum_blocks_dlt.json.gz", "rt", encoding="utf-8") as file:
        given = json.load(file)
    blocks = {block["number"]: as_json_rpc(block) for block in given}
    receipts = {
        block["number"]: [
            {
                "transactionHash": one["hash"],
                "transactionIndex": one["transactionIndex"],
                "status": one["status"],
                "logs": one["logs"],
            }
            for one in block["transactions"]
        ]
        for block in given
    }
    with Upstream({"/": node(blocks, receipts)}) as upstream:
        found = synced({"rpc_url": f"{upstream.url}/", "start_block": min(blocks)}, tmp_path)

    sent = [one for block in given for one in block["transactions"]]
    assert len(found["blocks"]) == 2
    assert Counter(row["value"] for row in found["transactions"]) == Counter(str(one["value"]) for one in sent)
    assert len(found["logs"]) == sum(len(one["logs"]) for one in sent)
    assert sum(row["is_successful"] for row in found["receipts"]) == sum(one["status"] for one in sent)


def defillama(documents: Mapping[str, Any], tmp_path: Path) -> World:
    """The documents of protocols, through the connector and the models up to days."""
    warehouse = FakeWarehouse()
    answers = {f"/protocol/{slug}": Reply.json(document) for slug, document in documents.items()}
    with Upstream(answers) as upstream:
        source = DeclarativeSource("defillama", ROOT / "connectors" / "defillama", sleep=lambda seconds: None)
        config = {"slugs": sorted(documents), "api_url": upstream.url, "transport": TRANSPORT}
        run(source, config, warehouse, streams=["protocols"])
    world = World(tmp_path / "lake", tmp_path / "dbt")
    world.fill({"defillama__protocols": warehouse.query("select * from raw.defillama__protocols").to_pylist()})
    models = ("path:models/staging/defillama", "int_defillama_points", "int_defillama_daily")
    world.build(as_of=NOW.date(), select=models)
    return world


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.slow
def test_published_events_of_value_locked_come_out_as_they_went_in(real_data: Path, tmp_path: Path) -> None:
    table = pq.read_table(real_data / "events/onchain/defillama_tvl_events_oso_schema.parquet")
    events = [row for row in table.to_pylist() if row["event_type"] == "TVL"]
    documents: dict[str, Any] = {}
    for row in events:
        slug, chain = row["to_artifact_name"], row["to_artifact_namespace"]
        document = documents.setdefault(slug, {"name": slug, "tvl": [], "chainTvls": {}})
        points = document["chainTvls"].setdefault(chain.title(), {"tvl": []})["tvl"]
        points.append({"date": seconds(row["time"]), "totalLiquidityUSD": row["amount"]})

    world = defillama(documents, tmp_path)

    found = {
        (slug, chain or section, str(at)): amount
        for slug, chain, section, at, amount in world.rows("""
            select protocol_slug, chain, section, measured_at, amount from intermediate.int_defillama_points
        """)
    }
    expected = {(row["to_artifact_name"], row["to_artifact_namespace"], row["time"]): row["amount"] for row in events}
    assert len(events) == 398953
    assert found == expected
    assert sum(float(str(amount)) < 0 for amount in found.values()) == 43
    ((days, distinct, closing),) = world.rows("""
        select count(*), count(distinct (protocol_slug, chain, section, day)), count(*) filter (
            where measured_at = date_trunc('hour', measured_at)) from intermediate.int_defillama_daily
    """)
    assert days == distinct
    # Points of the moment, the last ones of most series, make way for the day's own.
    assert 397500 < int(str(closing)) <= int(str(days)) < 398953


@pytest.mark.slow
def test_totals_that_grants_were_judged_by_come_out_by_day(real_data: Path, tmp_path: Path) -> None:
    rows = pq.read_table(real_data / "events/onchain/op_grants_protocol_tvl.parquet").to_pylist()
    documents: dict[str, Any] = {}
    for row in rows:
        slug = f"{row['project']}-{row['protocol']}".replace("_", "-").translate(dict.fromkeys(map(ord, "()'&"), None))
        document = documents.setdefault(slug, {"name": slug, "chainTvls": {}, "tvl": []})
        document["tvl"].append({"date": row["date"], "totalLiquidityUSD": row["totalLiquidityUSD"]})

    world = defillama(documents, tmp_path)

    found = {
        (slug, day): amount
        for slug, day, amount in world.rows("""
        select protocol_slug, day, amount from intermediate.int_defillama_daily where chain = '' and section = ''
    """)
    }
    expected: dict[tuple[str, object], float] = {}
    for slug, document in documents.items():
        for point in document["tvl"]:
            at = datetime.fromtimestamp(point["date"], UTC)
            if at.minute == at.second == 0:
                expected.setdefault((slug, (at + timedelta(hours=12)).date()), point["totalLiquidityUSD"])
            if at.hour == at.minute == at.second == 0:
                expected[slug, at.date()] = point["totalLiquidityUSD"]
    assert len(rows) == 59809
    assert len(expected) > 58000
    assert {key: found[key] for key in expected} == expected
    assert all(datetime(2018, 1, 1, tzinfo=UTC).date() < day for _, day in found)
