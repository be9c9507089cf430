"""Which stream a table of a file holds, and where in it each column stands, by the names that exporters use; pure.

Known are Goldsky's and ethereum-etl's names, BigQuery's public data sets after them, and cryo's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds: how its values are brought into the form of the streams."""

    HEX = "hex"
    AMOUNT = "amount"
    COUNT = "count"
    TIME = "time"
    STATUS = "status"
    TEXT = "text"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a stream, or a part of one, and the names that it has in files; the first that is there counts."""

    name: str
    kind: Kind
    names: tuple[str, ...]


def _places(lines: str) -> tuple[Place, ...]:
    """Places from lines of `name kind name-in-file...`."""
    parts = (line.split() for line in lines.strip().splitlines())
    return tuple(Place(part[0], Kind(part[1]), tuple(part[2:])) for part in parts)


_TRANSACTION = """
    block_number count block_number
    block_hash hex block_hash
    transaction_index count transaction_index transaction_position"""

PLACES: dict[str, tuple[Place, ...]] = {
    "blocks": _places("""
        block_number count number block_number
        block_hash hex hash block_hash
        parent_hash hex parent_hash
        block_at time timestamp block_timestamp
        miner_address hex miner author
        gas_limit count gas_limit
        gas_used count gas_used
        base_fee_per_gas amount base_fee_per_gas
        difficulty amount difficulty
        size_bytes count size
        transaction_count count transaction_count"""),
    "transactions": _places(
        _TRANSACTION
        + """
        transaction_hash hex hash transaction_hash
        from_address hex from_address
        to_address hex to_address
        value amount value_lossless value_string value_binary value
        gas_limit count gas gas_limit
        gas_price amount gas_price
        max_fee_per_gas amount max_fee_per_gas
        max_priority_fee_per_gas amount max_priority_fee_per_gas
        nonce count nonce
        transaction_type count transaction_type
        payload hex input"""
    ),
    "receipts": _places(
        _TRANSACTION
        + """
        transaction_hash hex transaction_hash hash
        is_successful status receipt_status status success
        gas_used count receipt_gas_used gas_used
        cumulative_gas_used count receipt_cumulative_gas_used cumulative_gas_used
        effective_gas_price amount receipt_effective_gas_price effective_gas_price
        contract_address hex receipt_contract_address contract_address
        l1_fee amount receipt_l1_fee l1_fee
        l1_gas_used amount receipt_l1_gas_used l1_gas_used
        l1_gas_price amount receipt_l1_gas_price l1_gas_price
        l1_fee_scalar text receipt_l1_fee_scalar l1_fee_scalar"""
    ),
    "logs": _places(
        _TRANSACTION
        + """
        transaction_hash hex transaction_hash
        log_index count log_index
        address hex address
        topics path topics
        topic0 hex topic0
        topic1 hex topic1
        topic2 hex topic2
        topic3 hex topic3
        data hex data"""
    ),
    "traces": _places(
        _TRANSACTION
        + """
        transaction_hash hex transaction_hash
        trace_address path trace_address
        trace_type text trace_type action_type
        call_type text call_type action_call_type
        reward_type text reward_type action_reward_type
        from_address hex from_address action_from
        to_address hex to_address action_to
        made_address hex result_address
        value amount value_lossless value_string value action_value
        gas count gas action_gas
        gas_used count gas_used result_gas_used
        payload hex input action_input
        init hex action_init
        output hex result_code output
        subtrace_count count subtraces
        error text error
        is_successful status status"""
    ),
}

# The words by which streams are told apart, tried in this order: one of each group must be there.
_MARKS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    ("logs", (frozenset({"log_index"}), frozenset({"topics", "topic0"}))),
    ("traces", (frozenset({"trace_type", "action_type"}), frozenset({"trace_address"}))),
    ("transactions", (frozenset({"nonce"}), frozenset({"from_address"}), frozenset({"transaction_index"}))),
    ("receipts", (frozenset({"cumulative_gas_used"}), frozenset({"transaction_index"}))),
    ("blocks", (frozenset({"number", "block_number"}), frozenset({"hash", "block_hash"}), frozenset({"timestamp"}))),
)
_RECEIPT_MARKS = (frozenset({"receipt_gas_used", "gas_used"}), frozenset({"receipt_status", "success"}))


def streams_of(columns: Iterable[str]) -> tuple[str, ...]:
    """The streams whose rows a table with these columns holds; none where its form is not known."""
    names = {column.lower() for column in columns}
    found = next((stream for stream, marks in _MARKS if all(mark & names for mark in marks)), None)
    if found is None:
        return ()
    has_receipts = found == "transactions" and all(mark & names for mark in _RECEIPT_MARKS)
    return (found, "receipts") if has_receipts else (found,)
