"""Every kind of page of the demo, reached from home: valid, linked, and equal to its twins, the API and the files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest

from tests.crawler import (
    CELL,
    Crawl,
    assert_loads_nothing_foreign,
    assert_numbers,
    assert_same,
    assert_sound,
    assert_valid,
    current_values,
    existing,
    walk,
)
from tests.journeys.conftest import Site

MOST = {"explain": 12, "model": 8, "lineage": 6, "data": 12, "artifact": 12, "connectors": 8, "docs": 12, "metric": 12}
MOST |= {"project?": 12, "collection?": 8, "artifact?": 4, "explore?": 10, "compare?": 4, "report": 3}
"""How many pages of a kind are visited; with a question mark those whose address makes a choice. Others: 25."""

STRICT = 2
"""How many pages of each kind go through the parser that forgives nothing, which takes a tenth of a second each."""


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=60) as found:
        yield found


@pytest.fixture(scope="module")
def crawl(client: httpx.Client) -> Crawl:
    """Breadth first from home, a bounded number of each kind."""
    return walk(client, MOST)


def test_the_crawl_reaches_every_kind_of_page(crawl: Crawl) -> None:
    entities = {"", "explore", "project", "collection", "artifact", "compare"}
    figures = {"metrics", "metric", "explain", "model", "lineage", "data", "connectors"}
    assert entities | figures | {"docs", "status", "releases", "about"} <= {page.kind for page in crawl.pages}


def test_each_page_has_one_heading_ids_of_its_own_and_no_slip(crawl: Crawl) -> None:
    for page in crawl.pages:
        assert_sound(page)


def test_no_page_loads_anything_from_elsewhere(crawl: Crawl, site: Site) -> None:
    for page in crawl.pages:
        assert_loads_nothing_foreign(page, site.url)
    # What scripts and styles would load.
    for name in {address for page in crawl.pages for address in page.anatomy.loaded if address.startswith("/static/")}:
        text = site.get(name).decode()
        assert not re.search(r"(?:url\(|import\s*\(?|fetch\()\s*[\"'`]?(?:https?:)?//", text), name


def test_pages_are_valid_html(crawl: Crawl) -> None:
    for kind in {page.kind for page in crawl.pages}:
        for page in crawl.of(kind)[:STRICT]:
            assert_valid(page)


def test_every_link_inside_the_site_leads_somewhere(crawl: Crawl, client: httpx.Client) -> None:
    known = {address.partition("?")[0] for address in existing(client)}
    visited = {page.path.partition("?")[0] for page in crawl.pages}
    checked: set[str] = set()
    for address, origin in crawl.linked.items():
        path = re.sub(r"\.(json|csv)$", "", unquote(address.partition("?")[0]))
        if path in known or address.partition("?")[0] in visited or path in checked:
            continue
        checked.add(path)
        # Without a number or a query they have nothing to say.
        if path in ("/report", "/data/sql"):
            continue
        if path.startswith("/explain/"):
            # A number is explained where its metric and entity exist; the first ones are visited.
            _, _, metric, kind, rest = path.split("/", 4)
            assert f"/metric/{metric}" in known, (origin, address)
            assert f"/{kind}/{rest}" in known, (origin, address)
            continue
        answer = client.head(address, follow_redirects=True)
        assert answer.status_code in (200, 405), (origin, address, answer.status_code)


def test_the_numbers_of_an_entity_are_those_of_its_twins_and_of_the_api(crawl: Crawl, client: httpx.Client) -> None:
    pages = [*crawl.of("project")[:5], *crawl.of("collection")[:2], *crawl.of("artifact")[:2]]

    assert sum(assert_numbers(page, client) for page in pages) > 500


def test_the_table_of_entities_is_the_same_on_the_page_in_csv_json_and_parquet(
    crawl: Crawl, client: httpx.Client, site: Site
) -> None:
    page = crawl.of("explore")[0]
    items = client.get("/explore.json").json()["data"]["items"]
    rows = list(csv.DictReader(io.StringIO(client.get("/explore.csv").text)))
    published = current_values(site.folder / ".observer/releases/1/key_metrics_1.parquet")

    shown = iter(CELL.findall(page.text))
    for item, row in zip(items, rows, strict=True):
        assert row["entity.id"] == item["entity"]["id"]
        assert json.loads(row["values"]) == item["values"]
        for value in item["values"]:
            metric, address, grain, text = next(shown)
            assert (metric, grain) == (value["metric"], value["grain"])
            assert address == f"/project/{item['entity']['name']}"
            assert_same(text, value["amount"], value["state"], f"{address} {metric}")
            key = (item["entity"]["entity_type"], item["entity"]["id"], metric, grain)
            if value["state"] != "unknown":
                assert value["amount"] == pytest.approx(published.get(key) or 0.0), key
    assert next(shown, None) is None
    assert len(items) > 10


def test_an_explained_number_is_that_of_its_twin_and_of_the_api(crawl: Crawl, client: httpx.Client) -> None:
    for page in crawl.of("explain")[:8]:
        path, _, query = page.path.partition("?")
        twin = client.get(f"{path}.json?{query}").json()["data"]
        _, _, metric, entity = path.split("/", 3)
        given = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        asked = {"metric": metric, "entity": unquote(entity), "grain": given.get("grain", "all"), "limit": "50"}
        api = client.get("/api/v1/explain", params=asked | {k: v for k, v in given.items() if k == "bucket"}).json()[
            "data"
        ]

        big = re.search(r'class="big"><strong class="amount[^>]*>([^<]*)<', page.text)
        assert big is not None, page.path
        assert_same(big[1], twin["point"]["amount"], twin["point"]["state"], page.path)
        assert twin["point"] == api["point"], page.path
        assert twin["row_count"] == api["row_count"], page.path


def test_every_page_has_data_for_programs(crawl: Crawl, client: httpx.Client) -> None:
    for kind in {page.kind for page in crawl.pages} - {"account", "sign-in", "report", "data-collective"}:
        page = next(page for page in crawl.of(kind) if not page.path.startswith("/data/sql"))
        path, _, query = page.path.partition("?")
        answer = client.get(f"{'/index' if path == '/' else path}.json", params=query)
        assert answer.status_code == 200, page.path
        assert answer.json()["release"] == 1, page.path
