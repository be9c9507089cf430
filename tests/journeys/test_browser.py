"""What a person does in Chromium, on a desktop and on a phone, with and without JavaScript."""

from __future__ import annotations

import csv
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.journeys.conftest import CHROMIUM, Site, observer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: `make chromium` installs it on Debian"),
]

sync_api = pytest.importorskip("playwright.sync_api")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=["desktop", "phone", "no-javascript", "phone-no-javascript"])
def page(request: pytest.FixtureRequest, browser: sync_api.Browser, site: Site) -> Iterator[sync_api.Page]:
    width = 390 if request.param.startswith("phone") else 1280
    context = browser.new_context(
        viewport={"width": width, "height": 850},
        java_script_enabled=not request.param.endswith("no-javascript"),
        base_url=site.url,
    )
    page = context.new_page()
    problems: list[str] = []
    foreign: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        # A refused query is an answer that the browser reports as well.
        lambda message: (
            problems.append(message.text) if message.type == "error" and "status of 400" not in message.text else None
        ),
    )
    page.on(
        "request", lambda asked: foreign.append(asked.url) if not asked.url.startswith((site.url, "data:")) else None
    )
    yield page
    context.close()
    assert problems == []
    assert foreign == []


def test_a_person_finds_a_project_and_follows_a_number_to_its_record(page: sync_api.Page) -> None:
    page.goto("/")
    page.locator("#hero-find").fill("lanternfsh")
    page.locator(".hero button").click()
    page.get_by_role("link", name="Lanternfish (demo)").first.click()
    assert page.locator("h1").inner_text() == "Lanternfish (demo)"

    page.get_by_role("link", name="all time", exact=True).click()
    card = page.locator(".card", has=page.get_by_text("Commits", exact=True))
    number = card.locator(".amount").inner_text()
    card.locator("a").first.click()

    assert page.locator(".big .amount").inner_text() == number
    assert page.get_by_text("What it counts").is_visible()
    record = page.locator(".rows tbody tr code").first.get_attribute("title")
    assert record.startswith("git+https://github.com/demo-lanternfish/")
    assert f"{number} events" in page.locator("text=their amounts add up to").inner_text()


def test_a_person_changes_grain_and_reads_the_table_of_a_chart(page: sync_api.Page) -> None:
    page.goto("/collection/demo-ecosystem")
    filters = page.locator("form.filters.slim")
    filters.get_by_label("By").select_option("year")
    filters.get_by_role("button", name="Show").click()
    figure = page.locator("#history ~ .figures figure").first
    figure.locator("summary").click()

    rows = figure.locator("tbody tr")
    assert rows.count() > 3
    assert rows.first.locator("th").inner_text() == "2026"


def test_a_person_counts_bots_only_and_the_chart_says_what_the_api_says(page: sync_api.Page, site: Site) -> None:
    page.goto("/collection/demo-ecosystem?range=all")
    filters = page.locator("form.filters.slim")
    filters.get_by_label("Count").select_option("bots")
    filters.get_by_role("button", name="Show").click()
    figure = page.locator("#history ~ .figures figure").first
    figure.locator("summary").click()

    start = figure.locator("tbody tr").last.locator("a").get_attribute("href")
    first = re.search(r"bucket=([\d-]+)", start)[1]
    query = f"metric=commits&entity=collection/demo-ecosystem&grain=month&classes=bot&start={first}"
    points = site.json(f"/api/v1/series?{query}")["data"]["points"]  # type: ignore[index]
    shown = figure.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert any(point["amount"] for point in points)
    assert shown == ["unknown" if p["state"] == "unknown" else f"{p['amount']:g}" for p in reversed(points)]


def test_a_person_compares_two_projects(page: sync_api.Page) -> None:
    page.goto("/project/lanternfish")
    page.get_by_role("link", name="compare", exact=True).click()
    page.get_by_role("combobox", name="Add", exact=True).fill("harborlight")
    page.locator("form.filters button").click()

    assert page.locator("thead").first.get_by_role("link").all_inner_texts()[0] == "Lanternfish (demo)"
    assert page.locator("svg.lines").first.locator("polyline.s1").count() > 0


def test_a_person_downloads_a_table(page: sync_api.Page, site: Site) -> None:
    page.goto("/data")
    with page.expect_download() as download:
        page.get_by_role("link", name="projects as CSV", exact=True).click()

    rows = list(csv.DictReader(download.value.path().open(encoding="utf-8")))
    listed = next(each for each in site.json("/data.json")["data"] if each["name"] == "projects")  # type: ignore[attr-defined]
    assert len(rows) == listed["rows"] > 10
    assert {"lanternfish", "harborlight"} <= {row["project_name"] for row in rows}


def test_a_person_runs_a_query_and_is_told_what_is_wrong_with_it(page: sync_api.Page) -> None:
    page.goto("/data/sql")
    page.get_by_label("Query").fill("select project_name from projects where project_name like 'lantern%' order by 1")
    page.get_by_role("button", name="Run").click()
    assert page.locator("#answer ~ .scroll tbody tr").first.inner_text() == "lanternfish"

    page.get_by_label("Query").fill("select nothing from projects")
    with page.expect_response("**/data/sql?**") as answer:
        page.get_by_role("button", name="Run").click()
    assert answer.value.status == 400
    assert "nothing" in page.get_by_role("alert").inner_text()


def test_names_are_completed_and_queries_kept_where_scripts_run(browser: sync_api.Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/data/sql")
    field = page.get_by_label("Query")
    field.press_sequentially("select project_name from proj")
    page.get_by_role("option", name="projects", exact=True).wait_for()
    field.press("Tab")
    assert field.input_value() == "select project_name from projects"

    page.get_by_role("button", name="Save here").click()
    page.goto("/data/sql")
    page.get_by_role("link", name="select project_name from projects").click()
    assert page.get_by_label("Query").input_value() == "select project_name from projects"
    assert page.locator("#answer").inner_text() == "Answer"
    context.close()


def test_a_person_makes_a_key_uses_it_and_revokes_it(page: sync_api.Page, site: Site, account: int) -> None:
    told = observer(site.folder, "accounts", "link", str(account), environment=site.environment)
    page.goto(told.stdout.strip())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Label").fill("journey")
    page.get_by_role("button", name="Create a key").click()
    secret = page.locator("pre.secret").inner_text().strip()
    assert answer_to(site, secret) == 200

    page.get_by_role("row", name=re.compile("journey")).get_by_role("button", name="Revoke").click()
    page.get_by_text("No key yet.").wait_for()
    page.wait_for_timeout(1_000)
    assert answer_to(site, secret) == 401


def answer_to(site: Site, secret: str) -> int:
    """The status of an answer to a request with a key."""
    request = urllib.request.Request(f"{site.url}/api/v1/metrics", headers={"Authorization": f"Bearer {secret}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.fixture(scope="module")
def account(site: Site) -> int:
    told = observer(site.folder, "accounts", "create", "Journey", "--json", environment=site.environment)
    number: int = json.loads(told.stdout)["account_id"]
    return number


def test_a_person_reports_a_number(page: sync_api.Page, site: Site, request: pytest.FixtureRequest) -> None:
    message = f"I count fewer, {request.node.callspec.id}"
    page.goto("/project/lanternfish?window=all")
    card = page.locator(".card", has=page.get_by_text("Commits", exact=True))
    number = card.locator(".amount").inner_text()
    card.locator("a").first.click()
    page.get_by_role("link", name="This looks wrong").click()
    assert page.locator(".big .amount").inner_text() == number
    page.get_by_label("What looks wrong").fill(message)
    page.get_by_role("button", name="File the report").click()

    assert re.fullmatch(r".*/reports/\d+", page.url)
    assert message in page.locator("blockquote").first.inner_text()
    assert page.locator("dl .amount").inner_text() == number
    page.get_by_role("link", name="The number with what it counts").click()
    assert page.locator(".big .amount").inner_text() == number
    told = json.loads(observer(site.folder, "reports", "list", "--json", environment=site.environment).stdout)
    assert [(r["metric"], r["entity"]) for r in told if r["message"] == message] == [("commits", "project/lanternfish")]


def test_the_page_is_no_wider_than_the_screen(page: sync_api.Page) -> None:
    for path in (
        "/",
        "/explore",
        "/project/lanternfish",
        "/collection/demo-ecosystem",
        "/metric/commits",
        "/status",
        "/data/sql",
        "/lineage",
    ):
        page.goto(path)
        box = page.locator("main").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= page.viewport_size["width"] + 1, path


def test_unknown_is_said_and_never_shown_as_zero(page: sync_api.Page) -> None:
    page.goto("/project/paper-lantern")

    values = page.locator(".card .amount").all_inner_texts()
    assert values
    assert set(values) == {"unknown"}
