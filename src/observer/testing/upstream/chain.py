"""A made-up EVM chain behind JSON-RPC: the same for a seed, with reorganisations, failures and limits on demand.

On it, a deployer creates a factory, a contract and a proxy of it; people call them, pay each other, and have the
factory make minimal proxies. Fees have the fields of an OP-stack network. Hashes are digests of names, not of content.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from observer.testing.upstream.server import Asked, Reply

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
UPGRADED = "0xbc7cd75a20ee27fd9adebab32041f755214dbc6bffa90cc0225b39da2e5c2d3b"

_START = 1_700_000_000
_SECONDS = 1800
_PRICE = 1_000_000_007
_EMPTY = "0x" + "00" * 32


def hash_of(name: str) -> str:
    """A made-up hash."""
    return "0x" + hashlib.sha256(name.encode()).hexdigest()


def address_of(name: str) -> str:
    """A made-up address; the first byte is zero for names that begin with `zero`."""
    digits = hashlib.sha256(name.encode()).hexdigest()[:40]
    return "0x" + ("00" + digits[2:] if name.startswith("zero") else digits)


def minimal_proxy(target: str) -> str:
    """The code of an EIP-1167 proxy."""
    return f"0x363d3d373d3d3d363d73{target[2:]}5af43d82803e903d91602b57fd5bf3"


DEPLOYER, FACTORY, IMPLEMENTATION, PROXY = (address_of(n) for n in ("deployer", "factory", "implementation", "proxy"))
PEOPLE = tuple(address_of(f"person {number}") for number in range(5))


@dataclass(slots=True)
class GeneratedChain:
    """`blocks` after the first, empty one. The other fields say what kind of node it is, and may change at any time.

    `trace_style` is flat, nested or none; `most_calls` of one request and `most_logs` of one answer are limits;
    `missing` are blocks that the node does not have. `asked` counts the calls by method.
    """

    blocks: int = 12
    seed: str = "chain"
    trace_style: str = "flat"
    has_block_receipts: bool = True
    has_batches: bool = True
    most_calls: int = 1000
    most_logs: int = 1000
    missing: set[int] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    _branches: list[tuple[int, str]] = field(default_factory=list)

    def reorganise(self, first: int, *, name: str, blocks: int | None = None) -> None:
        """From a number on other blocks, as many as before or so that the newest one is number `blocks`."""
        self._branches.append((first, name))
        self.blocks = self.blocks if blocks is None else blocks

    def answer(self, asked: Asked) -> Reply:
        """The answer to one JSON-RPC request, batched or not."""
        body = json.loads(asked.body)
        if not isinstance(body, list):
            return Reply.json(self._outcome(body))
        if not self.has_batches or len(body) > self.most_calls:
            return Reply.json({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batch too large"}})
        # Nodes may answer in any order.
        return Reply.json([self._outcome(call) for call in reversed(body)])

    def counts(self, first: int = 0, last: int | None = None) -> dict[str, int]:
        """How many rows the streams have for some blocks."""
        numbers = range(first, (self.blocks if last is None else last) + 1)
        receipts = [receipt for number in numbers for receipt in self.receipts(number)]
        return {
            "blocks": len(numbers),
            "transactions": len(receipts),
            "receipts": len(receipts),
            "logs": sum(len(receipt["logs"]) for receipt in receipts),
            "traces": sum(len(self.flat_traces(number)) for number in numbers),
        }

    def block(self, number: int) -> dict[str, Any]:
        """The block of a number, with its transactions."""
        own = self._hash(number)
        transactions = [self._transaction(number, index, act) for index, act in enumerate(self._acts(number))]
        return {
            "number": hex(number),
            "hash": own,
            "parentHash": self._hash(number - 1) if number else _EMPTY,
            "timestamp": hex(_START + number * _SECONDS),
            "miner": address_of("miner"),
            "gasLimit": hex(30_000_000),
            "gasUsed": hex(50_000 * len(transactions)),
            "baseFeePerGas": hex(7),
            "difficulty": hex(2**200 + number),
            "size": hex(1000),
            "transactions": transactions,
        }

    def receipts(self, number: int) -> list[dict[str, Any]]:
        """The receipts of a block."""
        found, logs = [], 0
        for index, act in enumerate(self._acts(number)):
            receipt = self._receipt(number, index, act, logs)
            logs += len(receipt["logs"])
            found.append(receipt)
        return found

    def flat_traces(self, number: int) -> list[dict[str, Any]]:
        """The traces of a block as `trace_block` gives them."""
        return [item for index, act in enumerate(self._acts(number)) for item in self._flat(number, index, act)]

    def nested_traces(self, number: int) -> list[dict[str, Any]]:
        """The traces of a block as `debug_traceBlockByNumber` gives them."""
        return [
            {"txHash": self._name(number, index), "result": _nest(self._flat(number, index, act))}
            for index, act in enumerate(self._acts(number))
        ]

    def _outcome(self, call: dict[str, Any]) -> dict[str, Any]:
        method, parameters = call["method"], call["params"]
        self.asked[method] = self.asked.get(method, 0) + 1
        try:
            return {"jsonrpc": "2.0", "id": call["id"], "result": self._result(method, parameters)}
        except LookupError as error:
            code, message = error.args
            return {"jsonrpc": "2.0", "id": call["id"], "error": {"code": code, "message": message}}

    def _result(self, method: str, parameters: list[Any]) -> Any:
        if method == "eth_blockNumber":
            return hex(self.blocks)
        if method == "eth_getLogs":
            return self._logs(parameters[0])
        if method == "eth_getTransactionReceipt":
            every = (receipt for number in range(self.blocks + 1) for receipt in self.receipts(number))
            return next((one for one in every if one["transactionHash"] == parameters[0]), None)
        traces = {"flat": "trace_block", "nested": "debug_traceBlockByNumber"}.get(self.trace_style)
        known = {"eth_getBlockByNumber", *({"eth_getBlockReceipts"} if self.has_block_receipts else ()), traces}
        if method not in known:
            raise LookupError(-32601, f"the method {method} does not exist/is not available")
        number = int(parameters[0], 16)
        if number > self.blocks or number in self.missing:
            return None
        if method == "eth_getBlockByNumber":
            return self.block(number)
        if method == "eth_getBlockReceipts":
            return self.receipts(number)
        return self.flat_traces(number) if method == "trace_block" else self.nested_traces(number)

    def _logs(self, question: dict[str, str]) -> list[dict[str, Any]]:
        numbers = range(int(question["fromBlock"], 16), min(int(question["toBlock"], 16), self.blocks) + 1)
        logs = [log for number in numbers for receipt in self.receipts(number) for log in receipt["logs"]]
        if len(logs) > self.most_logs:
            raise LookupError(-32005, "query returned more than 10000 results")
        return logs

    def _branch(self, number: int) -> str:
        return "".join(name for first, name in self._branches if number >= first)

    def _hash(self, number: int) -> str:
        return hash_of(f"{self.seed} block {number} {self._branch(number)}")

    def _name(self, number: int, index: int) -> str:
        return hash_of(f"{self.seed} transaction {number} {index} {self._branch(number)}")

    def _acts(self, number: int) -> list[str]:
        """What happens in a block: names of acts, in their order."""
        if number < 3:
            return [[], ["create factory"], ["create implementation", "create proxy"]][number]
        digest = hashlib.sha256(f"{self.seed} acts {number} {self._branch(number)}".encode()).digest()
        acts = ("call", "transfer", "clone", "fail", "call", "transfer")
        return [f"{acts[byte % len(acts)]} {byte % len(PEOPLE)}" for byte in digest[: 1 + digest[0] % 4]]

    def _transaction(self, number: int, index: int, act: str) -> dict[str, Any]:
        kind, _, rest = act.partition(" ")
        sender = DEPLOYER if kind == "create" else PEOPLE[int(rest)]
        target = {"create": None, "clone": FACTORY, "transfer": PEOPLE[0]}.get(kind, PROXY)
        short = {"create": "0x6080604052", "transfer": "0x", "clone": "0x1688f0b9"}
        payload = short.get(kind, "0xa9059cbb" + "00" * 64)
        return {
            "blockHash": self._hash(number),
            "blockNumber": hex(number),
            "transactionIndex": hex(index),
            "hash": self._name(number, index),
            "from": sender,
            "to": target,
            "value": hex(2**255 + number) if kind == "transfer" else "0x0",
            "gas": hex(90_000),
            "gasPrice": hex(_PRICE),
            "maxFeePerGas": hex(2 * _PRICE),
            "maxPriorityFeePerGas": hex(1),
            "nonce": hex(number),
            "type": "0x2",
            "input": payload,
        }

    def _receipt(self, number: int, index: int, act: str, logs: int) -> dict[str, Any]:
        kind, _, rest = act.partition(" ")
        place = {"blockHash": self._hash(number), "blockNumber": hex(number), "transactionIndex": hex(index)}
        own = {**place, "transactionHash": self._name(number, index)}
        topics = {
            "call": [TRANSFER, "0x" + "0" * 24 + PROXY[2:], "0x" + "0" * 24 + PEOPLE[0][2:]],
            "create": [UPGRADED, "0x" + "0" * 24 + IMPLEMENTATION[2:]] if rest == "proxy" else None,
        }.get(kind)
        log = {**own, "logIndex": hex(logs), "address": PROXY, "topics": topics, "data": "0x" + "0" * 63 + "7"}
        return {
            **own,
            "status": "0x0" if kind == "fail" else "0x1",
            "gasUsed": hex(50_000 + index),
            "cumulativeGasUsed": hex(50_000 * (index + 1)),
            "effectiveGasPrice": hex(_PRICE),
            "contractAddress": address_of(rest) if kind == "create" else None,
            "l1Fee": hex(10**12 + number),
            "l1GasUsed": hex(1600),
            "l1GasPrice": hex(10**9),
            "l1FeeScalar": "0.684",
            "logs": [log] if topics else [],
        }

    def _flat(self, number: int, index: int, act: str) -> list[dict[str, Any]]:
        kind, _, rest = act.partition(" ")
        sent = self._transaction(number, index, act)
        shared: dict[str, Any] = {
            "blockHash": sent["blockHash"],
            "blockNumber": number,
            "transactionHash": sent["hash"],
            "transactionPosition": index,
        }
        action: dict[str, Any] = {"from": sent["from"], "value": sent["value"], "gas": hex(60_000)}
        done: dict[str, Any] = {"gasUsed": hex(30_000)}
        if kind == "create":
            made = {**done, "address": address_of(rest), "code": "0x6001"}
            born = {**action, "init": sent["input"], "creationMethod": "create"}
            return [{**shared, "type": "create", "action": born, "result": made, "subtraces": 0, "traceAddress": []}]
        call: dict[str, Any] = {**action, "to": sent["to"], "input": sent["input"], "callType": "call"}
        root = {**shared, "type": "call", "action": call, "subtraces": 0, "traceAddress": []}
        if kind == "transfer":
            return [{**root, "result": {**done, "output": "0x"}}]
        inner: dict[str, Any]
        if kind == "clone":
            clone = address_of(f"{self.seed} clone {number} {index} {self._branch(number)}")
            born = {"from": FACTORY, "value": "0x0", "gas": hex(40_000), "init": "0x3d602d"}
            born["creationMethod"] = "create2"
            made = {**done, "address": clone, "code": minimal_proxy(IMPLEMENTATION)}
            inner = {**shared, "type": "create", "action": born, "result": made}
        else:
            passed = {**call, "from": PROXY, "to": IMPLEMENTATION, "callType": "delegatecall"}
            inner = {**shared, "type": "call", "action": passed, "result": {**done, "output": "0x"}}
        inner |= {"subtraces": 0, "traceAddress": [0]}
        outcome: dict[str, Any] = {"error": "Reverted"} if kind == "fail" else {"result": {**done, "output": "0x"}}
        return [{**root, **outcome, "subtraces": 1}, inner]


def _nest(flat: list[dict[str, Any]]) -> dict[str, Any]:
    root: dict[str, Any] = _nested(flat[0])
    if len(flat) > 1:
        root["calls"] = [_nested(item) for item in flat[1:]]
    return root


def _nested(item: dict[str, Any]) -> dict[str, Any]:
    action, result = item["action"], item.get("result") or {}
    is_creation = item["type"] == "create"
    node = {
        "type": str(action.get("creationMethod") or action.get("callType")).upper(),
        "from": action["from"],
        "to": result.get("address") if is_creation else action["to"],
        "value": action["value"],
        "gas": action["gas"],
        "input": action["init"] if is_creation else action["input"],
        "output": result.get("code") if is_creation else result.get("output", "0x"),
    }
    node |= {"gasUsed": result["gasUsed"]} if "gasUsed" in result else {}
    return node | ({"error": item["error"]} if "error" in item else {})
