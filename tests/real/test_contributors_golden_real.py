"""Metrics of people who commit, over real histories: the golden answers of git, and plain sets of people."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.unit.metrics.metric_models import own_models

pytestmark = pytest.mark.real_data

AS_OF = date(2026, 12, 31)
REPOSITORIES = ("wevm/viem", "ietf-wg-ppm/draft-ietf-ppm-dap", "mlswg/mls-protocol", "opensource-observer/insights")
METRICS = (
    *("active_developers", "new_developers", "full_time_developers", "part_time_developers", "bus_factor"),
    *("returning_contributors", "resurrected_contributors", "churned_contributors", "full_time_developers_average"),
)
COMMITS = """
    select cast(timezone('UTC', to_timestamp(author_ts)) as date) as day, author_email_hash as person,
        count(*) as commit_count, count(*) filter (n_parents < 2) as change_count
    from read_parquet('{file}') where on_head and not author_is_bot group by all order by all
"""


@dataclass(frozen=True, slots=True)
class Histories:
    con: duckdb.DuckDBPyConnection
    days: dict[str, list[tuple[date, str, int]]]

    def series(self, metric: str, repository: str, grain: str = "month") -> dict[date, float]:
        rows = self.con.execute(
            "select bucket, amount from marts.timeseries_metrics "
            "where metric_name = $1 and entity_type = 'artifact' and entity_id = $2 and grain = $3",
            [metric, repository, grain],
        ).fetchall()
        return dict(rows)


@pytest.fixture(scope="module")
def histories(real_data: Path) -> Iterator[Histories]:
    """Commits on default branches by people, each repository also without its merges."""
    events: list[dict[str, object]] = []
    days: dict[str, list[tuple[date, str, int]]] = {}
    for name in REPOSITORIES:
        file = real_data / "events/git" / f"{name.replace('/', '+')}.commits.parquet"
        rows = duckdb.sql(COMMITS.format(file=file)).fetchall()
        days[name] = [(day, person, commits) for day, person, commits, _ in rows]
        events += [_event(name, day, person, commits) for day, person, commits, _ in rows]
        events += [_event(f"{name} changes", day, person, changes) for day, person, _, changes in rows if changes]
    models = own_models()
    wanted = models.definitions.filter(pc.is_in(models.definitions["metric_name"], pa.array(METRICS)))
    con = replace(models, definitions=wanted).run(AS_OF, _tables(events))
    yield Histories(con, days)
    con.close()


@pytest.fixture(scope="module")
def golden(real_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((real_data / "events/golden/git.json").read_text())
    return found


@pytest.mark.parametrize("name", REPOSITORIES)
def test_people_by_month_and_the_bus_factor_are_the_golden_ones(
    histories: Histories, golden: dict[str, Any], name: str
) -> None:
    def by_month(metric: str) -> dict[str, float]:
        return {f"{month:%Y-%m}": amount for month, amount in histories.series(metric, name).items()}

    expected = golden[name]

    assert by_month("active_developers") == expected["active_authors_by_utc_month_author_ts"]
    assert by_month("new_developers") == expected["new_authors_by_utc_month"]
    assert list(histories.series("bus_factor", f"{name} changes", "all").values()) == [
        expected["bus_factor_50pct_nonmerge_nonbot"]
    ]


@pytest.mark.parametrize("name", REPOSITORIES)
def test_classes_by_month_are_those_of_sets_of_people(histories: Histories, name: str) -> None:
    expected: dict[str, dict[date, float]] = {metric: {} for metric in METRICS if metric not in ("bus_factor", AVERAGE)}
    commits = histories.days[name]
    for month in _months(commits[0][0].replace(day=1), AS_OF):
        length = timedelta(days=_length(month))
        days = Counter(person for day, person, _ in commits if month <= day < month + length)
        now, ever = set(days), {person for day, person, _ in commits if day < month}
        # As many days before, which is not quite the month before.
        before = {person for day, person, _ in commits if month - length <= day < month}
        full_time = {person for person, count in days.items() if count >= 10}
        for metric, found in (
            ("active_developers", now),
            ("new_developers", now - ever),
            ("full_time_developers", full_time),
            ("part_time_developers", now - full_time),
            ("returning_contributors", now & before),
            ("resurrected_contributors", (now & ever) - before),
            ("churned_contributors", before - now),
        ):
            if found:
                expected[metric][month] = len(found)

    for metric, amounts in expected.items():
        assert histories.series(metric, name) == amounts, metric
    assert sum(map(len, expected.values())) > 100


@pytest.mark.parametrize("name", REPOSITORIES)
def test_full_time_developers_are_averaged_day_by_day(histories: Histories, name: str) -> None:
    active: dict[str, set[date]] = defaultdict(set)
    for day, person, _ in histories.days[name]:
        active[person].add(day)
    totals: dict[date, float] = defaultdict(float)
    for days in active.values():
        for day in {day + timedelta(days=n) for day in days for n in range(30)}:
            if len({day - timedelta(days=n) for n in range(30)} & days) >= 10 and day <= AS_OF:
                totals[day.replace(day=1)] += 1

    found = histories.series(AVERAGE, name)

    assert found == {month: pytest.approx(total / _length(month)) for month, total in totals.items()}
    assert found or name == "ietf-wg-ppm/draft-ietf-ppm-dap"


AVERAGE = "full_time_developers_average"


def _event(name: str, day: date, person: str, amount: int) -> dict[str, object]:
    return {
        "bucket_day": day,
        "event_type": "COMMIT_CODE",
        "event_source": "GITHUB",
        "to_artifact_id": name,
        "from_artifact_id": person,
        "amount": float(amount),
        "event_count": amount,
        "basis": "git",
    }


def _tables(events: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    names = sorted({str(event["to_artifact_id"]) for event in events})
    return {
        "intermediate.int_events_daily": events,
        "marts.artifacts": [{"artifact_id": name, "artifact_type": "REPOSITORY"} for name in names],
    }


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=_length(first))


def _length(month: date) -> int:
    return ((month + timedelta(days=31)).replace(day=1) - month).days
