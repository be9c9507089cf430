"""The evm source against a made-up chain: the suites of all connectors, and what only chains do."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.sources.evm.source import EvmSource
from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.testing.upstream import Upstream
from observer.testing.upstream.chain import FACTORY, IMPLEMENTATION, PROXY, GeneratedChain

if "observer.testing.connector_suite" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite")
if "observer.testing.connector_suite_http" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite_http")
from observer.testing.connector_suite import NOW, KilledError, KilledSource, run, tables
from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite
from observer.testing.warehouse import FakeWarehouse

STREAMS = ("blocks", "transactions", "receipts", "logs", "traces")
Tables = dict[str, list[dict[str, object]]]


@pytest.fixture
def chain() -> GeneratedChain:
    return GeneratedChain(blocks=23)


@pytest.fixture
def upstream(chain: GeneratedChain) -> Iterator[Upstream]:
    with Upstream({"/rpc": chain.answer}) as server:
        yield server


def config_of(upstream: Upstream, tmp_path: Path, **network: object) -> dict[str, Any]:
    entry = {"network": "optimism", "rpc_url": f"{upstream.url}/rpc", "finality_blocks": 3, **network}
    return {
        "networks": [entry],
        "staging_dir": str(tmp_path / "staging"),
        "blocks_per_step": 5,
        "calls_per_request": 4,
        "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
    }


def source(waits: list[float] | None = None) -> EvmSource:
    sleep = (waits if waits is not None else []).append
    return EvmSource(clock=lambda: NOW, sleep=sleep, now=lambda: NOW, jitter=lambda: 0.0)


def canonical(warehouse: FakeWarehouse) -> Tables:
    """The rows of blocks that are in the chain, as the models take them."""
    found = tables(warehouse, "evm", STREAMS)
    known = {row["block_hash"] for row in found["blocks"] if row["is_canonical"]}
    return {stream: [row for row in rows if row["block_hash"] in known] for stream, rows in found.items()}


def synced(config: Mapping[str, Any], warehouse: FakeWarehouse | None = None, **options: Any) -> FakeWarehouse:
    warehouse = warehouse or FakeWarehouse()
    run(source(), config, warehouse, **options)
    return warehouse


def _logs(document: Any, change: Any) -> Any:
    """A JSON-RPC answer with the first list of logs in it changed."""
    items = document if isinstance(document, list) else [document]
    for item in items:
        result = item.get("result")
        if isinstance(result, list) and result and "logIndex" in result[0]:
            item["result"] = change(result)
    return document


class TestEvm(HttpConnectorSuite):
    connector = "evm"

    @pytest.fixture
    def case(self, upstream: Upstream, chain: GeneratedChain, tmp_path: Path) -> HttpCase:
        waits: list[float] = []
        config = config_of(upstream, tmp_path)
        (entry,) = config["networks"]
        taken: list[int] = []

        def without_key(logs: list[Any]) -> list[Any]:
            if taken:
                return logs
            taken.append(1)
            return [{**logs[0], "logIndex": None}, *logs[1:]]

        return HttpCase(
            source(waits),
            config,
            [
                {},
                {**config, "networks": []},
                {**config, "networks": [{"network": "optimism"}]},
                {**config, "networks": [entry, entry]},
                {**config, "networks": [{"network": "x", "rpc_url": "http:///rpc"}]},
                {**config, "networks": [{"network": "x", "rpc_url": "http://169.254.169.254/rpc"}]},
                {**config, "networks": [{"network": "x", "files": [str(tmp_path / "nothing" / "*.parquet")]}]},
                {**config, "transport": {}},
            ],
            chain.counts(0, 20),
            upstream,
            waits,
            path="/rpc",
            stream="logs",
            with_new_field=lambda d: _logs(d, lambda logs: [{**log, "brand_new": 1} for log in logs]),
            without_key=lambda d: _logs(d, without_key),
            emptied=lambda d: _logs(d, lambda logs: []),
            rearranged=lambda d: _logs(d, lambda logs: [*logs[::-1], logs[0]]),
            is_missing_fatal=True,
        )

    def test_the_second_sync_asks_conditionally(self, case: HttpCase) -> None:
        """A node has no conditional answers: what was read is not asked for again at all."""
        warehouse = FakeWarehouse()
        run(case.source, case.config, warehouse)
        case.upstream.asked.clear()

        run(case.source, case.config, warehouse)

        assert len(case.upstream.asked) == 2


def test_both_dialects_of_traces_and_both_ways_to_receipts_give_the_same_rows(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path
) -> None:
    config = config_of(upstream, tmp_path)
    expected = tables(synced(config), "evm", STREAMS)

    chain.trace_style, chain.has_block_receipts = "nested", False
    found = tables(synced(config), "evm", STREAMS)

    assert found == expected
    assert chain.asked["debug_traceBlockByNumber"] > 10
    assert chain.asked["eth_getTransactionReceipt"] == len(expected["receipts"])


def test_a_node_without_traces_or_batches_gives_all_the_rest(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_of(upstream, tmp_path)
    expected = tables(synced(config), "evm", STREAMS)

    chain.trace_style, chain.has_batches = "none", False
    with caplog.at_level(logging.WARNING):
        found = tables(synced(config), "evm", STREAMS)

    assert found == {**expected, "traces": []}
    assert "offers no traces" in caplog.text


@pytest.mark.parametrize("most", [1, 2, 3])
def test_batches_shrink_to_what_a_node_takes(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path, most: int
) -> None:
    config = config_of(upstream, tmp_path)
    expected = tables(synced(config), "evm", STREAMS)

    chain.most_calls = most

    assert tables(synced(config), "evm", STREAMS) == expected


def test_ranges_of_logs_are_halved_where_they_hold_too_many(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path
) -> None:
    config = config_of(upstream, tmp_path)
    expected = tables(synced(config), "evm", ["logs"])
    chain.most_logs, chain.asked = 2, {}

    found = tables(synced(config, streams=["logs"]), "evm", ["logs"])

    assert found == expected
    assert chain.asked["eth_getLogs"] > 5


def test_amounts_of_256_bits_are_exact(upstream: Upstream, chain: GeneratedChain, tmp_path: Path) -> None:
    found = tables(synced(config_of(upstream, tmp_path)), "evm", ["transactions", "blocks"])

    amounts = {row["value"] for row in found["transactions"]} - {"0"}
    assert amounts <= {str(2**255 + number) for number in range(21)}
    assert amounts
    assert {row["difficulty"] for row in found["blocks"]} == {str(2**200 + number) for number in range(21)}


def test_what_is_made_is_known_with_its_code(upstream: Upstream, tmp_path: Path) -> None:
    found = tables(synced(config_of(upstream, tmp_path)), "evm", ["traces"])["traces"]

    made = [row for row in found if row["trace_type"] == "create" and row["is_successful"]]
    clones = [row for row in made if row["call_type"] == "create2"]
    assert {row["to_address"] for row in made if row["call_type"] == "create"} == {FACTORY, IMPLEMENTATION, PROXY}
    assert clones
    assert {row["implementation_address"] for row in clones} == {IMPLEMENTATION}
    assert {row["code_size"] for row in clones} == {45}


def test_a_trace_inside_of_a_failed_one_has_failed(upstream: Upstream, tmp_path: Path) -> None:
    found = tables(synced(config_of(upstream, tmp_path)), "evm", ["traces"])["traces"]

    roots = {row["transaction_hash"]: row["is_successful"] for row in found if row["trace_address"] == ""}
    assert not all(roots.values())
    assert all(row["is_successful"] == roots[row["transaction_hash"]] for row in found)


@pytest.mark.parametrize("newest", [19, 23, 30])
def test_blocks_that_were_reorganised_away_are_replaced(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path, newest: int
) -> None:
    config = config_of(upstream, tmp_path)
    warehouse = synced(config)

    chain.reorganise(15, name="other", blocks=newest)
    synced(config, warehouse)

    assert canonical(warehouse) == canonical(synced(config))
    chain.blocks = 40
    synced(config, warehouse)
    assert canonical(warehouse) == canonical(synced(config))
    assert canonical(warehouse)["blocks"][-1]["is_canonical"] is True


def test_a_reorganisation_in_the_middle_of_a_sync_mixes_no_chains(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path
) -> None:
    config = config_of(upstream, tmp_path)
    requests = 0

    def answer(asked: Any) -> Any:
        nonlocal requests
        requests += 1
        if requests == 12:
            chain.reorganise(7, name="other")
        return chain.answer(asked)

    upstream.answers["/rpc"] = answer
    warehouse = synced(config)

    assert requests > 12
    assert canonical(warehouse) == canonical(synced(config))


def test_a_sync_that_was_killed_during_a_reorganisation_is_taken_up(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path
) -> None:
    config = config_of(upstream, tmp_path)
    first = GeneratedChain(blocks=23)
    for after in (1, 4, 9, 14):
        upstream.answers["/rpc"] = first.answer
        warehouse = synced(config)
        chain = GeneratedChain(blocks=21)
        chain.reorganise(6, name="other")
        upstream.answers["/rpc"] = chain.answer
        try:
            run(KilledSource(source(), after), config, warehouse)
        except KilledError:
            synced(config, warehouse)

        assert canonical(warehouse) == canonical(synced(config))


def test_a_chain_of_which_nothing_is_known_any_more_is_refused(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path
) -> None:
    config = config_of(upstream, tmp_path)
    warehouse = synced(config)
    chain.reorganise(0, name="another network")

    with pytest.raises(SourceError, match="right network"):
        synced(config, warehouse)


def test_a_block_that_the_node_does_not_have_is_tried_again_and_never_left_out(
    upstream: Upstream, chain: GeneratedChain, tmp_path: Path
) -> None:
    config = config_of(upstream, tmp_path)
    expected = tables(synced(config), "evm", STREAMS)
    chain.missing = {11}
    warehouse = FakeWarehouse()

    with pytest.raises(TransientSourceError, match="no block 11"):
        synced(config, warehouse)

    assert {row["block_number"] for row in tables(warehouse, "evm", ["blocks"])["blocks"]} == set(range(10))
    chain.missing = set()
    assert tables(synced(config, warehouse), "evm", STREAMS) == expected


def test_several_networks_are_kept_apart(upstream: Upstream, chain: GeneratedChain, tmp_path: Path) -> None:
    other = GeneratedChain(blocks=9, seed="base")
    upstream.answers["/base"] = other.answer
    config = config_of(upstream, tmp_path)
    config["networks"].append({"network": "base", "rpc_url": f"{upstream.url}/base", "finality_blocks": 0})

    found = tables(synced(config), "evm", STREAMS)

    assert {stream: sum(row["network"] == "BASE" for row in rows) for stream, rows in found.items()} == other.counts()
    assert {
        stream: sum(row["network"] == "OPTIMISM" for row in rows) for stream, rows in found.items()
    } == chain.counts(0, 20)


def test_reading_begins_with_the_first_block_of_a_day(upstream: Upstream, tmp_path: Path) -> None:
    config = config_of(upstream, tmp_path, start_date="2023-11-15")

    found = tables(synced(config), "evm", ["blocks"])["blocks"]

    # The first block is of 2023-11-14 22:13:20, and one comes every half an hour.
    assert min(int(str(row["block_number"])) for row in found) == 4


def test_a_run_reads_no_more_blocks_than_it_may(upstream: Upstream, tmp_path: Path) -> None:
    config = {**config_of(upstream, tmp_path), "blocks_per_run": 7}
    warehouse = FakeWarehouse()

    counts = [len(tables(synced(config, warehouse), "evm", ["blocks"])["blocks"]) for _ in range(4)]

    assert counts == [7, 14, 21, 21]


def test_the_key_in_an_address_is_in_no_error(upstream: Upstream, tmp_path: Path) -> None:
    config = config_of(upstream, tmp_path)
    config["networks"][0] = {"network": "optimism", "rpc_secret_url": f"{upstream.url}/rpc/t0psecret"}

    with pytest.raises((SourceError, ConfigError)) as refused:
        synced(config)

    assert "t0psecret" not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)
