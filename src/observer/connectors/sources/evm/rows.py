"""Objects of JSON-RPC answers as rows of the streams; pure. What does not fit raises ValueError with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from observer.connectors.sources.evm import values

Row = dict[str, Any]
Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A block as far as reading needs it: its place in the chain, its transactions' objects and its row."""

    network: str
    number: int
    hash: str
    parent_hash: str
    at: datetime
    transactions: tuple[Object, ...]
    row: Row

    @property
    def place(self) -> Row:
        """The columns that every row of the block begins with."""
        return {"network": self.network, "block_number": self.number, "block_hash": self.hash}

    def reference(self, part: str = "") -> str:
        """Where a row comes from: `evm:<network>/<number>[/<part>]`."""
        return f"evm:{self.network.lower()}/{self.number}{part and '/' + part}"


def block(network: str, data: Object) -> Block:
    """A block with its transactions as objects."""
    number, own = values.required(data.get("number")), values.block_hash(data.get("hash"))
    parent = values.block_hash(data.get("parentHash"))
    at = values.instant(data.get("timestamp"))
    transactions = data.get("transactions")
    if not isinstance(transactions, list) or not all(isinstance(item, Mapping) for item in transactions):
        raise ValueError(f"block {number} came without its transactions")
    row = {
        "network": network,
        "block_number": number,
        "block_hash": own,
        "parent_hash": parent,
        "block_at": at,
        "miner_address": values.address(data.get("miner")),
        "gas_limit": values.count(data.get("gasLimit")),
        "gas_used": values.count(data.get("gasUsed")),
        "base_fee_per_gas": values.amount(data.get("baseFeePerGas")),
        "difficulty": values.amount(data.get("difficulty")),
        "size_bytes": values.count(data.get("size")),
        "transaction_count": len(transactions),
        "is_canonical": True,
        "_record_ref": f"evm:{network.lower()}/{number}",
    }
    return Block(network, number, own, parent, at, tuple(transactions), row)


def withdrawn(network: str, number: int) -> Row:
    """The row of a number whose block was reorganised away and has no successor yet."""
    names = dict.fromkeys(("block_hash", "parent_hash", "block_at", "miner_address", "base_fee_per_gas", "difficulty"))
    counts = dict.fromkeys(("gas_limit", "gas_used", "size_bytes", "transaction_count"))
    reference = {"_record_ref": f"evm:{network.lower()}/{number}"}
    return {"network": network, "block_number": number, **names, **counts, "is_canonical": False, **reference}


def transaction(of: Block, data: Object) -> Row:
    """A transaction of a block."""
    index = values.required(data.get("transactionIndex"), 31)
    payload = values.code(data.get("input", data.get("data")))
    return {
        **of.place,
        "transaction_index": index,
        "transaction_hash": values.block_hash(data.get("hash")),
        "from_address": values.address(data.get("from")),
        "to_address": values.address(data.get("to")),
        "value": values.amount(data.get("value")),
        "gas_limit": values.count(data.get("gas")),
        "gas_price": values.amount(data.get("gasPrice")),
        "max_fee_per_gas": values.amount(data.get("maxFeePerGas")),
        "max_priority_fee_per_gas": values.amount(data.get("maxPriorityFeePerGas")),
        "nonce": values.count(data.get("nonce")),
        "transaction_type": values.count(data.get("type"), 31) or 0,
        "input_selector": values.selector(payload),
        "input_size": len(payload) // 2,
        "_record_ref": of.reference(str(index)),
    }


def receipt(of: Block, data: Object) -> Row:
    """A receipt of a block's transaction. `is_successful` is null for blocks older than the status (Byzantium)."""
    index = values.required(data.get("transactionIndex"), 31)
    status = data.get("status")
    return {
        **of.place,
        "transaction_index": index,
        "transaction_hash": values.block_hash(data.get("transactionHash")),
        "is_successful": None if status is None else values.quantity(status) == 1,
        "gas_used": values.count(data.get("gasUsed")),
        "cumulative_gas_used": values.count(data.get("cumulativeGasUsed")),
        "effective_gas_price": values.amount(data.get("effectiveGasPrice")),
        "contract_address": values.address(data.get("contractAddress")),
        "l1_fee": values.amount(data.get("l1Fee")),
        "l1_gas_used": values.amount(data.get("l1GasUsed")),
        "l1_gas_price": values.amount(data.get("l1GasPrice")),
        "l1_fee_scalar": None if data.get("l1FeeScalar") is None else str(data["l1FeeScalar"]),
        "_record_ref": of.reference(f"{index}/receipt"),
    }


def log(of: Block, data: Object) -> Row:
    """A log of a block."""
    number = values.required(data.get("logIndex"), 31)
    topics = data.get("topics")
    if not isinstance(topics, list) or len(topics) > 4:
        raise ValueError("a log without a list of topics")
    padded = [values.block_hash(topic) for topic in topics] + [None] * (4 - len(topics))
    return {
        **of.place,
        "transaction_index": values.count(data.get("transactionIndex"), 31),
        "transaction_hash": values.block_hash(data.get("transactionHash")),
        "log_index": number,
        "address": values.address(data.get("address")),
        **{f"topic{position}": topic for position, topic in enumerate(padded)},
        "data": "0x" + values.code(data.get("data")),
        "_record_ref": of.reference(f"log/{number}"),
    }


_BLOCK_FIELDS = """author baseFeePerGas blobGasUsed difficulty excessBlobGas extraData gasLimit gasUsed hash
    l1BlockNumber logsBloom miner mixHash nonce number parentBeaconBlockRoot parentHash receiptsRoot requestsHash
    sealFields sendCount sendRoot sha3Uncles size stateRoot timestamp totalDifficulty transactions transactionsRoot
    uncles withdrawals withdrawalsRoot milliTimestamp"""
_TRANSACTION_FIELDS = """accessList authorizationList blobVersionedHashes blockHash blockNumber blockTimestamp chainId
    condition creates data depositReceiptVersion from gas gasPrice hash input isSystemTx maxFeePerBlobGas maxFeePerGas
    maxPriorityFeePerGas mint nonce publicKey queueIndex queueOrigin r raw rawTransaction requestId s sourceHash
    standardV to transactionIndex type v value yParity index l1BlockNumber l1Timestamp l1TxOrigin"""
_RECEIPT_FIELDS = """blobGasPrice blobGasUsed blockHash blockNumber blockTimestamp contractAddress cumulativeGasUsed
    daFootprintGasScalar depositNonce depositReceiptVersion effectiveGasPrice from gasUsed gasUsedForL1 l1BaseFeeScalar
    l1BlobBaseFee l1BlobBaseFeeScalar l1BlockNumber l1Fee l1FeeScalar l1GasPrice l1GasUsed logs logsBloom
    operatorFeeConstant operatorFeeScalar root status timeboosted to transactionHash transactionIndex type"""
_LOG_FIELDS = """address blockHash blockNumber blockTimestamp data logIndex removed topics transactionHash
    transactionIndex transactionLogIndex type"""
_TRACE_FIELDS = """action blockHash blockNumber error result subtraces traceAddress transactionHash
    transactionPosition type txHash calls from gas gasUsed input output revertReason to value logs index
    beforeEVMTransfers afterEVMTransfers"""
KNOWN_FIELDS = {
    "blocks": frozenset(_BLOCK_FIELDS.split()),
    "transactions": frozenset(_TRANSACTION_FIELDS.split()),
    "receipts": frozenset(_RECEIPT_FIELDS.split()),
    "logs": frozenset(_LOG_FIELDS.split()),
    "traces": frozenset(_TRACE_FIELDS.split()),
}


def unknown_fields(stream: str, data: Object) -> Iterator[str]:
    """The names of an object's fields that no node was known to give."""
    yield from data.keys() - KNOWN_FIELDS[stream]
