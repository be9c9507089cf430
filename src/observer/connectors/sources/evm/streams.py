"""The streams of the evm source. Whole numbers of up to 256 bits are decimal text; hashes and addresses lower case."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _INT, _LONG, _BOOL, _TIME = pa.string(), pa.int32(), pa.int64(), pa.bool_(), pa.timestamp("us")
_REFERENCE = ("_record_ref", _TEXT)
_BLOCK = [("network", _TEXT), ("block_number", _LONG), ("block_hash", _TEXT)]
_TRANSACTION = [*_BLOCK, ("transaction_index", _INT), ("transaction_hash", _TEXT)]


def _stream(name: str, key: tuple[str, ...], *columns: tuple[str, pa.DataType]) -> Stream:
    return Stream(name, pa.schema([*columns, _REFERENCE]), key, WriteMode.UPSERT)


# A number has one row: another block of the same number takes its place, and is_canonical is false where none does.
BLOCKS = _stream(
    "blocks",
    ("network", "block_number"),
    *_BLOCK,
    ("parent_hash", _TEXT),
    ("block_at", _TIME),
    ("miner_address", _TEXT),
    ("gas_limit", _LONG),
    ("gas_used", _LONG),
    ("base_fee_per_gas", _TEXT),
    ("difficulty", _TEXT),
    ("size_bytes", _LONG),
    ("transaction_count", _INT),
    ("is_canonical", _BOOL),
)

TRANSACTIONS = _stream(
    "transactions",
    ("network", "block_number", "block_hash", "transaction_index"),
    *_TRANSACTION,
    ("from_address", _TEXT),
    ("to_address", _TEXT),
    ("value", _TEXT),
    ("gas_limit", _LONG),
    ("gas_price", _TEXT),
    ("max_fee_per_gas", _TEXT),
    ("max_priority_fee_per_gas", _TEXT),
    ("nonce", _LONG),
    ("transaction_type", _INT),
    ("input_selector", _TEXT),
    ("input_size", _INT),
)

RECEIPTS = _stream(
    "receipts",
    ("network", "block_number", "block_hash", "transaction_index"),
    *_TRANSACTION,
    ("is_successful", _BOOL),
    ("gas_used", _LONG),
    ("cumulative_gas_used", _LONG),
    ("effective_gas_price", _TEXT),
    ("contract_address", _TEXT),
    ("l1_fee", _TEXT),
    ("l1_gas_used", _TEXT),
    ("l1_gas_price", _TEXT),
    ("l1_fee_scalar", _TEXT),
)

LOGS = _stream(
    "logs",
    ("network", "block_number", "block_hash", "log_index"),
    *_TRANSACTION,
    ("log_index", _INT),
    ("address", _TEXT),
    ("topic0", _TEXT),
    ("topic1", _TEXT),
    ("topic2", _TEXT),
    ("topic3", _TEXT),
    ("data", _TEXT),
)

TRACES = _stream(
    "traces",
    ("network", "block_number", "block_hash", "trace_key"),
    *_TRANSACTION,
    ("trace_key", _TEXT),
    ("trace_address", _TEXT),
    ("trace_type", _TEXT),
    ("call_type", _TEXT),
    ("from_address", _TEXT),
    ("to_address", _TEXT),
    ("value", _TEXT),
    ("gas", _LONG),
    ("gas_used", _LONG),
    ("input_selector", _TEXT),
    ("input_size", _INT),
    ("subtrace_count", _INT),
    ("error", _TEXT),
    ("is_successful", _BOOL),
    ("code_sha256", _TEXT),
    ("code_size", _INT),
    ("implementation_address", _TEXT),
)

ALL = (BLOCKS, TRANSACTIONS, RECEIPTS, LOGS, TRACES)
