"""From raw rows of the three sources to events, users and the published table, in a real lake."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from tests.unit.transform.world import OWN_MODELS, Raw, Row, World, listing, project

from observer.model.identifier import entity_id

AS_OF = date(2024, 11, 30)
ROUND = "0xb1"
PAYEE = "0xa1"


def grant(line: int, to: str | None, amount: str, **more: object) -> Row:
    return {
        "file_path": "uploads/a.csv",
        "line": line,
        "to_project_name": to,
        "amount": amount,
        "funding_date": date(2024, 3, 1),
        "from_funder_name": "example-fund",
        "grant_pool_name": "season-1",
        "metadata": '{"token_unit": "OP"}',
        "token_amount": "0.000000000000000001",
        "token_unit": "OP",
        "_record_ref": f"oss-funding:uploads/a.csv#L{line}",
        **more,
    }


def application(line: int, **more: object) -> Row:
    return {
        "file_path": "results.parquet",
        "line": line,
        "chain_id": 10,
        "round_id": ROUND,
        "project_name": "Alpha",
        "recipient_address": PAYEE,
        "round_at": datetime(2024, 4, 1),
        "donated_usd": "5",
        "matched_usd": "7.5",
        "_record_ref": f"gitcoin:results.parquet#L{line}",
        **more,
    }


def donation(line: int, donor: str, dollars: str, **more: object) -> Row:
    return {
        "file_path": "donations.jsonl",
        "line": line,
        "chain_id": 10,
        "round_id": ROUND,
        "recipient_address": PAYEE,
        "donor_address": donor,
        "donated_at": datetime(2024, 4, 2, 10),
        "donated_usd": dollars,
        "transaction_hash": f"0x{line}",
        "token_amount": str((1 << 256) - 1),
        "_record_ref": f"gitcoin:donations.jsonl#L{line}",
        **more,
    }


def transaction(number: int, kind: str, amount: str, **more: object) -> Row:
    return {
        "transaction_id": f"t{number}",
        "group_id": "g1",
        "created_at": datetime(2024, 5, number),
        "type": "DEBIT" if amount.startswith("-") else "CREDIT",
        "kind": kind,
        "account_slug": "alpha-collective",
        "opposite_account_id": "hash-of-ada",
        "currency": "USD",
        "amount": amount,
        "payment_processor_fee": "0",
        "host_fee": "0",
        "tax_amount": "0",
        "net_amount": amount,
        "is_refund": False,
        "_record_ref": f"open-collective:alpha-collective/t{number}",
        **more,
    }


RAW: Raw = {
    "oss_directory__projects": [project("alpha"), project("beta")],
    "oss_directory__project_artifacts": [
        listing(
            "alpha",
            "open_collective",
            "alpha-collective",
            artifact_source="OPEN_COLLECTIVE",
            artifact_type="ACCOUNT",
            artifact_url="https://opencollective.com/alpha-collective",
        ),
        listing("alpha", "", PAYEE, artifact_source="OPTIMISM", artifact_type="SAFE"),
    ],
    "oss_funding__grants": [
        grant(2, "alpha", "100.25"),
        grant(3, "alpha", "100.25", duplicate_kind="exact", duplicate_of="uploads/a.csv#L2"),
        grant(4, "alpha", "100.25", metadata="{}", duplicate_kind="possible", duplicate_of="uploads/a.csv#L2"),
        grant(5, "unheard-of", "40"),
        grant(6, None, "8"),
        grant(7, "beta", "1", funding_date=date(2025, 1, 1)),
    ],
    "oss_funding__funders": [
        {"path": "f.yaml", "funder_name": "Example-Fund", "display_name": "Example Fund", "_record_ref": "f"},
        {"path": "g.yaml", "funder_name": "gitcoin", "display_name": "Gitcoin Grants", "_record_ref": "g"},
    ],
    "gitcoin__rounds": [
        {"round_key": f"10:{ROUND}", "chain_id": 10, "round_id": ROUND, "round_name": "GG", "_record_ref": "r"},
        {"round_key": ":15", "round_id": "15", "round_name": "main", "_record_ref": "r"},
    ],
    "gitcoin__applications": [
        application(1),
        application(2, chain_id=None, round_id="15", recipient_address="0xff", project_slug="beta", donated_usd="3"),
        application(3, chain_id=None, round_id="15", recipient_address="0xee", donated_usd="2", matched_usd=None),
    ],
    "gitcoin__donations": [
        donation(1, "0xd1", "1.1"),
        donation(2, "0xd2", "2.2"),
        donation(9, "0xd2", "2.2", transaction_hash="0x2", file_path="donations-again.jsonl"),
    ],
    "open_collective__collectives": [
        {"slug": "alpha-collective", "currency": "USD", "balance": "75", "_record_ref": "c"}
    ],
    "open_collective__transactions": [
        transaction(1, "CONTRIBUTION", "100"),
        transaction(2, "HOST_FEE", "-10"),
        transaction(3, "EXPENSE", "-5"),
        transaction(4, "CONTRIBUTION", "-10", is_refund=True),
        transaction(5, "CONTRIBUTION", "20", currency="EUR", opposite_account_id="hash-of-bob"),
    ],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    built = World(tmp_path_factory.mktemp("funding"), tmp_path_factory.mktemp("funding-dbt"))
    built.fill(RAW)
    built.build(as_of=AS_OF, select=OWN_MODELS)
    return built


def test_funding_is_events_from_funders_to_projects_in_dollars(world: World) -> None:
    rows = world.rows("""
        select strftime(e.time, '%Y-%m-%d'), e.event_type, e.event_source, p.project_name, u.display_name, e.amount,
            e.unit, e.basis
        from marts.events e
        join marts.artifacts_by_project p on p.artifact_id = e.to_artifact_id
        left join marts.users u on u.user_id = e.from_artifact_id
        order by 1, 3, 4, 6
    """)

    assert rows == [
        ("2024-03-01", "FUNDING_AWARDED", "OSS_FUNDING", "alpha", "Example Fund", 100.25, "USD", "registry"),
        ("2024-03-01", "FUNDING_AWARDED", "OSS_FUNDING", "alpha", "Example Fund", 100.25, "USD", "registry"),
        ("2024-04-01", "FUNDING_AWARDED", "GITCOIN_DONATIONS", "beta", None, 3.0, "USD", "registry"),
        ("2024-04-01", "FUNDING_AWARDED", "GITCOIN_MATCHING", "alpha", "Gitcoin Grants", 7.5, "USD", "registry"),
        ("2024-04-01", "FUNDING_AWARDED", "GITCOIN_MATCHING", "beta", "Gitcoin Grants", 7.5, "USD", "registry"),
        ("2024-04-02", "FUNDING_AWARDED", "GITCOIN_DONATIONS", "alpha", None, 1.1, "USD", "registry"),
        ("2024-04-02", "FUNDING_AWARDED", "GITCOIN_DONATIONS", "alpha", None, 2.2, "USD", "registry"),
        ("2024-05-01", "CREDIT", "OPEN_COLLECTIVE", "alpha", None, 100.0, "USD", "api"),
        ("2024-05-04", "CREDIT", "OPEN_COLLECTIVE", "alpha", None, -10.0, "USD", "api"),
        ("2024-05-05", "CREDIT", "OPEN_COLLECTIVE", "alpha", None, None, "USD", "api"),
    ]


def test_a_project_that_received_a_grant_is_an_artifact_with_its_own_id(world: World) -> None:
    rows = world.rows("""
        select artifact_id, artifact_source, artifact_namespace, artifact_name, artifact_type, project_id
        from marts.artifacts_by_project where artifact_type = 'PROJECT' order by artifact_name
    """)

    assert rows == [
        (
            entity_id("OSS_DIRECTORY", "oso", name),
            "OSS_DIRECTORY",
            "oso",
            name,
            "PROJECT",
            entity_id("OSS_DIRECTORY", "oso", name),
        )
        for name in ("alpha", "beta")
    ]


def test_donors_are_ids_without_their_address_and_funders_are_organizations(world: World) -> None:
    rows = world.rows(
        "select user_source, user_name, user_class, user_id from marts.users order by 1, 2 nulls first, 4"
    )

    assert [row[:3] for row in rows] == [
        ("GITCOIN", None, "person"),
        ("GITCOIN", None, "person"),
        ("OPEN_COLLECTIVE", None, "person"),
        ("OPEN_COLLECTIVE", None, "person"),
        ("OSS_FUNDING", "example-fund", "organization"),
        ("OSS_FUNDING", "gitcoin", "organization"),
    ]
    assert entity_id("GITCOIN", "0xd1", "0xd1") in {row[3] for row in rows}
    assert entity_id("OSS_FUNDING", "gitcoin", "gitcoin") in {row[3] for row in rows}


def test_the_published_table_keeps_grants_to_projects_that_the_directory_does_not_have(world: World) -> None:
    rows = world.rows("""
        select to_project_name, to_project_id is not null, amount, token_amount, token_unit, grant_pool_name
        from marts.oss_funding where event_source = 'OSS_FUNDING' order by amount, record_ref
    """)

    tokens = ("0.000000000000000001", "OP", "season-1")
    assert rows == [
        (None, False, 8.0, *tokens),
        ("unheard-of", False, 40.0, *tokens),
        ("alpha", True, 100.25, *tokens),
        ("alpha", True, 100.25, *tokens),
    ]


def test_amounts_of_256_bits_reach_the_published_table(world: World) -> None:
    rows = world.rows("select distinct token_amount from marts.oss_funding where event_source = 'GITCOIN_DONATIONS'")

    assert (str((1 << 256) - 1),) in rows


def test_what_is_odd_is_reported_with_its_place(world: World) -> None:
    rows = world.rows("select connector, line, reason from intermediate.int_funding__problems order by 1, 2, 3")

    assert rows == [
        ("gitcoin", 3, "no project of the directory is known to have received it"),
        ("oss-funding", 3, "repeats uploads/a.csv#L2 and is not counted again"),
        ("oss-funding", 4, "equals uploads/a.csv#L2 but for its metadata, and is counted"),
        ("oss-funding", 5, "the directory has no project 'unheard-of'"),
        ("oss-funding", 6, "no project of the directory is known to have received it"),
    ]


def test_a_ledger_reconciles_with_the_balance_that_is_told(world: World) -> None:
    rows = world.rows("""
        select currency, contributed::double, fees::double, expenses::double, computed_balance::double,
            difference::double
        from intermediate.int_open_collective_balances order by currency
    """)

    assert rows == [("EUR", 20.0, 0.0, 0.0, 20.0, None), ("USD", 90.0, -10.0, -5.0, 75.0, 0.0)]


def test_no_funding_is_never_taken_for_zero(world: World) -> None:
    rows = world.rows("select count(*) from marts.coverage where event_type in ('FUNDING_AWARDED', 'CREDIT')")

    assert rows == [(0,)]


def test_events_do_not_depend_on_the_place_of_a_grant_in_its_file(world: World, tmp_path: Path) -> None:
    moved = World(tmp_path / "moved", tmp_path / "dbt")
    moved.fill({**RAW, "oss_funding__grants": [grant(20, "alpha", "100.25", file_path="uploads/b.csv")]})
    moved.build(as_of=AS_OF, select=["+oss_funding"])

    query = "select event_id from marts.oss_funding where event_source = 'OSS_FUNDING'"
    assert set(moved.rows(query)) < set(world.rows(query))
