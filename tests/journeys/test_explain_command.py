"""`observer explain` leads from a number of the demo to the records that connectors wrote, and says what is wrong."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.journeys.conftest import OBSERVER, Site, observer

# A commit, what an archive tells, something of a registry, a count of people, a ratio and a latest value.
NUMBERS = ("commits", "issues_opened", "releases", "contributors", "bus_factor", "commits_per_developer", "star_count")


def explained(site: Site, *arguments: str) -> Any:
    return json.loads(observer(site.folder, "explain", *arguments, "--json", environment=site.environment).stdout)


def _current(site: Site, metric: str) -> dict[str, Any]:
    """The project with the largest value of a metric in a month."""
    query = (
        "select project_name, bucket, amount from timeseries_metrics "
        "inner join projects on entity_id = project_id "
        f"where entity_type = 'project' and metric_name = '{metric}' and grain = 'month' "
        "order by amount desc, bucket, project_name"
    )
    told = observer(site.folder, "sql", query, "--limit", "1", "--json", environment=site.environment)
    rows: list[dict[str, Any]] = json.loads(told.stdout)
    return rows[0]


@pytest.mark.parametrize("metric", NUMBERS)
def test_a_number_of_the_demo_is_explained_down_to_its_raw_records(site: Site, metric: str) -> None:
    largest = _current(site, metric)

    why = explained(site, metric, largest["project_name"], largest["bucket"][:7], "--raw", "--rows", "5")

    assert why["grain"] == "month"
    assert why["point"]["amount"] == pytest.approx(largest["amount"], rel=1e-9)
    rows = why["rows"]["items"]
    assert len(rows) == min(5, why["row_count"])
    assert rows
    for row in rows:
        records = why["raw_records"][row["record_ref"]]
        assert records, row["record_ref"]
        assert all(record["values"]["_record_ref"] == row["record_ref"] for record in records)
        if row["basis"] == "git" and row["event_type"] == "COMMIT_CODE":
            (commit,) = [each["values"] for each in records if each["table"] == "git__commits"]
            assert row["record_ref"].endswith(commit["commit_id"])


def test_a_person_reads_value_definition_rows_people_models_and_sql(site: Site) -> None:
    largest = _current(site, "commits")
    told = observer(
        site.folder, "explain", "commits", largest["project_name"], "--rows", "3", environment=site.environment
    ).stdout

    assert f"(project/{largest['project_name']}), all time to" in told
    for heading in ("What it counts", "The rows behind it", "Who is behind it", "The models that it is made by", "SQL"):
        assert f"\n{heading}" in told
    assert "kind sum, from COMMIT_CODE" in told
    assert "stg_git__commits" in told
    assert told.count("git+https://") == 3


def test_a_name_may_be_that_of_a_collection(site: Site) -> None:
    why = explained(site, "commits", "demo-ecosystem", "--no-people")

    assert why["point"] == explained(site, "commits", "collection/demo-ecosystem", "--no-people")["point"]
    assert why["point"]["amount"] > 0


def test_a_date_names_its_period(site: Site) -> None:
    name = _current(site, "commits")["project_name"]
    spans = {}
    for words in (("2026",), ("2026-Q3",), ("2026-08",), ("2026-08-13",), ("2026-08-13", "--grain", "week")):
        why = explained(site, "commits", f"project/{name}", *words, "--no-people")
        spans[" ".join(words)] = (why["grain"], why["point"]["first_day"], why["point"]["last_day"])
        assert why["user_count"] is None
    assert spans == {
        "2026": ("year", "2026-01-01", "2026-12-31"),
        "2026-Q3": ("quarter", "2026-07-01", "2026-09-30"),
        "2026-08": ("month", "2026-08-01", "2026-08-31"),
        "2026-08-13": ("day", "2026-08-13", "2026-08-13"),
        "2026-08-13 --grain week": ("week", "2026-08-10", "2026-08-16"),
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("commit", "sundial"), "commits"),
        (("commits", "sundail"), "sundail"),
        (("commits", "sundial", "2026-13"), "'2026-13' is no date; write 2024, 2024-Q1, 2024-03 or 2024-03-15"),
        (("commits", "sundial", "9999-12-31", "--grain", "week"), "'9999-12-31' is no date"),
        (("commits", "sundial", "0000"), "'0000' is no date"),
        (("commits", "sundial", "2026-08", "--grain", "week"), "2026-08 is a month; give a day for --grain week"),
        (("commits", "sundial", "2031"), "lies after 2026-11-15"),
        (("full_time_developers", "sundial", "2026-08-13"), "has no values at grain day"),
    ],
)
def test_what_cannot_be_explained_is_told(site: Site, arguments: tuple[str, ...], expected: str) -> None:
    done = subprocess.run(
        [*OBSERVER, "explain", *arguments],
        cwd=site.folder,
        env=dict(site.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
