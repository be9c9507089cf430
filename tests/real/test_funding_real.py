"""Grants, rounds and ledgers that were published, against counts and builds made elsewhere."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.unit.transform.world import World

from observer.connectors import host
from observer.connectors.sources.gitcoin.source import GitcoinSource
from observer.connectors.sources.open_collective.source import OpenCollectiveSource
from observer.connectors.sources.oss_directory import OssDirectorySource
from observer.connectors.sources.oss_funding.source import OssFundingSource
from observer.directory.load import load_directory
from observer.ports import Source

pytestmark = pytest.mark.real_data

Rows = list[Mapping[str, object]]
SIX = ("to_project_name", "amount", "funding_date", "from_funder_name", "grant_pool_name", "metadata")


def read(source: Source, config: Mapping[str, object]) -> dict[str, Rows]:
    """The records by stream; what was refused under `_quarantine`."""
    rows: dict[str, Rows] = {"_quarantine": []}
    for message in host.read(source, config):
        if message["type"] == "RECORD":
            body = message["record"]
            assert isinstance(body, dict)
            rows.setdefault(body["stream"], []).append(body["data"])
    return rows


@pytest.fixture(scope="module")
def grants(real_data: Path) -> dict[str, Rows]:
    archive = real_data / "funding/oss-funding/funders.tar.xz"
    return read(OssFundingSource(), {"locations": [str(archive)]})


def test_the_build_from_uploads_is_the_published_table(grants: dict[str, Rows], real_data: Path) -> None:
    with gzip.open(real_data / "funding/oss-funding/funding_data.csv.gz", "rt", encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))

    built = grants["grants"]

    def identity(row: Mapping[str, object]) -> tuple[str, ...]:
        names = ("file_path", "to_project_name", "funding_date", "from_funder_name", "grant_pool_name", "metadata")
        return tuple(str(row[name] or "").strip() for name in names)

    assert grants["_quarantine"] == []
    assert len(built) == len(published) == 5071
    assert Counter(map(identity, built)) == Counter(map(identity, published))
    # The same rows of a file stand in the same order, so amounts can be compared one by one.
    by_file: dict[str, list[Decimal]] = {}
    for row in built:
        by_file.setdefault(str(row["file_path"]), []).append(Decimal(str(row["amount"])))
    for row in published:
        amount = by_file[row["file_path"]].pop(0)
        assert abs(amount - Decimal(row["amount"])) <= Decimal("1e-6") * max(Decimal(1), amount)


def test_the_published_figures_of_grants_hold(grants: dict[str, Rows]) -> None:
    rows = grants["grants"]
    amounts = [Decimal(str(row["amount"])) for row in rows]
    by_funder = Counter(str(row["from_funder_name"]) for row in rows)

    assert round(sum(amounts), 2) == Decimal("448389323.24")
    assert (min(str(row["funding_date"]) for row in rows), max(str(row["funding_date"]) for row in rows)) == (
        "2019-07-12",
        "2026-01-08",
    )
    assert sum(row["to_project_name"] is None for row in rows) == 900
    assert len({row["to_project_name"] for row in rows} - {None}) == 1281
    assert len({(row["from_funder_name"], row["grant_pool_name"]) for row in rows}) == 59
    assert sum(amount == 0 for amount in amounts) == 171
    assert by_funder == {
        "optimism": 4081,
        "stellar": 549,
        "octant-golemfoundation": 248,
        "clrfund": 80,
        "dao-drops-dorgtech": 57,
        "arbitrumfoundation": 56,
    }


def test_repeats_are_the_published_ones(grants: dict[str, Rows]) -> None:
    rows = grants["grants"]
    (exact,) = [row for row in rows if row["duplicate_kind"] == "exact"]
    core = Counter(tuple(row[name] for name in SIX[:5]) for row in rows)

    assert (exact["application_name"], exact["amount"], exact["grant_pool_name"]) == (
        "Swan Superchain Application",
        "332500",
        "grants_season_6",
    )
    assert sum(row["duplicate_kind"] is not None for row in rows) == 322
    assert sum(count - 1 for count in core.values()) == 322


def test_tokens_are_read_from_every_shape_of_metadata(grants: dict[str, Rows]) -> None:
    rows = grants["grants"]
    pool = [row for row in rows if row["grant_pool_name"] == "retropgf2"]

    assert Counter((row["from_funder_name"], row["problem"]) for row in rows if row["problem"]) == {
        ("clrfund", "amount is empty, taken for 0"): 6
    }
    assert all(row["application_name"] and row["token_unit"] for row in rows)
    assert sum(row["token_amount"] is None for row in rows) == 80
    assert {Decimal(str(row["amount"])) / Decimal(str(row["token_amount"])) for row in pool} == {Decimal("1.5")}


def test_profiles_and_pools_are_read(grants: dict[str, Rows]) -> None:
    assert {row["funder_name"] for row in grants["funders"]} == {
        "arbitrumfoundation",
        "clrfund",
        "DAO-drops-dorgtech",
        "gitcoin",
        "octant-golemfoundation",
        "optimism",
        "Stellar",
    }
    assert len(grants["grant_pools"]) == 55


@pytest.fixture(scope="module")
def gitcoin(real_data: Path) -> dict[str, Rows]:
    names = ("gitcoin_allo_cgrants_all", "gitcoin_cgrants_by_round", "gitcoin_matching_distributions")
    return read(GitcoinSource(), {"locations": [str(real_data / f"funding/{name}.parquet") for name in names]})


def total(rows: Rows, column: str) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows if row[column] is not None), Decimal(0))


def test_every_row_of_gitcoin_is_read_and_none_refused(gitcoin: dict[str, Rows]) -> None:
    counts = {stream: len(rows) for stream, rows in gitcoin.items()}

    told = {(row["chain_id"], row["round_id"]) for row in (*gitcoin["applications"], *gitcoin["matching"])}
    assert len({key for key in told if key[1] is not None}) == 131
    assert counts == {
        "_quarantine": 0,
        "rounds": 131,
        "applications": 18869,
        "round_results": 15685,
        "matching": 2511,
    }


def test_dollars_of_gitcoin_add_up_without_rounding(gitcoin: dict[str, Rows]) -> None:
    applications = gitcoin["applications"]
    told = [row for row in applications if row["matched_usd"] is not None and row["donated_usd"] is not None]

    assert round(total(applications, "donated_usd"), 6) == Decimal("16683603.974761")
    assert round(total(applications, "matched_usd"), 6) == Decimal("21725962.283018")
    assert round(total(gitcoin["matching"], "matched_usd"), 6) == Decimal("4369562.819727")
    assert all(
        abs(Decimal(str(row["donated_usd"])) + Decimal(str(row["matched_usd"])) - Decimal(str(row["total_usd"])))
        < Decimal("1e-6")
        for row in told
    )


def test_token_amounts_of_gitcoin_are_those_of_the_hex_column(gitcoin: dict[str, Rows], real_data: Path) -> None:
    table = pq.read_table(real_data / "funding/gitcoin_matching_distributions.parquet").to_pylist()

    amounts = [int(str(row["match_amount"])) for row in gitcoin["matching"]]

    assert amounts == [int(row["MatchAmountInTokenHex"], 16) for row in table]
    assert [int(str(row["original_match_amount"])) for row in gitcoin["matching"]] == [
        int(row["OriginalMatchAmountInTokenHex"], 16) for row in table
    ]
    assert max(amounts) == 112500000000000000000000
    assert sum(int(float(amount)) != amount for amount in amounts) > 1000


@pytest.fixture(scope="module")
def ledger(real_data: Path) -> dict[str, Rows]:
    path = real_data / "funding/opencollective_hledger_transactions.csv.gz"
    return read(OpenCollectiveSource(), {"locations": [str(path)]})


def test_the_ledger_of_a_collective_reconciles(ledger: dict[str, Rows], real_data: Path) -> None:
    golden = json.loads((real_data / "funding/opencollective.json").read_text(encoding="utf-8"))
    rows = ledger["transactions"]
    by_kind: dict[str, Decimal] = defaultdict(Decimal)
    by_year: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        by_kind[str(row["kind"])] += Decimal(str(row["net_amount"]))
        by_year[str(row["created_at"])[:4]] += Decimal(str(row["net_amount"]))
    groups = Counter(row["group_id"] for row in rows)
    latest = max(str(row["created_at"]) for row in rows)

    assert ledger["_quarantine"] == []
    assert len(rows) == golden["rows"]
    assert Counter(row["kind"] for row in rows) == golden["counts_by_kind"]
    assert {kind: float(net) for kind, net in by_kind.items()} == golden["net_by_kind"]
    assert {year: float(net) for year, net in by_year.items()} == golden["net_by_year"]
    assert sum(by_kind.values()) == Decimal(str(golden["net_total"]))
    assert len(groups) == golden["groups"]
    assert {str(size): count for size, count in Counter(groups.values()).items()} == golden["group_size_hist"]
    assert sum(row["is_refund"] is True for row in rows) == golden["refund_rows"]
    assert sum(row["is_refunded"] is True for row in rows) == golden["refunded_rows"]
    assert sorted(str(row["balance"]) for row in rows if row["created_at"] == latest) == sorted(
        golden["balance_after_latest_row"]
    )


def test_every_refund_of_the_ledger_names_what_it_takes_back(ledger: dict[str, Rows]) -> None:
    by_id = {row["transaction_id"]: row for row in ledger["transactions"]}
    refunds = [row for row in by_id.values() if row["is_refund"] and row["refund_transaction_id"]]

    assert len(refunds) == 4
    for row in refunds:
        taken_back = by_id[row["refund_transaction_id"]]
        assert taken_back["is_refunded"] is True
        assert Decimal(str(taken_back["amount"])) == -Decimal(str(row["amount"]))


def test_host_fees_are_a_tenth_of_what_came_in(ledger: dict[str, Rows]) -> None:
    inside = [row for row in ledger["transactions"] if row["host_fee"] != "0"]

    assert len(inside) == 219
    assert max(str(row["created_at"]) for row in inside) < "2021-06"
    assert all(
        abs(Decimal(str(r["host_fee"])) / Decimal(str(r["amount"])) + Decimal("0.1")) < Decimal("0.01") for r in inside
    )


@pytest.fixture(scope="module")
def lake(
    grants: dict[str, Rows],
    gitcoin: dict[str, Rows],
    ledger: dict[str, Rows],
    real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    """All of it beside the whole directory, built."""
    archive = real_data / "oss-directory/oss-directory-data.tar.gz"
    directory = read(OssDirectorySource(load_directory), {"location": str(archive)})
    sources = {"oss_directory": directory, "oss_funding": grants, "gitcoin": gitcoin, "open_collective": ledger}
    world = World(tmp_path_factory.mktemp("funding"), tmp_path_factory.mktemp("funding-dbt"))
    world.fill(
        {
            f"{connector}__{stream}": rows
            for connector, streams in sources.items()
            for stream, rows in streams.items()
            if stream != "_quarantine"
        }
    )
    world.build(as_of=date(2026, 10, 31))
    return world


@pytest.mark.slow
def test_every_project_that_was_given_a_grant_is_in_the_directory(lake: World) -> None:
    rows = lake.rows("""
        select count(*), count(to_project_name), count(to_project_id), round(sum(amount), 2)
        from marts.oss_funding where event_source = 'OSS_FUNDING'
    """)

    assert rows == [(5070, 4170, 4170, 448056823.24)]


@pytest.mark.slow
def test_gitcoins_money_is_counted_once(lake: World) -> None:
    rows = {
        str(row[0]): Decimal(str(row[1]))
        for row in lake.rows("""
            select event_source, round(sum(amount), 2) from intermediate.int_funding
            where event_source like 'GITCOIN%' group by 1
        """)
    }
    linked = lake.rows("""
        select count(distinct to_project_id) > 300, sum(amount) > 5e6
        from marts.oss_funding where event_source like 'GITCOIN%' and to_project_id is not null
    """)

    # Matching is that of the distributions where a round has them, else that of the applications.
    assert rows["GITCOIN_DONATIONS"] == Decimal("16683603.97")
    assert Decimal(21725962) < rows["GITCOIN_MATCHING"] < Decimal(21900000)
    assert linked == [(True, True)]


@pytest.mark.slow
def test_the_lake_reconciles_the_ledger(lake: World, ledger: dict[str, Rows]) -> None:
    expenses = total([row for row in ledger["transactions"] if row["kind"] == "EXPENSE"], "amount")
    rows = lake.rows("""
        select transaction_count, group_count, computed_balance, expenses from intermediate.int_open_collective_balances
    """)

    assert rows == [(1360, 802, Decimal(7887), expenses)]


@pytest.mark.slow
def test_events_of_funding_belong_to_artifacts_and_known_users(lake: World) -> None:
    rows = lake.rows("""
        select count(*) > 5000, count(*) filter (where a.artifact_id is null),
            count(*) filter (where e.from_artifact_id is not null and u.user_id is null)
        from marts.events e
        left join marts.artifacts a on a.artifact_id = e.to_artifact_id
        left join marts.users u on u.user_id = e.from_artifact_id
    """)

    assert rows == [(True, 0, 0)]
