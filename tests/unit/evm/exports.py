"""A chain as others export it: tables with the names and types of ethereum-etl, Goldsky and cryo."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from observer.testing.upstream.chain import GeneratedChain

Rows = list[dict[str, Any]]


def number(value: str | None) -> int | None:
    return None if value is None else int(value, 16)


def text(value: str | None) -> str | None:
    return None if value is None else str(int(value, 16))


def etl(chain: GeneratedChain, last: int) -> dict[str, Rows]:
    """Tables as ethereum-etl writes them, receipts joined to transactions as Goldsky has them."""
    blocks = [chain.block(n) for n in range(last + 1)]
    receipts = [receipt for n in range(last + 1) for receipt in chain.receipts(n)]
    transactions = [transaction for block in blocks for transaction in block["transactions"]]
    return {
        "blocks": [_block(block) for block in blocks],
        "transactions": [_transaction(t, r) for t, r in zip(transactions, receipts, strict=True)],
        "logs": [_log(log) for receipt in receipts for log in receipt["logs"]],
        "traces": [row for n in range(last + 1) for row in _traces(chain.flat_traces(n))],
    }


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number(block["number"]),
        "hash": block["hash"],
        "parent_hash": block["parentHash"],
        "transactions_root": "0x",
        "miner": block["miner"],
        "difficulty": text(block["difficulty"]),
        "size": number(block["size"]),
        "gas_limit": number(block["gasLimit"]),
        "gas_used": number(block["gasUsed"]),
        "timestamp": number(block["timestamp"]),
        "transaction_count": len(block["transactions"]),
        "base_fee_per_gas": number(block["baseFeePerGas"]),
    }


def _transaction(item: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hash": item["hash"],
        "nonce": number(item["nonce"]),
        "block_hash": item["blockHash"],
        "block_number": number(item["blockNumber"]),
        "transaction_index": number(item["transactionIndex"]),
        "from_address": item["from"].upper().replace("X", "x"),
        "to_address": item["to"],
        "value": text(item["value"]),
        "gas": number(item["gas"]),
        "gas_price": number(item["gasPrice"]),
        "input": item["input"],
        "max_fee_per_gas": number(item["maxFeePerGas"]),
        "max_priority_fee_per_gas": number(item["maxPriorityFeePerGas"]),
        "transaction_type": 2,
        "receipt_status": number(receipt["status"]),
        "receipt_gas_used": number(receipt["gasUsed"]),
        "receipt_cumulative_gas_used": number(receipt["cumulativeGasUsed"]),
        "receipt_effective_gas_price": number(receipt["effectiveGasPrice"]),
        "receipt_contract_address": receipt["contractAddress"],
        "receipt_l1_fee": number(receipt["l1Fee"]),
        "receipt_l1_gas_used": number(receipt["l1GasUsed"]),
        "receipt_l1_gas_price": number(receipt["l1GasPrice"]),
        "receipt_l1_fee_scalar": receipt["l1FeeScalar"],
    }


def _log(log: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "log_index": number(log["logIndex"]),
        "transaction_hash": log["transactionHash"],
        "transaction_index": number(log["transactionIndex"]),
        "block_hash": log["blockHash"],
        "block_number": number(log["blockNumber"]),
        "address": log["address"],
        "data": log["data"],
        "topics": ",".join(log["topics"]),
    }


def _traces(items: Rows) -> Rows:
    failed = {item["transactionPosition"] for item in items if "error" in item}
    return [_trace(item, item["transactionPosition"] not in failed) for item in items]


def _trace(item: Mapping[str, Any], is_successful: bool) -> dict[str, Any]:
    action, result = item["action"], item.get("result") or {}
    is_creation = item["type"] == "create"
    return {
        "block_number": item["blockNumber"],
        "block_hash": item["blockHash"],
        "transaction_hash": item["transactionHash"],
        "transaction_index": item["transactionPosition"],
        "from_address": action["from"],
        "to_address": result.get("address") if is_creation else action["to"],
        "value": text(action["value"]),
        "input": action["init"] if is_creation else action["input"],
        "output": result.get("code") if is_creation else result.get("output"),
        "trace_type": item["type"],
        "call_type": action.get("creationMethod") if is_creation else action["callType"],
        "gas": number(action["gas"]),
        "gas_used": number(result.get("gasUsed")),
        "subtraces": item["subtraces"],
        "trace_address": ",".join(map(str, item["traceAddress"])),
        "error": item.get("error"),
        "status": int(is_successful),
    }


def cryo_traces(rows: Rows) -> Rows:
    """The same traces under cryo's names: addresses as bytes, the outcome by the error alone."""
    return [
        {
            "action_from": _bytes(row["from_address"]),
            "action_to": None if row["trace_type"] == "create" else _bytes(row["to_address"]),
            "action_value": row["value"],
            "action_gas": row["gas"],
            "action_input": None if row["trace_type"] == "create" else _bytes(row["input"]),
            "action_call_type": row["call_type"],
            "action_init": _bytes(row["input"]) if row["trace_type"] == "create" else None,
            "action_reward_type": None,
            "action_type": row["trace_type"],
            "result_gas_used": row["gas_used"],
            "result_output": None,
            "result_code": _bytes(row["output"]) if row["trace_type"] == "create" else None,
            "result_address": _bytes(row["to_address"]) if row["trace_type"] == "create" else None,
            "trace_address": row["trace_address"].replace(",", "_"),
            "subtraces": row["subtraces"],
            "transaction_position": row["transaction_index"],
            "transaction_hash": _bytes(row["transaction_hash"]),
            "block_number": row["block_number"],
            "block_hash": _bytes(row["block_hash"]),
            "error": row["error"],
        }
        for row in rows
    ]


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else bytes.fromhex(value[2:])


def as_decimals(rows: Rows) -> pa.Table:
    """The same transactions with prices as decimals and amounts as hex, and lists in place of joined texts."""
    table = pa.Table.from_pylist(rows)
    prices = pa.array([Decimal(row["gas_price"]) for row in rows], pa.decimal128(38, 9))
    table = table.set_column(table.schema.get_field_index("gas_price"), "gas_price", prices)
    values = pa.array([hex(int(row["value"])) for row in rows])
    return table.set_column(table.schema.get_field_index("value"), "value", values)
