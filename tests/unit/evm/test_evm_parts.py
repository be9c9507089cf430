"""Quantities, code, errors of nodes, and how far a network was read: by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.connectors.sources.evm import values
from observer.connectors.sources.evm.client import Failure
from observer.connectors.sources.evm.progress import REMEMBERED, Progress, loaded

TARGET = "bebebebebebebebebebebebebebebebebebebebe"


@given(st.integers(min_value=0, max_value=2**256 - 1))
def test_a_quantity_is_exact_in_every_form(number: int) -> None:
    assert values.amount(hex(number)) == values.amount(str(number)) == values.amount(number) == str(number)


@pytest.mark.parametrize("wrong", ["0x", "", "1e18", "-1", -1, 1.0, True, None, "0x" + "f" * 65, str(2**256), [1]])
def test_what_is_no_quantity_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"quantity|256 bits"):
        values.quantity(wrong)


def test_a_count_that_does_not_fit_is_refused() -> None:
    assert values.count(hex(2**63 - 1)) == 2**63 - 1
    with pytest.raises(ValueError, match="64 bits"):
        values.count(hex(2**63))


@pytest.mark.parametrize(
    ("code", "target"),
    [
        (f"363d3d373d3d3d363d73{TARGET}5af43d82803e903d91602b57fd5bf3", TARGET),
        (f"363d3d373d3d3d363d71{TARGET[4:]}5af43d82803e903d91602957fd5bf3", "0000" + TARGET[4:]),
        (f"365f5f375f5f365f73{TARGET}5af43d5f5f3e5f3d91602a57fd5bf3", TARGET),
        (f"3d3d3d3d363d3d37363d73{TARGET}5af43d3d93803e602a57fd5bf3", TARGET),
        (f"363d3d373d3d3d363d73{TARGET}", None),
        (f"363d3d373d3d3d363d73{TARGET[:20]}5af4", None),
        ("6080604052", None),
        ("", None),
    ],
)
def test_minimal_proxies_are_known_by_their_code(code: str, target: str | None) -> None:
    assert values.minimal_proxy_target(code) == (f"0x{target}" if target else None)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure(-32601, "Method not found"), "no method"),
        (Failure(-32000, "the method trace_block does not exist/is not available"), "no method"),
        (Failure(-32005, "query returned more than 10000 results"), "too much"),
        (Failure(-32602, "block range is too large"), "too much"),
        (Failure(-32000, "Log response size exceeded"), "too much"),
        (Failure(429, "slow down"), "rate"),
        (Failure(-32005, "daily request count exceeded, request rate limited: too many requests"), "rate"),
        (Failure(-32000, "header not found"), "other"),
    ],
)
def test_errors_of_nodes_are_told_apart(failure: Failure, kind: str) -> None:
    told = {"no method": failure.is_no_method, "too much": failure.is_too_much, "rate": failure.is_rate}

    assert [name for name, is_so in told.items() if is_so] == ([kind] if kind in told else [])


def test_progress_goes_back_to_the_last_block_that_is_still_there() -> None:
    progress = Progress(next=5).after((number, f"a{number}") for number in range(5, 10))
    chain = {number: f"{'a' if number < 7 else 'b'}{number}" for number in range(10)}

    back = progress.back_to_common_ancestor(chain.get)

    assert back is not None
    assert (back.next, back.highest, back.parent_hash) == (7, 9, "a6")
    assert progress.back_to_common_ancestor(lambda number: "other") is None
    assert progress.back_to_common_ancestor(lambda number: f"a{number}") == progress


def test_progress_remembers_no_more_than_it_may_and_comes_back_as_it_was() -> None:
    progress = Progress(next=0, streams=frozenset({"blocks"})).after((number, "x") for number in range(1000))

    assert len(progress.recent) == REMEMBERED
    assert loaded(progress.dumped()) == progress
    assert progress.next == 1000
