"""Every kind of page of the demo, reached from home: valid, linked, and equal to its twins, the API and the files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import duckdb
import html5lib
import httpx
import pytest

from tests.journeys.conftest import Site

MOST = {"explain": 12, "model": 8, "lineage": 6, "data": 12, "artifact": 12, "connectors": 8, "docs": 12, "metric": 12}
MOST |= {"project?": 12, "collection?": 8, "artifact?": 4, "explore?": 10, "compare?": 4, "report": 3}
"""How many pages of a kind are visited; with a question mark those whose address makes a choice. Others: 25."""

STRICT = 2
"""How many pages of each kind go through the parser that forgives nothing, which takes a tenth of a second each."""

_TEMPLATE_SLIP = re.compile(r"\bNone\b|\bUndefined\b|\{\{|\}\}|<function|object at 0x")


class Anatomy(HTMLParser):
    """What a page links to, loads, names and calls its headings."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: Counter[str] = Counter()
        self.headings = 0
        self.languages: list[str] = []
        self.unnamed: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.headings += tag == "h1"
        if tag == "html":
            self.languages.append(values.get("lang", ""))
        if values.get("id"):
            self.ids[values["id"]] += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in ("img", "script", "iframe", "source") and values.get("src"):
            self.loaded.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(values["href"])
        if tag == "img" and "alt" not in values:
            self.unnamed.append(values.get("src", ""))


@dataclass(frozen=True, slots=True)
class Visited:
    """One page as it came."""

    path: str
    kind: str
    text: str
    anatomy: Anatomy


@dataclass(slots=True)
class Crawl:
    """All pages that were visited, and all addresses of the site that they link to."""

    pages: list[Visited] = field(default_factory=list)
    linked: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> list[Visited]:
        return [page for page in self.pages if page.kind == kind]


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=60) as found:
        yield found


@pytest.fixture(scope="module")
def crawl(client: httpx.Client) -> Crawl:
    """Breadth first from home, a bounded number of each kind."""
    found, counts, waiting = Crawl(), Counter[str](), ["/"]
    seen = {"/"}
    for path in waiting:
        kind = kind_of(path)
        counts[kind] += 1
        if counts[kind] > MOST.get(kind, 25):
            continue
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path} says {answer.status_code}"
        page = Visited(path, kind, answer.text, Anatomy())
        page.anatomy.feed(answer.text)
        found.pages.append(page)
        for link in page.anatomy.links:
            target = urlsplit(urljoin(str(client.base_url) + path, link))
            if target.netloc != client.base_url.netloc.decode():
                continue
            address = target.path + (f"?{target.query}" if target.query else "")
            found.linked.setdefault(address, path)
            if is_page(target.path) and address not in seen:
                seen.add(address)
                waiting.append(address)
    return found


def kind_of(path: str) -> str:
    address, _, query = path.partition("?")
    kind = address.split("/")[1]
    return f"{kind}?" if query and kind in ("project", "collection", "artifact", "explore", "compare") else kind


def is_page(path: str) -> bool:
    return not path.startswith(("/api/", "/static/", "/v1/")) and not re.search(r"\.(json|csv|xml|atom|svg|txt)$", path)


def test_the_crawl_reaches_every_kind_of_page(crawl: Crawl) -> None:
    entities = {"", "explore", "project", "collection", "artifact", "compare"}
    figures = {"metrics", "metric", "explain", "model", "lineage", "data", "connectors"}
    assert entities | figures | {"docs", "status", "releases", "about"} <= {page.kind for page in crawl.pages}


def test_each_page_has_one_heading_ids_of_its_own_and_no_slip(crawl: Crawl) -> None:
    for page in crawl.pages:
        assert page.anatomy.headings == 1, page.path
        assert page.anatomy.languages == ["en"], page.path
        assert not page.anatomy.unnamed, page.path
        # The hatching of each chart is defined in it, and is the same everywhere.
        assert {name for name, count in page.anatomy.ids.items() if count > 1} <= {"unknown"}, page.path
        words = re.sub(r"<(pre|code|svg|script|textarea)\b.*?</\1>", "", page.text, flags=re.DOTALL)
        slip = None if page.kind == "docs" else _TEMPLATE_SLIP.search(re.sub(r"<[^>]*>", " ", words))
        assert not slip, (page.path, slip)


def test_no_page_loads_anything_from_elsewhere(crawl: Crawl, site: Site) -> None:
    for page in crawl.pages:
        for address in page.anatomy.loaded:
            assert urljoin(site.url + page.path, address).startswith(site.url), (page.path, address)
    # What scripts and styles would load.
    for name in {address for page in crawl.pages for address in page.anatomy.loaded if address.startswith("/static/")}:
        text = site.get(name).decode()
        assert not re.search(r"(?:url\(|import\s*\(?|fetch\()\s*[\"'`]?(?:https?:)?//", text), name


def test_pages_are_valid_html(crawl: Crawl) -> None:
    for kind in {page.kind for page in crawl.pages}:
        for page in crawl.of(kind)[:STRICT]:
            # The hatching's id again: browsers take the first one, which is equal.
            text = re.sub(r'<pattern id="unknown"', "<pattern", page.text)
            html5lib.HTMLParser(strict=True).parse(text)


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


def existing(client: httpx.Client) -> Iterator[str]:
    """Addresses of all things that have pages, as the API lists them."""
    for kind in ("projects", "collections", "artifacts"):
        cursor = ""
        while True:
            answer = client.get(f"/api/v1/{kind}?limit=1000{cursor}").json()
            for listed in answer["data"]:
                entity = listed["entity"]
                middle = f"{entity['source']}/{entity['namespace'] or '-'}/" if kind == "artifacts" else ""
                yield f"/{kind[:-1]}/{middle}{entity['name']}"
            if not answer["next_cursor"]:
                break
            cursor = f"&cursor={answer['next_cursor']}"
    for metric in client.get("/api/v1/metrics").json()["data"]:
        yield f"/metric/{metric['name']}"
        yield f"/lineage/metric/{metric['name']}"
    for model in client.get("/api/v1/models").json()["data"]:
        yield f"/model/{model['name']}"
        yield f"/lineage/model/{model['name']}"
    for table in client.get("/data.json").json()["data"]:
        yield f"/data/{table['name']}"


def parsed(text: str) -> float | None:
    """A number as a page writes it; None for unknown."""
    plain = re.sub(
        r"[\u202f\u2212]", lambda sign: "-" if sign[0] == "\u2212" else "", re.sub(r"<[^>]*>", "", text)
    ).strip()
    return None if plain == "unknown" else float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)


def assert_same(shown: str, amount: float | None, state: str, where: str) -> None:
    number = parsed(shown)
    if state == "unknown" or amount is None:
        assert number is None, (where, shown, amount)
        return
    assert number is not None, (where, shown, amount)
    assert number == pytest.approx(amount, abs=0.0051 if abs(amount) > 1 else 0.0006), where


_CARD = re.compile(
    r'<li class="card"><a href="/explain/(\w+)/[^"?]*\?grain=(\w+)">.*?<span class="amount[^>]*>([^<]*)</span>',
    re.DOTALL,
)
_CELL = re.compile(
    r'<a class="plain" href="/explain/(\w+)(/[^"?]*)\?grain=(\w+)"><span class="amount[^>]*>([^<]*)</span>'
)
_ROW = re.compile(r'<a class="plain" href="/explain/(\w+)(/[^"?]*)\?grain=(\w+)&amp;bucket=([\d-]+)">([^<]*)</a>')


def test_the_numbers_of_an_entity_are_those_of_its_twins_and_of_the_api(crawl: Crawl, client: httpx.Client) -> None:
    checked = 0
    for page in [*crawl.of("project")[:5], *crawl.of("collection")[:2], *crawl.of("artifact")[:2]]:
        twin = client.get(f"{page.path}.json").json()["data"]
        api = client.get("/api/v1/key-metrics", params={"entity": unquote(page.path[1:])}).json()["data"]
        assert twin["key_metrics"] == api, page.path
        values = {(value["metric"], value["grain"]): value for value in api}
        for metric, grain, shown in _CARD.findall(page.text):
            value = values[metric, grain]
            assert_same(shown, value["amount"], value["state"], f"{page.path} {metric}")
            checked += 1
        points = {
            (series["metric"]["name"], point["bucket"]): point
            for series in twin["series"]
            for point in series["points"]
        }
        for metric, _, _, bucket, shown in _ROW.findall(page.text):
            point = points[metric, bucket]
            assert_same(shown, point["amount"], point["state"], f"{page.path} {metric} {bucket}")
            checked += 1
    assert checked > 500


def test_the_table_of_entities_is_the_same_on_the_page_in_csv_json_and_parquet(
    crawl: Crawl, client: httpx.Client, site: Site
) -> None:
    page = crawl.of("explore")[0]
    items = client.get("/explore.json").json()["data"]["items"]
    rows = list(csv.DictReader(io.StringIO(client.get("/explore.csv").text)))
    published = warehouse(site)

    shown = iter(_CELL.findall(page.text))
    for item, row in zip(items, rows, strict=True):
        assert row["entity.id"] == item["entity"]["id"]
        assert json.loads(row["values"]) == item["values"]
        for value in item["values"]:
            metric, address, grain, text = next(shown)
            assert (metric, grain) == (value["metric"], value["grain"])
            assert address == f"/project/{item['entity']['name']}"
            assert_same(text, value["amount"], value["state"], f"{address} {metric}")
            key = (item["entity"]["id"], metric, grain)
            if value["state"] != "unknown":
                assert value["amount"] == pytest.approx(published.get(key, 0.0)), key
    assert next(shown, None) is None
    assert len(items) > 10


def warehouse(site: Site) -> Mapping[tuple[str, str, str], float]:
    """Current values as the release's Parquet file has them."""
    file = site.folder / ".observer" / "releases" / "1" / "key_metrics_1.parquet"
    query = "select entity_id, metric_name, grain, amount from read_parquet(?) where amount is not null"
    rows = duckdb.execute(query, [str(file)]).fetchall()
    return {(entity, metric, grain): float(amount) for entity, metric, grain, amount in rows}


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
