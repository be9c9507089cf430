"""Reports that a number looks wrong: filed from a form with the number attached, shown, limited, answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.unit.accounts.conftest import MovingClock, Place

from observer.access import AccessPolicy
from observer.accounts.report import MOST_A_DAY
from observer.accounts.service import Accounts
from observer.errors import LimitError, NotFoundError, QueryError
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings

BASE = "https://observer.example"
OWN = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
NUMBER = "metric=commits&entity=project/lattice&grain=month&bucket=2024-02-01"


@pytest.fixture
def site(place: Place, accounts: Accounts, moving_clock: MovingClock) -> Iterator[TestClient]:
    settings = WebSettings("Test", moving_clock, "1", BASE)
    app = create_app(ReadModel(place.urls.reader, place.releases), settings, accounts=accounts, policy=AccessPolicy())
    with TestClient(app, base_url=BASE) as client:
        yield client


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def file(site: TestClient, message: str, **headers: str) -> object:
    form = fields(site.get(f"/report?{NUMBER}").text) | {"message": message}
    return site.post("/report", data=form, headers=OWN | headers, follow_redirects=False)


def test_a_report_keeps_the_number_as_it_was_shown(site: TestClient, accounts: Accounts) -> None:
    api = site.get(f"/api/v1/explain?{NUMBER}").json()["data"]

    answer = site.post(
        "/report",
        data=fields(site.get(f"/report?{NUMBER}").text) | {"message": "I count <b>9</b>\u202e"},
        headers=OWN,
        follow_redirects=False,
    )
    (report,) = accounts.reports.reports()
    page = site.get(answer.headers["location"]).text

    assert answer.status_code == 303
    assert (report.amount, report.state, report.coverage_ratio) == (
        api["point"]["amount"],
        api["point"]["state"],
        api["point"]["coverage_ratio"],
    )
    evidence = json.loads(report.evidence)
    assert evidence["row_count"] == api["row_count"] > 0
    assert evidence["newest_records"][0] == api["rows"]["items"][0]["record_ref"]
    assert (report.metric, report.entity, str(report.bucket), report.release_number) == (
        "commits",
        "project/lattice",
        "2024-02-01",
        1,
    )
    assert report.message == "I count <b>9</b>"
    assert "&lt;b&gt;9" in page
    (link,) = re.findall(r'href="(/explain/commits/[^"]*)"', page)
    assert site.get(link.replace("&amp;", "&")).status_code == 200


def test_every_number_leads_to_the_form(site: TestClient) -> None:
    page = site.get("/project/lattice").text
    links = re.findall(r'class="wrong" href="([^"]*)"', page)

    assert len(links) == page.count('<li class="card">') > 0
    assert site.get(links[0].replace("&amp;", "&")).status_code == 200
    explained = site.get("/explain/commits/project/lattice?grain=month").text
    assert site.get(re.findall(r'href="(/report[^"]*)"', explained)[0].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "headers", "status"),
    [
        ({"message": "  \n"}, {}, 400),
        ({"message": "x" * 2001}, {}, 400),
        ({"metric": "nonsense"}, {}, 404),
        ({"entity": "project/nobody"}, {}, 404),
        ({"release": "99"}, {}, 404),
        ({"bucket": "2024-02-03"}, {}, 400),
        ({}, {"Origin": "https://evil.example"}, 403),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_what_is_no_report_is_refused(
    site: TestClient, accounts: Accounts, changed: dict[str, str], headers: dict[str, str], status: int
) -> None:
    form = fields(site.get(f"/report?{NUMBER}").text) | {"message": "too many"} | changed

    assert site.post("/report", data=form, headers=OWN | headers).status_code == status
    assert accounts.reports.reports() == []


def test_the_same_report_twice_is_one(site: TestClient, accounts: Accounts) -> None:
    first, second = (file(site, "I count nine") for _ in range(2))

    assert first.headers["location"] == second.headers["location"]  # type: ignore[attr-defined]
    assert len(accounts.reports.reports()) == 1


def test_nobody_files_more_than_a_few_a_minute(site: TestClient) -> None:
    statuses = [file(site, f"report {number}").status_code for number in range(8)]  # type: ignore[attr-defined]

    assert statuses == [303] * 6 + [429] * 2


def test_a_flood_from_everywhere_ends_at_the_most_of_a_day(
    site: TestClient, accounts: Accounts, moving_clock: MovingClock
) -> None:
    file(site, "the first")
    (report,) = accounts.reports.reports()
    with accounts.database.transaction() as connection:
        connection.execute(
            "insert into accounts.reports (submitted_at, message, metric, entity, title, grain, bucket, state, unit, "
            "coverage_ratio, release_number, evidence) select %s, 'x', metric, entity, title, grain, bucket, state, "
            "unit, coverage_ratio, release_number, evidence from accounts.reports, generate_series(2, %s)",
            (moving_clock(), MOST_A_DAY),
        )

    assert file(site, "one more").status_code == 429  # type: ignore[attr-defined]
    moving_clock.move(days=1, hours=1)
    assert file(site, "one more").status_code == 303  # type: ignore[attr-defined]
    assert report.report_id == 1


def test_an_answer_is_shown_and_ends_the_report(site: TestClient, accounts: Accounts) -> None:
    file(site, "I count nine")
    (report,) = accounts.reports.reports()

    accounts.reports.answer(report.report_id, "A repository was missing; <i>fixed</i>.", actor="test")

    assert accounts.reports.reports() == []
    assert accounts.reports.reports(only_open=False)[0].answer == "A repository was missing; <i>fixed</i>."
    assert "&lt;i&gt;fixed" in site.get(f"/reports/{report.report_id}").text
    assert accounts.applications.audit()[0].action == "report answered"


def test_answers_need_a_report_and_words(accounts: Accounts) -> None:
    with pytest.raises(NotFoundError):
        accounts.reports.answer(1, "yes", actor="test")
    with pytest.raises(QueryError):
        accounts.reports.answer(1, " ", actor="test")
    with pytest.raises(NotFoundError):
        accounts.reports.report(7)
    assert issubclass(LimitError, QueryError)
