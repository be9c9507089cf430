"""How much the archive captures, by what the API saw of the same repositories in the same hours."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from tests.unit.metrics.metric_models import write_table
from tests.unit.transform.world import World

AS_OF = date(2024, 6, 30)
HOUR = datetime(2024, 6, 3, 10)
WHOLE = 150
BY_ARCHIVE, BY_API = 0.2, 0.9
MONTHS = 600


def sighting(key: str, at: datetime, artifact: str = "seen", event_type: str = "ISSUE_OPENED") -> dict[str, object]:
    return {
        "event_id": key,
        "event_type": event_type,
        "event_source": "GITHUB",
        "to_artifact_id": artifact,
        "time": at,
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, dbt_folder: object) -> World:
    """Inputs of the models by hand: one hour with a file, one without; one repository read whole, one not read."""
    world = World(tmp_path_factory.mktemp("capture") / "lake", dbt_folder)  # type: ignore[arg-type]
    later = HOUR + timedelta(minutes=20)
    no_file = HOUR + timedelta(hours=1)
    tables = {
        "int_archive_hours": [{"hour": HOUR}],
        "event_types": [
            {"event_type": "ISSUE_OPENED", "archive_since": None, "is_in_api": True, "is_in_archive": True},
            {"event_type": "PULL_REQUEST_REVIEW", "archive_since": date(2024, 6, 4), "is_in_api": True,
             "is_in_archive": True},
        ],
        "int_forge_coverage": [
            {"event_source": "GITHUB", "artifact_id": "seen", "event_type": event_type,
             "complete_from": HOUR - timedelta(days=9), "complete_to": HOUR + timedelta(hours=2)}
            for event_type in ("ISSUE_OPENED", "PULL_REQUEST_REVIEW")
        ],
        "int_archive_activity": [
            sighting("both", later),
            sighting("deleted since", later),
            sighting("not asked", later, artifact="unread"),
            sighting("after", HOUR + timedelta(days=3)),
        ],
        "int_events__forge": [
            sighting("both", later),
            sighting("lost 1", later),
            sighting("lost 2", later),
            sighting("lost 3", later),
            sighting("no file", no_file),
            sighting("too early", later, event_type="PULL_REQUEST_REVIEW"),
        ],
    }  # fmt: skip
    with world.connect() as con:
        con.execute("create schema intermediate")
        for name, rows in tables.items():
            write_table(con, f"intermediate.{name}", pa.Table.from_pylist(rows))
    world.build(as_of=AS_OF, select=("int_capture_days", "int_capture_rates"))
    return world


def test_only_hours_with_a_file_and_repositories_that_were_read_are_compared(world: World) -> None:
    rows = world.rows(
        "select event_type, day, archive_count, api_count, common_count from intermediate.int_capture_days"
    )

    assert rows == [("ISSUE_OPENED", HOUR.date(), 2, 4, 1)]


def test_a_source_is_rated_by_the_other_one(world: World) -> None:
    rows = world.rows("""
        select basis, seen_count, reference_count, capture_ratio, estimated_count
        from intermediate.int_capture_rates where grain = 'month' order by basis
    """)

    assert rows == [("api", 4, 2, 0.5, 6.5), ("archive", 2, 4, 0.25, 6.5)]
    low, high = world.rows(
        "select capture_ratio_low, capture_ratio_high from intermediate.int_capture_rates "
        "where grain = 'all' and basis = 'archive'"
    )[0]
    # Wilson's interval of 1 in 4, as tables give it.
    assert (round(float(str(low)), 4), round(float(str(high)), 4)) == (0.0456, 0.6994)
    assert world.rows("select distinct grain from intermediate.int_capture_rates order by 1") == [
        ("all",), ("month",), ("rolling_180_days",), ("rolling_30_days",), ("rolling_90_days",),
    ]  # fmt: skip


def test_intervals_hold_the_truth_in_95_of_100_months(world: World) -> None:
    chance = random.Random(11)
    rows = []
    for number in range(MONTHS):
        month = date(1970 + number // 12, number % 12 + 1, 15)
        sightings = [(chance.random() < BY_ARCHIVE, chance.random() < BY_API) for _ in range(WHOLE)]
        rows.append(
            {
                "event_source": "GITHUB",
                "event_type": "ISSUE_OPENED",
                "day": month,
                "archive_count": sum(archive for archive, _ in sightings),
                "api_count": sum(api for _, api in sightings),
                "common_count": sum(archive and api for archive, api in sightings),
            }
        )
    with world.connect() as con:
        write_table(con, "intermediate.int_capture_days", pa.Table.from_pylist(rows))
    world.build(as_of=AS_OF, select=("int_capture_rates",))

    ((months, ratios, totals),) = world.rows(f"""
        select count(*),
            avg(({BY_ARCHIVE} between capture_ratio_low and capture_ratio_high)::int),
            avg(({WHOLE} between estimated_count_low and estimated_count_high)::int)
        from intermediate.int_capture_rates where grain = 'month' and basis = 'archive'
    """)
    assert months == MONTHS
    assert 0.93 <= float(str(ratios)) <= 0.97
    assert 0.93 <= float(str(totals)) <= 0.97
