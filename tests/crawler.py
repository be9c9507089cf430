"""Visits pages of a served or in-process site and compares their numbers with their twins, the API and the files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import duckdb
import html5lib
import httpx
import pytest

Key = tuple[str, str, str, str]
"""Id of an entity, name of a metric, grain."""

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


def walk(client: httpx.Client, most: Mapping[str, int], first: Sequence[str] = ("/",), *, otherwise: int = 25) -> Crawl:
    """Breadth first from the first pages, of each kind at most so many, `otherwise` where nothing is said."""
    found, counts, waiting = Crawl(), Counter[str](), list(first)
    seen = set(waiting)
    for path in waiting:
        kind = kind_of(path)
        counts[kind] += 1
        if counts[kind] > most.get(kind, otherwise):
            continue
        page = visit(client, path)
        found.pages.append(page)
        for address in links_of(client, page):
            found.linked.setdefault(address, path)
            if is_page(address.partition("?")[0]) and address not in seen:
                seen.add(address)
                waiting.append(address)
    return found


def visit(client: httpx.Client, path: str) -> Visited:
    """The page of an address, which has to be there."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, f"{path} says {answer.status_code}"
    page = Visited(path, kind_of(path), answer.text, Anatomy())
    page.anatomy.feed(answer.text)
    return page


def links_of(client: httpx.Client, page: Visited) -> Iterator[str]:
    """The addresses of the same site that a page links to, without fragments."""
    for link in page.anatomy.links:
        target = urlsplit(urljoin(str(client.base_url) + page.path, link))
        if target.netloc == client.base_url.netloc.decode():
            yield target.path + (f"?{target.query}" if target.query else "")


def kind_of(path: str) -> str:
    address, _, query = path.partition("?")
    kind = address.split("/")[1]
    return f"{kind}?" if query and kind in ("project", "collection", "artifact", "explore", "compare") else kind


def is_page(path: str) -> bool:
    return not path.startswith(("/api/", "/static/", "/v1/")) and not re.search(r"\.(json|csv|xml|atom|svg|txt)$", path)


def assert_sound(page: Visited) -> None:
    """One heading, one language, ids of its own, names for pictures, and no slip of a template."""
    assert page.anatomy.headings == 1, page.path
    assert page.anatomy.languages == ["en"], page.path
    assert not page.anatomy.unnamed, page.path
    # The hatching of each chart is defined in it, and is the same everywhere.
    assert {name for name, count in page.anatomy.ids.items() if count > 1} <= {"unknown"}, page.path
    words = re.sub(r"<(pre|code|svg|script|textarea)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    slip = None if page.kind == "docs" else _TEMPLATE_SLIP.search(re.sub(r"<[^>]*>", " ", words))
    assert not slip, (page.path, slip)


def assert_loads_nothing_foreign(page: Visited, site: str) -> None:
    """What a page loads has an address of the site, which begins with `site`."""
    for address in page.anatomy.loaded:
        assert urljoin(site + page.path, address).startswith(site), (page.path, address)


def assert_valid(page: Visited) -> None:
    """The page passes the parser that forgives nothing."""
    # The hatching's id again: browsers take the first one, which is equal.
    text = re.sub(r'<pattern id="unknown"', "<pattern", page.text)
    try:
        html5lib.HTMLParser(strict=True).parse(text)
    except html5lib.html5parser.ParseError as error:
        raise AssertionError(f"{page.path}: {error}") from error


def assert_numbers(page: Visited, client: httpx.Client) -> int:
    """The numbers of an entity's page are those of its twins and of the API; how many were compared."""
    path, _, query = page.path.partition("?")
    twin = client.get(f"{path}.json", params=query).json()["data"]
    api = client.get("/api/v1/key-metrics", params={"entity": reference(twin["entity"])}).json()["data"]
    assert twin["key_metrics"] == api, page.path
    values = {(value["metric"], value["grain"]): value for value in api}
    checked = 0
    for metric, grain, shown in _CARD.findall(page.text):
        value = values[metric, grain]
        assert_same(shown, value["amount"], value["state"], f"{page.path} {metric}")
        checked += 1
    points = {(s["metric"]["name"], point["bucket"]): point for s in twin["series"] for point in s["points"]}
    for metric, _, _, bucket, shown in _ROW.findall(page.text):
        point = points[metric, bucket]
        assert_same(shown, point["amount"], point["state"], f"{page.path} {metric} {bucket}")
        checked += 1
    return checked + _assert_csv(client.get(f"{path}.csv", params=query).text, twin, path)


def _assert_csv(text: str, twin: Mapping[str, Any], path: str) -> int:
    """The rows of an entity's CSV: of what is inside of it where something can be, otherwise its current values."""
    rows = list(csv.DictReader(io.StringIO(text)))
    if twin["inside"] is None:
        for row, value in zip(rows, twin["key_metrics"], strict=True):
            assert (row["metric"], row["grain"], row["state"]) == (value["metric"], value["grain"], value["state"]), (
                path
            )
            assert (float(row["amount"]) if row["amount"] else None) == value["amount"], (path, row)
        return len(rows)
    for row, listed in zip(rows, twin["inside"], strict=True):
        # What a spreadsheet would take for a formula stands behind an apostrophe.
        assert row["entity.id"].removeprefix("'") == listed["entity"]["id"], path
        assert json.loads(row["values"]) == listed["values"], path
    return len(rows)


def assert_published(client: httpx.Client, path: str, published: Mapping[Key, float | None]) -> int:
    """The current values of an entity are those of the files; what is not there is zero or unknown."""
    twin = client.get(f"{path}.json").json()["data"]
    for value in twin["key_metrics"]:
        entity = twin["entity"]
        stored = published.get((entity["entity_type"], entity["id"], value["metric"], value["grain"]))
        if value["state"] == "unknown":
            assert value["amount"] is None, (path, value)
        else:
            assert value["amount"] == pytest.approx(stored or 0.0), (path, value)
    return len(twin["key_metrics"])


def current_values(files: Path) -> Mapping[Key, float | None]:
    """Current values as Parquet files have them; `files` may be a pattern."""
    query = "select entity_type, entity_id, metric_name, grain, amount from read_parquet(?)"
    rows = duckdb.execute(query, [str(files)]).fetchall()
    return {tuple(key): None if amount is None else float(amount) for *key, amount in rows}


def reference(entity: Mapping[str, Any]) -> str:
    """How the API's parameter names an entity."""
    if entity["entity_type"] != "artifact":
        return f"{entity['entity_type']}/{entity['name']}"
    return f"artifact/{entity['source']}/{entity['namespace']}/{entity['name']}"


def existing(client: httpx.Client) -> Iterator[str]:
    """Addresses of all things that have pages, as the API lists them."""
    for kind in ("projects", "collections", "artifacts"):
        yield from entities(client, kind)
    for metric in client.get("/api/v1/metrics").json()["data"]:
        yield f"/metric/{metric['name']}"
        yield f"/lineage/metric/{metric['name']}"
    for model in client.get("/api/v1/models").json()["data"]:
        yield f"/model/{model['name']}"
        yield f"/lineage/model/{model['name']}"
    for table in client.get("/data.json").json()["data"]:
        yield f"/data/{table['name']}"


def entities(client: httpx.Client, kind: str) -> Iterator[str]:
    """Addresses of all projects, collections or artifacts, as the API lists them."""
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get(f"/api/v1/{kind}?limit=1000{cursor}").json()
        for listed in answer["data"]:
            entity = listed["entity"]
            middle = f"{entity['source']}/{entity['namespace'] or '-'}/" if kind == "artifacts" else ""
            yield f"/{kind[:-1]}/{middle}{entity['name']}"
        cursor = f"&cursor={answer['next_cursor']}" if answer["next_cursor"] else None


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
CELL = re.compile(
    r'<a class="plain" href="/explain/(\w+)(/[^"?]*)\?grain=(\w+)"><span class="amount[^>]*>([^<]*)</span>'
)
_ROW = re.compile(r'<a class="plain" href="/explain/(\w+)(/[^"?]*)\?grain=(\w+)&amp;bucket=([\d-]+)">([^<]*)</a>')
