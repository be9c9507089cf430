"""axe finds no violation on a page of any kind, light and dark, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx
import pytest

from tests.crawler import walk
from tests.journeys.conftest import CHROMIUM, Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: `make chromium` installs it on Debian"),
]

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
VIEWS = {"light desktop": ("light", 1280), "dark phone": ("dark", 390), "dark desktop": ("dark", 1280)}
"""Each view by its colour scheme and the width of its window."""

PLAIN = ("/api/v1/graphql/explorer", "/account", "/collective")
"""Pages that no other page need link to."""


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def paths(site: Site) -> Sequence[str]:
    """A page of each kind."""
    with httpx.Client(base_url=site.url, timeout=60) as client:
        found = [page.path for page in walk(client, {}, otherwise=1).pages]
        return [*found, *(path for path in PLAIN if client.get(path).status_code == 200)]


def violations(browser: sync_api.Browser, site: Site, view: str, paths: Sequence[str]) -> list[str]:
    """What axe has to say of each page in this view, with the first element that it means."""
    scheme, width = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": 850}, color_scheme=scheme, base_url=site.url, reduced_motion="reduce"
    )
    page, found = context.new_page(), []
    for path in paths:
        page.goto(path)
        found += [
            f"{path} in {view}: {each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in axe.Axe().run(page).response["violations"]
        ]
    context.close()
    return found


def test_axe_finds_what_is_wrong(browser: sync_api.Browser, site: Site) -> None:
    page = browser.new_page(base_url=site.url)
    page.goto("/about")
    page.evaluate(
        "document.querySelector('main').innerHTML += '<img src=\"/favicon.ico\"><p style=\"color:#eee\">pale</p>'"
    )
    found = {each["id"] for each in axe.Axe().run(page).response["violations"]}
    page.close()

    assert "image-alt" in found


def test_every_kind_of_page_has_no_violation(browser: sync_api.Browser, site: Site, paths: Sequence[str]) -> None:
    """Each kind in one view here, in all of them where slow tests run."""
    assert len(paths) > 25
    views = list(VIEWS)

    assert not [
        told
        for number, view in enumerate(views)
        for told in violations(browser, site, view, paths[number :: len(views)])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_no_kind_of_page_has_a_violation_in_any_view(
    browser: sync_api.Browser, site: Site, paths: Sequence[str], view: str
) -> None:
    assert not violations(browser, site, view, paths)
