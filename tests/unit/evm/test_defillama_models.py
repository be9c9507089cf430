"""From documents of protocols to days, events and coverage, in a real lake."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from tests.unit.transform.world import ROOT, Raw, World, listing, project

from observer.model.identifier import entity_id

SAMPLES = ROOT / "connectors" / "defillama" / "samples"
SWAP = entity_id("DEFILLAMA", "defillama", "example-swap")


def raw() -> Raw:
    protocols = []
    for slug in ("example-swap", "example-vault"):
        document = json.loads((SAMPLES / f"{slug}.json").read_text())
        protocols.append(
            {
                "slug": slug,
                "name": document["name"],
                "tvl": json.dumps(document["tvl"]),
                "chainTvls": json.dumps(document["chainTvls"]),
                "_record_ref": f"defillama:protocols/{slug}",
            }
        )
    summaries = []
    for kind, name in (("dailyFees", "fees"), ("dailyVolume", "volume")):
        document = json.loads((SAMPLES / f"example-swap-{name}.json").read_text())
        summaries.append(
            {
                "slug": "example-swap",
                "kind": kind,
                "totalDataChart": json.dumps(document["totalDataChart"]),
                "totalDataChartBreakdown": json.dumps(document["totalDataChartBreakdown"]),
                "_record_ref": f"defillama:summaries/example-swap/{kind}",
            }
        )
    return {
        "defillama__protocols": protocols,
        "defillama__summaries": summaries,
        "oss_directory__projects": [project("swap")],
        "oss_directory__project_artifacts": [
            listing(
                "swap",
                "defillama",
                "example-swap",
                field="defillama",
                artifact_source="DEFILLAMA",
                artifact_type="DEFILLAMA_PROTOCOL",
            )
        ],
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("defillama") / "lake", tmp_path_factory.mktemp("dbt"))
    world.fill(raw())
    world.build(as_of=date(2025, 1, 5))
    return world


def test_midnights_of_other_time_zones_belong_to_the_day_that_begins(world: World) -> None:
    rows = world.rows("""
        select bucket_day, measured_at, amount from marts.protocol_figures_daily
        where figure = 'TVL' and chain = '' and section = '' order by bucket_day
    """)

    # Summer time ended between the first two; the last point was taken during the day.
    assert rows == [
        (date(2019, 10, 26), datetime(2019, 10, 25, 22), 90.25),
        (date(2019, 10, 27), datetime(2019, 10, 26, 23), 95.5),
        (date(2025, 1, 1), datetime(2025, 1, 1), 100.0),
        (date(2025, 1, 2), datetime(2025, 1, 2), 106.75),
    ]


def test_a_point_of_the_moment_counts_where_the_day_has_no_other(world: World) -> None:
    rows = world.rows("""
        select count(*) from intermediate.int_defillama_points
        where protocol_slug = 'example-swap' and chain = 'ethereum' and section = '' and figure = 'TVL'
    """)
    days = world.rows("""
        select count(*), count(distinct day) from intermediate.int_defillama_daily
        where protocol_slug = 'example-swap' and chain = 'ethereum' and section = '' and figure = 'TVL'
    """)

    assert rows == [(5,)]
    assert days == [(4, 4)]


def test_sections_are_kept_apart_and_negative_amounts_stay(world: World) -> None:
    rows = world.rows("""
        select chain, section, amount from marts.protocol_figures_daily
        where figure = 'TVL' and bucket_day = date '2025-01-02' order by chain, section
    """)

    assert rows == [
        ("", "", 106.75),
        ("", "borrowed", 40.0),
        ("", "staking", 7.0),
        ("ethereum", "", 110.0),
        ("ethereum", "borrowed", 40.0),
        ("op mainnet", "", -3.25),
    ]


def test_totals_are_events_of_the_protocol(world: World) -> None:
    rows = world.rows(f"""
        select event_type, sum(amount), count(*), max(unit) from marts.events
        where to_artifact_id = '{SWAP}' group by event_type order by event_type
    """)

    assert rows == [
        ("FEES", 22.5, 2, "USD"),
        ("TRADING_VOLUME", 3500.0, 2, "USD"),
        ("TVL", 392.5, 4, "USD"),
    ]
    assert world.rows("select count(*) from marts.protocol_figures_daily where protocol_slug = 'example-vault'") == [
        (0,)
    ]


def test_figures_by_chain_add_up_to_the_total(world: World) -> None:
    rows = world.rows("""
        select figure, bucket_day from marts.protocol_figures_daily where figure <> 'TVL'
        group by figure, bucket_day
        having sum(case when chain = '' then amount end) <> sum(case when chain <> '' then amount end)
    """)

    assert rows == []


def test_a_day_without_a_point_is_unknown(world: World) -> None:
    rows = world.rows(f"""
        select start_date, end_date, state from marts.coverage
        where artifact_id = '{SWAP}' and event_type = 'TVL' order by start_date
    """)

    assert rows == [
        (date(2019, 10, 26), date(2019, 10, 27), "value"),
        (date(2019, 10, 28), date(2024, 12, 31), "unknown"),
        (date(2025, 1, 1), date(2025, 1, 2), "value"),
        (date(2025, 1, 3), date(2025, 1, 5), "unknown"),
    ]
