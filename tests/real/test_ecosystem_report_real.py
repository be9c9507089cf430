"""The report on the largest collection of the real directory: in time, and with the numbers of the API."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.real.test_pyoso_real import _rows

from observer.cli.report_figures import ReleaseFigures
from observer.insights.reports.edition import Edition, EditionStore
from observer.insights.reports.figures import WINDOWS
from observer.insights.reports.make import make_edition
from observer.insights.reports.spec import plain_plan
from observer.model.metric import Grain
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import AS_OF
from observer.web.app import WebSettings

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

LIBRARY = Path(__file__).resolve().parents[2] / "insights"
COLLECTION = "ethereum-crypto-ecosystems"
METRICS = ("commits", "contributors", "new_contributors", "pull_requests_merged", "stars")
QUARTERS = (date(2023, 7, 1), date(2023, 10, 1), date(2024, 1, 1))


@pytest.fixture(scope="module")
def made(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, EditionStore, Edition, float]]:
    """The edition, the site over its release, and how many seconds of the processor making it took."""
    rows = _rows(real_data / "oss-directory" / "oss-directory-data.tar.gz")
    folder = tmp_path_factory.mktemp("report_release")
    store = EditionStore(tmp_path_factory.mktemp("reports"))
    now = datetime(2026, 11, 28, tzinfo=UTC)
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder, rows | _figures(rows))
        with ReadModel(urls.reader, folder) as model:
            begun = time.process_time()
            edition = make_edition(plain_plan(COLLECTION), ReleaseFigures(model), LIBRARY, store, lambda: now)
            seconds = time.process_time() - begun
        settings = WebSettings("Test", lambda: now, "1", reports=store.folder)
        with TestClient(create_app(ReadModel(urls.reader, folder), settings)) as client:
            yield client, store, edition, seconds


def test_a_thousand_projects_take_less_than_a_minute(
    made: tuple[TestClient, EditionStore, Edition, float],
) -> None:
    client, _, edition, seconds = made

    assert len(edition.members) > 1000
    assert seconds < 60
    assert set(edition.charts) >= {"leaders", "concentration", "movers"}
    pdf = client.get(f"/blog/{COLLECTION}/1/report.pdf").content
    # The appendix has a line for each project, some forty on a page.
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 25


def test_its_numbers_are_those_of_the_api(made: tuple[TestClient, EditionStore, Edition, float]) -> None:
    client, _, edition, _ = made
    rows = [row.split(",") for row in client.get(f"/blog/{COLLECTION}/1/numbers.csv").text.splitlines()[1:]]
    told = {(row[0], row[1], row[2], row[3]): float(row[4]) if row[4] else None for row in rows}
    asked = [
        "collection/" + COLLECTION,
        *(f"project/{name}" for name in random.Random(3).sample([*edition.members], 60)),
    ]
    compared = 0
    for entity in asked:
        for each in client.get("/api/v1/key-metrics", params={"entity": entity}).json()["data"]:
            key = (*entity.split("/"), each["metric"], each["grain"])
            if key in told:
                assert told[key] == each["amount"], key
                compared += 1
    assert compared >= 60 * len(METRICS) + len(METRICS) * len(WINDOWS)
    known = [amount for key, amount in told.items() if key[0] == "project" and key[2] == "commits"]
    page = client.get(f"/blog/{COLLECTION}").text
    assert f"of {sum(amount is None for amount in known)} projects nothing is known" in page


def _figures(rows: dict[str, Any]) -> dict[str, Any]:
    """Made-up values of the collection and its members: some unknown, some zero, few large."""
    dice = random.Random(7)
    metric_ids = {row["metric_name"]: row["metric_id"] for row in rows["metrics"]}
    members = [row for row in rows["projects_by_collection"] if row["collection_name"] == COLLECTION]
    entities = [("project", row["project_id"]) for row in members] + [("collection", members[0]["collection_id"])]
    key_metrics, series = [], []
    for kind, key in entities:
        is_unknown = kind == "project" and dice.random() < 0.1
        for metric in METRICS:
            base = {"metric_id": metric_ids[metric], "metric_name": metric, "entity_type": kind, "entity_id": key}
            base["unit"] = "things"
            amount = 0.0 if dice.random() < 0.2 else float(int(dice.paretovariate(0.9)))
            for grain in WINDOWS:
                state = "unknown" if is_unknown else "value" if amount else "zero"
                key_metrics.append(
                    base
                    | {"grain": grain.value, "sample_date": AS_OF, "amount": None if is_unknown else amount}
                    | {"state": state, "coverage_ratio": 0.0 if is_unknown else 1.0}
                )
            for bucket in QUARTERS if metric == "commits" and not is_unknown else ():
                amount = float(int(dice.paretovariate(0.9)))
                series.append(base | {"grain": Grain.QUARTER.value, "bucket": bucket, "amount": amount})
    return {"key_metrics": key_metrics, "timeseries_metrics": series}
