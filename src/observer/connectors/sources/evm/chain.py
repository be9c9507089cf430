"""Reads stretches of a chain from a node: whole blocks with what belongs to them, each checked to be of one chain."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from observer.connectors.sources.evm import rows, values
from observer.connectors.sources.evm.client import Failure, RpcClient
from observer.connectors.sources.evm.rows import Block, Row
from observer.connectors.sources.evm.traces import flat_traces, nested_traces
from observer.connectors.values import excerpt
from observer.errors import SourceError, TransientSourceError

_FLAT, _NESTED = "trace_block", "debug_traceBlockByNumber"
_CALL_TRACER = {"tracer": "callTracer"}


class ReorganisedError(Exception):
    """The chain changed while it was read."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that is no row: its stream, place, the reason and a short excerpt."""

    stream: str
    place: str
    reason: str
    excerpt: str


@dataclass(slots=True)
class Stretch:
    """The rows of consecutive blocks by stream, and what was refused."""

    blocks: list[Block] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def take(self, stream: str, of: Block, items: Any, convert: Callable[[Block, Any], Row]) -> None:
        """Adds each item as a row, or as refused."""
        if not isinstance(items, list):
            raise ValueError(f"block {of.number}: no list of {stream}")
        for item in items:
            try:
                if not isinstance(item, Mapping):
                    raise ValueError("it is no object")
                self.rows.setdefault(stream, []).append(convert(of, item))
            except ValueError as error:
                self.refused.append(Refused(stream, of.reference(), str(error), excerpt(item)))


class Chain:
    """One network through one node. `wanted` are the streams to read; `unknown` gathers new fields by stream."""

    def __init__(self, network: str, client: RpcClient, wanted: frozenset[str], traces: str = "auto") -> None:
        self.network = network
        self.unknown: dict[str, set[str]] = {}
        self.warnings: list[str] = []
        self._client = client
        self._wanted = wanted
        self._has_block_receipts = True
        self._trace_methods = [] if traces == "none" else [traces] if traces != "auto" else [_FLAT, _NESTED]

    def head(self) -> int:
        """The number of the newest block."""
        return self._quantity(self._client.one("eth_blockNumber"))

    def hash_of(self, number: int) -> str | None:
        """The hash of the block that has a number now; None where there is none."""
        header = self._client.one("eth_getBlockByNumber", hex(number), False)
        return str(header["hash"]).lower() if isinstance(header, Mapping) and header.get("hash") else None

    def first_of(self, day: date, newest: int) -> int:
        """The first block of a day or later, found by halving; one more than `newest` where there is none."""
        wanted = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        low, high = 0, newest + 1
        while low < high:
            middle = (low + high) // 2
            header = self._client.one("eth_getBlockByNumber", hex(middle), False)
            if not isinstance(header, Mapping):
                raise TransientSourceError(f"the node has no block {middle}", where=self._client.where)
            if self._quantity(header.get("timestamp")) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def read(self, first: int, last: int, parent_hash: str | None) -> Stretch:
        """The blocks from first to last. Raises ReorganisedError where one does not follow on the one before it."""
        stretch = Stretch()
        try:
            stretch.blocks = self._blocks(first, last, parent_hash)
            self._take(stretch)
        except ValueError as error:
            raise SourceError(f"the node gives what it should not: {error}", where=self._client.where) from error
        return stretch

    def _take(self, stretch: Stretch) -> None:
        blocks, wanted = stretch.blocks, self._wanted
        if "blocks" in wanted:
            stretch.rows["blocks"] = [block.row for block in blocks]
        if "transactions" in wanted:
            for block in blocks:
                self._note("transactions", block.transactions)
                stretch.take("transactions", block, list(block.transactions), rows.transaction)
        if "receipts" in wanted:
            self._receipts(stretch, has_logs="logs" in wanted)
        elif "logs" in wanted:
            self._logs(stretch)
        if "traces" in wanted and self._trace_methods:
            self._traces(stretch)

    def _blocks(self, first: int, last: int, parent_hash: str | None) -> list[Block]:
        numbers = range(first, last + 1)
        found = self._client.results([("eth_getBlockByNumber", [hex(number), True]) for number in numbers])
        blocks = []
        for number, data in zip(numbers, found, strict=True):
            if not isinstance(data, Mapping):
                raise TransientSourceError(f"the node has no block {number}", where=self._client.where)
            block = rows.block(self.network, data)
            if block.number != number:
                raise ValueError(f"block {block.number} in place of {number}")
            if parent_hash is not None and block.parent_hash != parent_hash:
                raise ReorganisedError(number)
            self._note("blocks", [data])
            blocks.append(block)
            parent_hash = block.hash
        return blocks

    def _receipts(self, stretch: Stretch, *, has_logs: bool) -> None:
        for block, receipts in zip(stretch.blocks, self._receipts_of(stretch.blocks), strict=True):
            _require_same_block(block, receipts)
            if len(receipts) != len(block.transactions):
                what = f"{len(receipts)} receipts of {len(block.transactions)} transactions in block {block.number}"
                raise TransientSourceError(what, where=self._client.where)
            self._note("receipts", receipts)
            stretch.take("receipts", block, receipts, rows.receipt)
            if has_logs:
                logs = [log for receipt in receipts for log in receipt.get("logs") or []]
                self._note("logs", logs)
                stretch.take("logs", block, logs, rows.log)

    def _receipts_of(self, blocks: list[Block]) -> list[list[Any]]:
        if self._has_block_receipts:
            calls = [("eth_getBlockReceipts", [hex(block.number)]) for block in blocks if block.transactions]
            outcomes = list(self._client.outcomes(calls))
            failure = next((outcome for outcome in outcomes if isinstance(outcome, Failure)), None)
            if failure is None:
                answers = iter(outcomes)
                return [_listed(next(answers), block) if block.transactions else [] for block in blocks]
            if not failure.is_no_method:
                raise self._client.error("eth_getBlockReceipts", failure)
            self._has_block_receipts = False
        hashes = [[str(item.get("hash")) for item in block.transactions] for block in blocks]
        flat = [("eth_getTransactionReceipt", [one]) for own in hashes for one in own]
        found = iter(self._client.results(flat))
        by_block = [list(itertools.islice(found, len(own))) for own in hashes]
        return [_listed(own, block) for own, block in zip(by_block, blocks, strict=True)]

    def _logs(self, stretch: Stretch) -> None:
        by_number = {block.number: block for block in stretch.blocks}
        for item in self._log_items(stretch.blocks[0].number, stretch.blocks[-1].number):
            block = by_number.get(self._quantity(item.get("blockNumber")))
            if block is None:
                raise ValueError("a log of a block that was not asked for")
            _require_same_block(block, [item])
            self._note("logs", [item])
            stretch.take("logs", block, [item], rows.log)

    def _log_items(self, first: int, last: int) -> Iterator[Any]:
        """Logs of a range, which is halved where the node has too many of them for one answer."""
        question = {"fromBlock": hex(first), "toBlock": hex(last)}
        (outcome,) = self._client.outcomes([("eth_getLogs", [question])])
        if not isinstance(outcome, Failure):
            if not isinstance(outcome, list) or not all(isinstance(item, Mapping) for item in outcome):
                raise ValueError("no list of logs")
            yield from outcome
            return
        if not outcome.is_too_much or first == last:
            raise self._client.error("eth_getLogs", outcome)
        middle = (first + last) // 2
        yield from self._log_items(first, middle)
        yield from self._log_items(middle + 1, last)

    def _traces(self, stretch: Stretch) -> None:
        while self._trace_methods:
            method = self._trace_methods[0]
            options = [_CALL_TRACER] if method == _NESTED else []
            # Flat traces hold rewards, so that blocks without transactions have some, too.
            asked = [block for block in stretch.blocks if block.transactions or method == _FLAT]
            outcomes = list(self._client.outcomes([(method, [hex(block.number), *options]) for block in asked]))
            failure = next((outcome for outcome in outcomes if isinstance(outcome, Failure)), None)
            if failure is None:
                self._trace_methods = [method]
                for block, items in zip(asked, outcomes, strict=True):
                    self._take_traces(stretch, block, _listed(items, block), method)
                return
            if not failure.is_no_method:
                raise self._client.error(method, failure)
            self._trace_methods.pop(0)
        self.warnings.append(f"{self._client.where} offers no traces: contracts that contracts create are not seen")

    def _take_traces(self, stretch: Stretch, block: Block, items: list[Any], method: str) -> None:
        self._note("traces", [item for item in items if isinstance(item, Mapping)])
        if method == _FLAT:
            _require_same_block(block, items)
        convert = flat_traces if method == _FLAT else nested_traces
        try:
            stretch.rows.setdefault("traces", []).extend(list(convert(block, items)))
        except ValueError as error:
            # Traces of a block hang together: half of them would hide what failed.
            stretch.refused.append(Refused("traces", block.reference("trace"), str(error), ""))

    def _note(self, stream: str, items: Any) -> None:
        for item in items:
            if isinstance(item, Mapping):
                new = set(rows.unknown_fields(stream, item))
                if new:
                    self.unknown.setdefault(stream, set()).update(new)

    def _quantity(self, value: object) -> int:
        try:
            return values.quantity(value)
        except ValueError as error:
            raise SourceError(str(error), where=self._client.where) from error


def _listed(answer: Any, block: Block) -> list[Any]:
    """An answer that must be a list of objects; a node that has lost a block since answers null."""
    if answer is None or (isinstance(answer, list) and any(item is None for item in answer)):
        raise ReorganisedError(block.number)
    if not isinstance(answer, list):
        raise ValueError(f"no list for block {block.number}")
    return answer


def _require_same_block(block: Block, items: Any) -> None:
    for item in items:
        told = item.get("blockHash") if isinstance(item, Mapping) else None
        if told is not None and str(told).lower() != block.hash:
            raise ReorganisedError(block.number)
