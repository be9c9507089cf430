"""Traces of both dialects as rows: `trace_block` (flat) and `debug_traceBlockByNumber` with callTracer (nested)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from observer.connectors.sources.evm import values
from observer.connectors.sources.evm.rows import Block, Object, Row

_SELF_DESTRUCT = "suicide"


def flat_traces(of: Block, items: list[Any]) -> Iterator[Row]:
    """Rows of an answer to `trace_block`. A trace has failed where it or one that it is part of has an error."""
    failed: set[tuple[int, tuple[int, ...]]] = set()
    rewards = 0
    for item in items:
        if not isinstance(item, Mapping) or not isinstance(item.get("action"), Mapping):
            raise ValueError("a trace without an action")
        kind = str(item.get("type"))
        if kind == "reward":
            yield _reward(of, item, rewards)
            rewards += 1
            continue
        index = values.required(item.get("transactionPosition"), 31)
        path = tuple(int(step) for step in item.get("traceAddress") or ())
        is_failed = item.get("error") is not None or any((index, path[:end]) in failed for end in range(len(path)))
        if is_failed:
            failed.add((index, path))
        yield _flat(of, item, index, path, not is_failed)


def nested_traces(of: Block, items: list[Any]) -> Iterator[Row]:
    """Rows of an answer to `debug_traceBlockByNumber` with callTracer, one tree for each transaction."""
    if len(items) != len(of.transactions):
        raise ValueError(f"{len(items)} traces for {len(of.transactions)} transactions of block {of.number}")
    for index, (item, transaction) in enumerate(zip(items, of.transactions, strict=True)):
        root = item.get("result") if isinstance(item, Mapping) else None
        if not isinstance(root, Mapping):
            raise ValueError(f"no trace of transaction {index} of block {of.number}")
        own = values.block_hash(transaction.get("hash"))
        yield from _tree(of, root, index, own, (), True)


def _flat(of: Block, item: Object, index: int, path: tuple[int, ...], is_successful: bool) -> Row:
    action, result = item["action"], item.get("result") or {}
    kind = str(item["type"])
    if kind == "create":
        call_type = str(action.get("creationMethod") or "create")
        callee, payload, made = result.get("address"), action.get("init"), values.code(result.get("code"))
    elif kind == _SELF_DESTRUCT:
        call_type, callee, payload, made = "selfdestruct", action.get("refundAddress"), None, ""
    else:
        call_type, made = str(action.get("callType") or kind), ""
        callee, payload = action.get("to"), action.get("input")
    return _row(
        of,
        index,
        values.block_hash(item.get("transactionHash")),
        path,
        trace_type=kind,
        call_type=call_type.lower(),
        from_address=values.address(action.get("from", action.get("address"))),
        to_address=values.address(callee),
        value=values.amount(action.get("value", action.get("balance"))),
        gas=values.count(action.get("gas")),
        gas_used=values.count(result.get("gasUsed")),
        payload=values.code(payload),
        subtrace_count=int(item.get("subtraces") or 0),
        error=item.get("error"),
        is_successful=is_successful,
        made=made,
    )


def _tree(
    of: Block, node: Object, index: int, own: str, path: tuple[int, ...], is_parent_successful: bool
) -> Iterator[Row]:
    # A walk with a stack of its own: calls may be a thousand deep.
    waiting: list[tuple[Object, tuple[int, ...], bool]] = [(node, path, is_parent_successful)]
    while waiting:
        item, place, is_successful = waiting.pop()
        is_successful = is_successful and item.get("error") is None
        calls = item.get("calls") or []
        yield _nested(of, item, index, own, place, is_successful, len(calls))
        waiting.extend((call, (*place, step), is_successful) for step, call in reversed(list(enumerate(calls))))


def _nested(
    of: Block, node: Object, index: int, own: str, path: tuple[int, ...], is_successful: bool, calls: int
) -> Row:
    call_type = str(node.get("type") or "CALL").lower()
    is_creation = call_type in ("create", "create2")
    trace_type = "create" if is_creation else _SELF_DESTRUCT if call_type == "selfdestruct" else "call"
    is_made = is_creation and node.get("error") is None
    return _row(
        of,
        index,
        own,
        path,
        trace_type=trace_type,
        call_type=call_type,
        from_address=values.address(node.get("from")),
        to_address=values.address(node.get("to")) if is_made or not is_creation else None,
        value=values.amount(node.get("value") or "0x0"),
        gas=values.count(node.get("gas")) if trace_type != _SELF_DESTRUCT else None,
        gas_used=values.count(node.get("gasUsed")) if trace_type != _SELF_DESTRUCT else None,
        payload=values.code(node.get("input")),
        subtrace_count=calls,
        error=node.get("error"),
        is_successful=is_successful,
        made=values.code(node.get("output")) if is_made else "",
    )


def _reward(of: Block, item: Object, number: int) -> Row:
    action = item["action"]
    row = _row(
        of,
        None,
        None,
        (),
        trace_type="reward",
        call_type=str(action.get("rewardType") or "block"),
        from_address=None,
        to_address=values.address(action.get("author")),
        value=values.amount(action.get("value")),
        gas=None,
        gas_used=None,
        payload="",
        subtrace_count=0,
        error=None,
        is_successful=True,
        made="",
    )
    return {**row, "trace_key": f"reward:{number}", "_record_ref": of.reference(f"trace/reward:{number}")}


def _row(
    of: Block, index: int | None, own: str | None, path: tuple[int, ...], *, payload: str, made: str, **columns: Any
) -> Row:
    place = ",".join(str(step) for step in path)
    key = f"{index}:{place}"
    error = columns.pop("error")
    return {
        **of.place,
        "transaction_index": index,
        "transaction_hash": own,
        "trace_key": key,
        "trace_address": place,
        **columns,
        "input_selector": values.selector(payload),
        "input_size": len(payload) // 2,
        "error": None if error is None else str(error)[:500],
        "code_sha256": values.code_digest(made),
        "code_size": len(made) // 2 if made else None,
        "implementation_address": values.minimal_proxy_target(made),
        "_record_ref": of.reference(f"trace/{key}"),
    }
