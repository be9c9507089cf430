"""Rounds, applications, donations and matching: amounts of 256 bits stay exact, wrong rows are refused one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.funding.conftest import Landed, landed

from observer.connectors import host
from observer.connectors.sources.gitcoin.source import GitcoinSource
from observer.connectors.sources.gitcoin.values import dollars, same_amount, token_amount
from observer.errors import SourceError
from observer.testing.warehouse import FakeWarehouse

LARGEST = (1 << 256) - 1
SAMPLES = Path(__file__).parents[3] / "connectors" / "gitcoin" / "samples"
DONATION: Mapping[str, object] = {
    "timestamp": "2024-04-23 12:00:00 UTC",
    "round_id": "0xAB",
    "round_num": 20,
    "round_name": "Developer tools",
    "chain_id": 42161,
    "project_id": "0xFE",
    "project_name": " Engine ",
    "recipient_address": "0xEE",
    "donor_address": "0xDD",
    "transaction_hash": "0xAA",
    "amount_in_usd": "1.10",
    "amount": str(LARGEST),
}
DISTRIBUTION: Mapping[str, object] = {
    "ChainId": "10",
    "RoundId": "0xAB",
    "ApplicationId": "6",
    "ProjectId": "0xFE",
    "ProjectName": "Engine",
    "ProjectPayoutAddress": "0xEE",
    "MatchAmountInToken": str(LARGEST),
    "MatchAmountInTokenHex": hex(LARGEST),
    "MatchAmountUSD": "1419.62712870919",
}


def read(*locations: Path) -> Landed:
    return landed(GitcoinSource(), {"locations": [str(path) for path in locations]})


def json_lines(path: Path, *rows: Mapping[str, object] | str) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def parquet(path: Path, *rows: Mapping[str, object]) -> Path:
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
    return path


def test_a_donation_keeps_every_digit_of_its_tokens(tmp_path: Path) -> None:
    rows = read(json_lines(tmp_path / "all_donations.jsonl", DONATION))

    (donation,) = rows["donations"]
    assert donation["token_amount"] == str(LARGEST)
    assert (donation["donated_usd"], donation["donated_at"]) == ("1.1", "2024-04-23T12:00:00.000000")
    assert (donation["donor_address"], donation["project_name"]) == ("0xdd", "Engine")
    assert donation["_record_ref"] == "gitcoin:all_donations.jsonl#L1"


def test_a_round_is_told_once_by_all_of_its_rows(tmp_path: Path) -> None:
    rows = read(
        json_lines(tmp_path / "a.jsonl", DONATION, DONATION),
        parquet(tmp_path / "b.parquet", {**DISTRIBUTION, "ChainId": "42161"}),
    )

    assert [(row["round_key"], row["round_name"], row["round_number"]) for row in rows["rounds"]] == [
        ("42161:0xab", "Developer tools", 20)
    ]


def test_matching_in_digits_and_hex_must_agree(tmp_path: Path) -> None:
    wrong = {**DISTRIBUTION, "MatchAmountInTokenHex": "0x01"}

    rows = read(parquet(tmp_path / "m.parquet", DISTRIBUTION, wrong))

    assert [(row["match_amount"], row["matched_usd"]) for row in rows["matching"]] == [
        (str(LARGEST), "1419.62712870919")
    ]
    assert [(row["file"], row["line"], row["reason"]) for row in rows["_quarantine"]] == [
        ("m.parquet", 2, f"the amount is {LARGEST} in digits and 1 in hex")
    ]


def test_tokens_that_were_stored_as_floats_are_refused(tmp_path: Path) -> None:
    rows = read(parquet(tmp_path / "d.parquet", {**DONATION, "amount": 1e18}))

    assert "donations" not in rows
    assert [row["reason"] for row in rows["_quarantine"]] == ["'1e+18' is not a whole amount of tokens"]


def test_rows_that_cannot_be_read_leave_the_others(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "d.jsonl", DONATION, "{", "[1]", {"round_id": "1"}, {**DONATION, "amount_in_usd": -1})

    rows = read(path)

    assert len(rows["donations"]) == 1
    assert [(row["line"], row["reason"]) for row in rows["_quarantine"]] == [
        (2, "the line is not JSON"),
        (3, "the line is not an object"),
        (
            4,
            "the row has no amount_in_usd, chain_id, donor_address, project_id, project_name, "
            "recipient_address, timestamp",
        ),
        (5, "-1 US dollars"),
    ]


def test_applications_come_from_parquet_and_csv_alike(tmp_path: Path) -> None:
    row = {
        "project_name": "Engine",
        "project_github": "Acme",
        "grant_address": "0xEE",
        "round_id": "15",
        "round_name": "main",
        "chain_id": None,
        "round_date": datetime(2022, 9, 7, 15),
        "amount_usd": 0.1,
        "match_usd": 1409.9399999999998,
        "oso_slug": "engine",
    }
    (tmp_path / "a.csv").write_text(
        ",".join(row) + "\n" + ",".join("" if value is None else str(value) for value in row.values())
    )

    binary = read(parquet(tmp_path / "a.parquet", row))["applications"]
    plain = read(tmp_path / "a.csv")["applications"]

    names = ("chain_id", "round_id", "project_github", "donated_usd", "matched_usd", "round_at", "project_slug")
    assert [[row[name] for name in names] for row in binary] == [[row[name] for name in names] for row in plain]
    assert (binary[0]["donated_usd"], binary[0]["matched_usd"]) == ("0.1", "1409.9399999999998")


def test_tables_of_no_known_form_are_refused_and_damaged_ones_end_the_sync(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")

    rows = read(tmp_path / "x.csv")

    assert [row["reason"] for row in rows["_quarantine"]] == ["the columns are of no known form"]
    with pytest.raises(SourceError, match="known form"):
        host.check(GitcoinSource(), {"locations": [str(tmp_path / "x.csv")]})
    with pytest.raises(SourceError, match="not Parquet"):
        read(tmp_path / "x.parquet")


def test_unchanged_files_are_not_loaded_again(tmp_path: Path, sync: Callable[..., host.SyncReport]) -> None:
    warehouse = FakeWarehouse()
    config = {"locations": [str(json_lines(tmp_path / "d.jsonl", DONATION))]}

    assert [sync(GitcoinSource(), config, warehouse).rows for _ in range(2)] == [2, 0]


def test_the_samples_are_read_without_refusals() -> None:
    rows = read(SAMPLES)

    assert rows["_quarantine"] == []
    assert set(rows) == {"_quarantine", "rounds", "applications", "matching", "donations"}
    assert all(len(found) <= 20 for found in rows.values())


@given(st.integers(min_value=0, max_value=LARGEST))
def test_every_amount_of_256_bits_is_the_same_in_digits_and_hex(number: int) -> None:
    assert token_amount(str(number)) == token_amount(hex(number)) == token_amount(number) == str(number)
    assert token_amount(Decimal(number)) == str(number)
    assert same_amount(str(number), hex(number)) == str(number)


@pytest.mark.parametrize("value", [1.0, True, "1.5", "-1", "0x", str(LARGEST + 1), Decimal("1.5"), "1e18"])
def test_what_is_no_amount_of_256_bits_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"whole amount|256 bits"):
        token_amount(value)


@given(st.floats(min_value=1e-18, max_value=1e15))
def test_dollars_are_written_with_the_digits_that_tell_a_float_apart(number: float) -> None:
    assert float(dollars(number) or "x") == number
