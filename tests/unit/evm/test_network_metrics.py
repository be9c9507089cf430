"""Figures of projects by network, segments of addresses and potential bots equal a recount of a random chain."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from tests.unit.evm.test_evm_models import listed
from tests.unit.transform.world import Raw, World, project

from observer.model.identifier import entity_id

AS_OF = date(2024, 6, 30)
START = date(2023, 11, 1)
NETWORKS = ("BASE", "OPTIMISM")
PROJECTS = ("alpha", "beta", "gamma", "delta")
MEMBERS = ("alpha", "beta")
BOT = "0x" + "b0" * 20
CONTRACTS = {name: f"0x{index:040x}" for index, name in enumerate(PROJECTS, start=0xC0)}
EVERYWHERE = "0x" + "e5" * 20
UNKNOWN = "0x" + "99" * 20
PEOPLE = [f"0x{index:040x}" for index in range(1, 31)]
LINKED = frozenset(PEOPLE[:10])


@dataclass(frozen=True, slots=True)
class Call:
    network: str
    at: datetime
    sender: str
    to: str
    is_successful: bool
    fee: int | None
    has_input: bool = True

    @property
    def day(self) -> date:
        return self.at.date()


def calls() -> Iterator[Call]:
    chance = random.Random(7)
    days = (AS_OF - START).days + 1
    targets = [*CONTRACTS.values(), EVERYWHERE, UNKNOWN]
    for number, sender in enumerate(PEOPLE):
        for _ in range((1, 3, 15, 60, 250, 1200)[number % 6]):
            offset = chance.randrange(days) if number % 5 else chance.randrange(60)
            at = datetime.combine(START, datetime.min.time()) + timedelta(days=offset, seconds=chance.randrange(86400))
            to = targets[chance.randrange(len(targets))] if number % 4 else targets[number % len(targets)]
            fee = None if chance.random() < 0.02 else chance.randrange(1, 10**6) * 10**9
            yield Call(
                NETWORKS[chance.random() < 0.3], at, sender, to, chance.random() < 0.8, fee, chance.random() < 0.9
            )
    for minute in range(150):
        at = datetime(2024, 6, 20, 10) + timedelta(minutes=minute)
        yield Call("BASE", at, BOT, CONTRACTS["alpha"], is_successful=True, fee=10**12)


def rows_of(network: str, found: list[Call]) -> Iterator[tuple[str, dict[str, object]]]:
    """One block an hour, and the transactions of the hour in it."""
    by_hour: dict[datetime, list[Call]] = defaultdict(list)
    for call in found:
        by_hour[call.at.replace(minute=0, second=0)].append(call)
    hours = ((AS_OF - START).days + 2) * 24
    for number in range(hours):
        at = datetime.combine(START, datetime.min.time()) + timedelta(hours=number)
        key = {"network": network, "block_number": number, "block_hash": f"{network}{number}"}
        inside = by_hour.get(at, [])
        yield (
            "evm__blocks",
            {**key, "block_at": at, "transaction_count": len(inside), "is_canonical": True, "_record_ref": "evm:b"},
        )
        for index, call in enumerate(inside):
            name = {**key, "transaction_index": index, "transaction_hash": f"{network}{number}-{index}"}
            yield (
                "evm__transactions",
                {
                    **name,
                    "from_address": call.sender,
                    "to_address": call.to,
                    "input_size": 4 if call.has_input else 0,
                    "_record_ref": "evm:t",
                },
            )
            yield (
                "evm__receipts",
                {
                    **name,
                    "is_successful": call.is_successful,
                    "gas_used": 1,
                    "effective_gas_price": None if call.fee is None else str(call.fee),
                    "_record_ref": "evm:r",
                },
            )


@pytest.fixture(scope="module")
def all_calls() -> list[Call]:
    return list(calls())


def raw_of(all_calls: list[Call]) -> Raw:
    raw: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for network in NETWORKS:
        for table, row in rows_of(network, [call for call in all_calls if call.network == network]):
            raw[table].append(row)
    raw["oss_directory__projects"] = [project(name) for name in PROJECTS]
    raw["oss_directory__project_artifacts"] = [
        listed(name, network, address, "CONTRACT") for name, address in CONTRACTS.items() for network in NETWORKS
    ] + [listed("alpha", "ANY_EVM", EVERYWHERE, "CONTRACT")]
    raw["oss_directory__collections"] = [
        {"collection_name": "some", "display_name": "Some", "_record_ref": "oss-directory@c0:some.yaml#L1"}
    ]
    raw["oss_directory__collection_projects"] = [
        {"collection_name": "some", "project_name": name, "_record_ref": "oss-directory@c0:some.yaml#L2"}
        for name in MEMBERS
    ]
    raw["farcaster__accounts"] = [{"fid": 1, "name": "ada", "_record_ref": "farcaster:1"}]
    raw["farcaster__verifications"] = [
        {"fid": 1, "protocol": "PROTOCOL_ETHEREUM", "address": address, "timestamp": 1, "_record_ref": "farcaster:1"}
        for address in sorted(LINKED)
    ]
    return raw


@pytest.fixture(scope="module")
def world(all_calls: list[Call], tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("networks") / "lake", tmp_path_factory.mktemp("dbt"))
    world.fill(raw_of(all_calls))
    world.build(as_of=AS_OF, select=("path:seeds", "+onchain_metrics_by_network", "+address_segments"))
    return world


def projects_of(address: str) -> set[str]:
    found = {name for name, contract in CONTRACTS.items() if contract == address}
    return found | ({"alpha"} if address == EVERYWHERE else set())


def used_projects(found: Iterable[Call]) -> set[str]:
    return {name for call in found for name in projects_of(call.to)}


def recount(all_calls: list[Call], members: set[str], network: str) -> dict[str, object]:
    """The figures of one project or collection on one network, by looking at every call."""
    inputs = [call for call in all_calls if call.has_input]
    mine = [call for call in inputs if call.network == network and projects_of(call.to) & members]
    good = [call for call in mine if call.is_successful]
    unpriced = {(call.day, call.sender, call.to) for call in mine if call.fee is None}
    priced = [call for call in mine if (call.day, call.sender, call.to) not in unpriced]
    lately = AS_OF - timedelta(days=90)
    half_year = AS_OF - timedelta(days=180)
    counts: dict[str, int] = defaultdict(int)
    for call in good:
        counts[call.sender] += call.day > lately
    active = {sender for sender, count in counts.items() if count}
    firsts = {sender: min(call.day for call in good if call.sender == sender) for sender in counts}
    recent = [call for call in inputs if call.is_successful and call.day > lately]
    here = {
        sender: used_projects(call for call in recent if call.sender == sender and call.network == network)
        for sender in active
    }
    anywhere = {sender: used_projects(call for call in recent if call.sender == sender) for sender in active}
    return {
        "days_since_first_transaction": (AS_OF - min(call.day for call in good)).days,
        "active_contract_count": len({call.to for call in mine}),
        "active_contract_count_90_days": len({call.to for call in mine if call.day > lately}),
        "contract_invocation_count": len(mine),
        "transaction_count": len(good),
        "transaction_count_6_months": sum(call.day > half_year for call in good),
        "gas_fees_sum": sum(call.fee or 0 for call in priced) / 1e18,
        "gas_fees_sum_6_months": sum(call.fee or 0 for call in priced if call.day > half_year) / 1e18,
        "unpriced_transaction_count": sum(call.fee is None for call in mine),
        "address_count": len(counts),
        "address_count_90_days": len(active),
        "new_address_count_90_days": sum(firsts[sender] > lately for sender in active),
        "returning_address_count_90_days": sum(firsts[sender] <= lately for sender in active),
        "high_activity_address_count_90_days": sum(counts[sender] >= 100 for sender in active),
        "medium_activity_address_count_90_days": sum(10 <= counts[sender] < 100 for sender in active),
        "low_activity_address_count_90_days": sum(counts[sender] < 10 for sender in active),
        "multi_project_address_count_90_days": sum(len(here[sender]) > 2 for sender in active),
        "all_network_multi_project_address_count_90_days": sum(len(anywhere[sender]) > 2 for sender in active),
        "farcaster_address_count_90_days": len(active & LINKED),
        "potential_bot_address_count_90_days": len(active & {BOT}) if network == "BASE" else 0,
    }


def test_figures_by_network_equal_the_recount(all_calls: list[Call], world: World) -> None:
    entities = {("project", entity_id("OSS_DIRECTORY", "oso", name)): {name} for name in PROJECTS}
    entities[("collection", entity_id("OSS_DIRECTORY", "oso", "some"))] = set(MEMBERS)

    for (kind, key), members in entities.items():
        for network in NETWORKS:
            expected = recount(all_calls, members, network)
            rows = world.rows(
                f"select {', '.join(expected)}, coverage_ratio_90_days from marts.onchain_metrics_by_network "
                f"where entity_type = '{kind}' and entity_id = '{key}' and network = '{network}'"
            )
            found = dict(zip(expected, rows[0][:-1], strict=True))
            assert found == pytest.approx(expected, rel=1e-12), (kind, members, network)
            # The day of the last block is known in part.
            assert rows[0][-1] == pytest.approx(89 / 90)

    assert world.rows("select count(*) from marts.onchain_metrics_by_network") == [(10,)]
    several, everywhere = world.rows("""
        select sum(multi_project_address_count_90_days), sum(all_network_multi_project_address_count_90_days)
        from marts.onchain_metrics_by_network
    """)[0]
    assert 0 < int(str(several)) < int(str(everywhere))


def test_segments_equal_the_recount_and_projects_are_counted_over_all_of_them(
    all_calls: list[Call], world: World
) -> None:
    good = [call for call in all_calls if call.has_input and call.is_successful]
    expected: dict[tuple[str, str, str], str] = {}
    projects: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in good:
        projects[(call.network, call.sender)] |= projects_of(call.to)
    for name in PROJECTS:
        for network in NETWORKS:
            mine = [call for call in good if call.network == network and name in projects_of(call.to)]
            for sender in {call.sender for call in mine}:
                days = [call.day for call in mine if call.sender == sender]
                key = (entity_id("OSS_DIRECTORY", "oso", name), network, sender)
                expected[key] = segment((AS_OF - max(days)).days, len(days))

    rows = world.rows("""
        select project_id, network, address, segment, project_count, ecosystem_score
        from intermediate.int_address_segments
    """)
    assert {(row[0], row[1], row[2]): row[3] for row in rows} == expected
    assert len(set(expected.values())) >= 6
    for row in rows:
        count = len(projects[(str(row[1]), str(row[2]))])
        assert row[4] == count
        assert row[5] == (1 if count == 1 else 2 if count <= 3 else 3)
    assert {row[5] for row in rows} == {1, 2, 3}
    published = world.rows("select sum(address_count), sum(potential_bot_count) from marts.address_segments")
    bots = set(world.rows("select network, address from intermediate.int_potential_bots"))
    assert published == [(len(expected), sum((network, address) in bots for _, network, address in expected))]


def segment(recency: int, frequency: int) -> str:
    """The published table of segments, row by row."""
    r = 5 if recency < 7 else 4 if recency < 30 else 3 if recency < 90 else 2 if recency < 180 else 1
    f = 1 if frequency == 1 else 2 if frequency < 10 else 3 if frequency < 100 else 4 if frequency < 1000 else 5
    table = {
        5: ["churned", "churned", "at_risk", "loyal", "power"],
        4: ["churned", "churned", "at_risk", "loyal", "loyal"],
        3: ["tourist", "tourist", "needs_attention", "promising", "promising"],
        2: ["tourist", "tourist", "tourist", "noob", "noob"],
        1: ["one_and_done", "one_and_done", "noob", "noob", "noob"],
    }
    return table[f][r - 1]


def test_an_address_is_a_potential_bot_by_its_rate_and_not_by_the_hours_it_lived(world: World) -> None:
    rows = world.rows("""
        select network, address, transaction_count, hourly_maximum, transactions_per_hour, reason
        from intermediate.int_potential_bots
    """)

    # 150 in three hours are 50 an hour. Others live for more than 25 hours, but with few transactions in each.
    assert [row for row in rows if row[5] == "25 an hour"] == [("BASE", BOT, 150, 60, 50.0, "25 an hour")]
    assert {row[5] for row in rows if row[1] != BOT} == {"awake for half of the hours"}
    assert all(float(str(row[4])) < 25 for row in rows if row[1] != BOT)
