"""What a person does in Chromium, on a desktop and on a phone, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.conftest import CHROMIUM, Site

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


@pytest.fixture(params=["desktop", "phone", "no-javascript"])
def page(request: pytest.FixtureRequest, browser: sync_api.Browser, site: Site) -> Iterator[sync_api.Page]:
    width = 390 if request.param == "phone" else 1280
    context = browser.new_context(
        viewport={"width": width, "height": 850},
        java_script_enabled=request.param != "no-javascript",
        base_url=site.url,
    )
    page = context.new_page()
    problems: list[str] = []
    foreign: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
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
    card.locator("a").click()

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


def test_the_page_is_no_wider_than_the_screen(page: sync_api.Page) -> None:
    for path in ("/", "/explore", "/project/lanternfish", "/metric/commits", "/status", "/releases"):
        page.goto(path)
        box = page.locator("main").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= page.viewport_size["width"] + 1, path


def test_unknown_is_said_and_never_shown_as_zero(page: sync_api.Page) -> None:
    page.goto("/project/paper-lantern")

    values = page.locator(".card .amount").all_inner_texts()
    assert values
    assert set(values) == {"unknown"}
