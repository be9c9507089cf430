"""The website over the whole real directory: pages, their twins, the API and the files say the same.

A sample of each kind in every run, chosen with a fixed seed; every project and collection in the slow one.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import duckdb
import pytest
from starlette.testclient import TestClient
from tests.crawler import (
    Crawl,
    Key,
    assert_loads_nothing_foreign,
    assert_numbers,
    assert_published,
    assert_sound,
    assert_valid,
    current_values,
    entities,
    existing,
    visit,
    walk,
)
from tests.real.conftest import RealRelease

from observer.cli.observatory import open_observatory
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings

pytestmark = pytest.mark.real_data

DOCS = Path(__file__).resolve().parents[2] / "docs"
SAMPLES = {"project": 16, "collection": 5, "artifact": 8}
MOST = dict.fromkeys(("explain", "model", "metric", "lineage", "data", "docs", "connectors", "compare", "people"), 2)
MOST |= {f"{kind}?": 2 for kind in ("project", "collection", "artifact", "explore", "compare")}
PARTS = 10
STRICT = 24
"""Pages that go through the parser that forgives nothing, which takes a tenth of a second each."""


@contextmanager
def site_of(reader_url: str, folder: Path) -> Iterator[TestClient]:
    settings = WebSettings("Real", lambda: datetime(2026, 11, 2, tzinfo=UTC), "test", docs=DOCS)
    with TestClient(create_app(ReadModel(reader_url, folder), settings)) as client:
        yield client


@pytest.fixture(scope="module")
def client(directory_release: RealRelease) -> Iterator[TestClient]:
    with site_of(directory_release.reader_url, directory_release.folder) as found:
        yield found


@pytest.fixture(scope="module")
def addresses(client: TestClient) -> dict[str, list[str]]:
    """All addresses by kind, as links write them."""
    found: dict[str, list[str]] = defaultdict(list)
    for address in existing(client):
        found[address.split("/")[1]].append(address)
    return found


@pytest.fixture(scope="module")
def crawl(client: TestClient, addresses: dict[str, list[str]]) -> Crawl:
    chance = random.Random(7112)
    first = ["/", *(quote(each) for kind, most in SAMPLES.items() for each in chance.sample(addresses[kind], most))]
    first += ["/project/opensource-observer", "/collection/optimism", "/collection/gitcoin-oss"]
    return walk(client, MOST | {kind: most + 3 for kind, most in SAMPLES.items()}, first)


def test_every_page_of_the_sample_is_sound_and_loads_nothing_from_elsewhere(crawl: Crawl, client: TestClient) -> None:
    kinds = {page.kind for page in crawl.pages}

    assert {*SAMPLES, "", "explore", "explain", "metric", "data", "docs", "status", "releases"} <= kinds
    for page in crawl.pages:
        assert_sound(page)
        assert_loads_nothing_foreign(page, str(client.base_url))


def test_pages_of_the_sample_are_valid_html(crawl: Crawl) -> None:
    for page in random.Random(24).sample(crawl.pages, STRICT):
        assert_valid(page)


def test_links_of_the_sample_lead_to_what_exists(
    crawl: Crawl, client: TestClient, addresses: dict[str, list[str]]
) -> None:
    known = {address for found in addresses.values() for address in found}
    visited = {page.path.partition("?")[0] for page in crawl.pages}
    for address, origin in crawl.linked.items():
        path = re.sub(r"\.(json|csv)$", "", address.partition("?")[0])
        if path in visited or unquote(path) in known or path in ("/report", "/data/sql"):
            continue
        if path.startswith("/explain/"):
            _, _, metric, entity = unquote(path).split("/", 3)
            assert {f"/metric/{metric}", f"/{entity}"} <= known, (origin, address)
            continue
        visited.add(path)
        answer = client.head(address, follow_redirects=True)
        assert answer.status_code in (200, 405), (origin, address, answer.status_code)


def test_numbers_of_the_sample_are_those_of_twins_api_and_files(
    crawl: Crawl, client: TestClient, directory_release: RealRelease
) -> None:
    files = directory_release.folder / str(directory_release.release.number) / "key_metrics_*.parquet"
    published = current_values(files)
    pages = [page for kind in SAMPLES for page in crawl.of(kind)]

    assert sum(assert_numbers(page, client) for page in pages) > 200
    for page in pages:
        assert_published(client, page.path, published)


def test_money_on_a_page_is_that_of_the_published_grants(client: TestClient, directory_release: RealRelease) -> None:
    folder = directory_release.folder / str(directory_release.release.number)
    rows = duckdb.execute(
        "select collection_name, count(*), sum(amount) from read_parquet(?) as grants join read_parquet(?) as members "
        "on members.project_id = grants.to_project_id group by 1 order by 2 desc, 1 limit 3",
        [str(folder / "oss_funding_*.parquet"), str(folder / "projects_by_collection_*.parquet")],
    ).fetchall()

    for name, count, amount in rows:
        funding = client.get(f"/collection/{name}.json").json()["data"]["funding"]
        assert funding["grant_count"] == count
        assert funding["known_amount"] == pytest.approx(amount)
        assert f"{count:,} grants".replace(",", "\u202f") in client.get(f"/collection/{name}").text


@dataclass(frozen=True)
class Built:
    """The site of a release that the whole pipeline built, and current values as its warehouse has them."""

    client: TestClient
    addresses: list[str]
    published: Mapping[Key, float | None]


@pytest.fixture(scope="module")
def whole(real_observatory: Path) -> Iterator[Built]:
    observatory = open_observatory(real_observatory / "observer.toml")
    with observatory.warehouse() as lake:
        rows = lake.query(
            "select entity_type, entity_id, metric_name, grain, amount from lake.marts.key_metrics "
            "where entity_type <> 'artifact' and amount is not null"
        )
    columns = [column.to_pylist() for column in rows.columns]
    # A project and a collection of one name have one id.
    published = {(kind, who, metric, grain): amount for kind, who, metric, grain, amount in zip(*columns, strict=True)}
    with site_of(observatory.postgres().reader, observatory.releases_dir) as client:
        yield Built(client, [*entities(client, "collections"), *entities(client, "projects")], published)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_project_and_collection_of_a_built_release_is_sound_and_as_in_the_warehouse(
    part: int, whole: Built
) -> None:
    addresses = whole.addresses[part::PARTS]
    checked = 0
    for number, address in enumerate(addresses):
        page = visit(whole.client, quote(address))
        assert_sound(page)
        assert_loads_nothing_foreign(page, str(whole.client.base_url))
        checked += assert_published(whole.client, page.path, whole.published)
        if number % 40 == 0:
            assert_valid(page)
            assert_numbers(page, whole.client)
    assert checked > 100 * len(addresses) > 0
