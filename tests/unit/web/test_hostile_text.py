"""Names, descriptions and addresses that attack, in every text column of a release: all of it stays text everywhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from starlette.testclient import TestClient
from tests.unit.web.conftest import DOCS

from observer.model.identifier import entity_id
from observer.model.published import PUBLISHED, ColumnType
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows
from observer.web.app import WebSettings

ATTACKS = (
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1) a='",
    "' onmouseover=alert(1) x='",
    "javascript:alert(1)",
    "JaVa\tScript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/x",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd|' /C calc'!A0",
    " \u00a0+1+1",
    "one\n=two()",
    "\uff1dHYPERLINK(1)",
    "admin\u202etxt.exe",
    "za\u200bro\ufeff\u2066",
    "lat\u200dtice",
    "</svg></style><svg onload=alert(1)>",
    "]]><!--<script>",
    "&lt;script&gt;&#106;avascript:",
    "Robert'); drop table projects;--",
    "x" * 10_000,
)
FREE = frozenset(
    {
        *("display_name", "description", "artifact_url", "url", "user_name", "from_project_name", "grant_pool_name"),
        *(
            "to_application_name",
            "token_unit",
            "license",
            "latest_version",
            "reason",
            "file",
            "title",
            "summary",
            "cost",
        ),
        *("personal_data", "licence", "homepage", "page", "record_ref", "default_branch", "class_evidence", "evidence"),
        *("caveats", "owner_name", "parent_name", "primary_language", "basis"),
    }
)
"""Columns of free text; others are keys, of which the site could not find anything if they were changed."""

_HIDDEN = re.compile("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


def hostile_rows() -> dict[str, list[dict[str, object]]]:
    """The sample release with an attack in each column of free text, another one in each row."""
    texts = {
        (table.name, column.name)
        for table in PUBLISHED
        for column in table.columns
        if column.type is ColumnType.TEXT and column.name in FREE
    }
    count = 0
    tables: dict[str, list[dict[str, object]]] = {}
    for name, rows in sample_rows().items():
        changed = []
        for row in rows:
            attacked: dict[str, object] = dict(row)
            for column in row:
                if (name, column) in texts and name not in ("metrics", "metric_names"):
                    attacked[column] = ATTACKS[count % len(ATTACKS)]
                    count += 1
            changed.append(attacked)
        tables[name] = changed
    tables["dependencies_by_collection"] = [needs("lattice", "quill", 2), needs("quill", "lattice", 1)]
    assert count > 3 * len(ATTACKS)
    return tables


def needs(user: str, used: str, packages: int) -> dict[str, object]:
    """A dependency between two projects of the sample's collection of everything."""
    names = ("dependent", user), ("dependency", used)
    ids = {f"{end}_project_id": entity_id("OSS_DIRECTORY", "oso", name) for end, name in names}
    return {
        **ids,
        **{f"{end}_project_name": name for end, name in names},
        "collection_id": entity_id("OSS_DIRECTORY", "oso", "everything"),
        "dependency_use": "production",
        "dependent_count": 1,
        "dependency_count": packages,
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder, hostile_rows())
        clock = partial(datetime, 2026, 11, 2, tzinfo=UTC)
        settings = WebSettings("Test", clock, "1", "https://observer.example", docs=DOCS)
        with TestClient(create_app(ReadModel(urls.reader, folder), settings)) as found:
            yield found


def crawled(client: TestClient) -> Iterator[tuple[str, str, Element]]:
    """Addresses, texts and trees of the pages reachable from home, a few of each kind; parsed without leniency."""
    waiting, kinds = ["/", "/explore?type=artifact", "/status", "/connectors", "/releases"], dict[str, int]()
    seen = set(waiting)
    for path in waiting:
        kind = path.split("?")[0].split("/")[1]
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > 5:
            continue
        answer = client.get(path)
        assert answer.status_code == 200, path
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
        yield path, answer.text, tree
        for link in tree.iter("a"):
            target = urlsplit(urljoin(f"http://testserver{path}", link.get("href", "")))
            address = target.path + (f"?{target.query}" if target.query else "")
            is_page = not target.path.startswith(("/api/", "/static/")) and not re.search(r"\.\w+$", target.path)
            if target.netloc == "testserver" and is_page and address not in seen:
                seen.add(address)
                waiting.append(address)


def test_attacks_stay_text_on_every_page(client: TestClient) -> None:
    kinds = set()
    for path, text, tree in crawled(client):
        kinds.add(path.split("?")[0].split("/")[1])
        for element in tree.iter():
            assert not any(name.lower().startswith("on") for name in element.attrib), path
            if element.tag == "script":
                assert element.get("src", "").startswith("/static/"), path
                assert not element.text, path
            _assert_harmless_addresses(path, element.attrib)
        assert not _HIDDEN.search(text), path
        assert "49{% raw" not in text, path
        assert "x" * 1000 not in (tree.findtext(".//h1") or ""), path

    assert {"", "explore", "project", "collection", "artifact", "explain", "connectors", "status"} <= kinds


def _assert_harmless_addresses(path: str, attributes: Mapping[str, str]) -> None:
    for name in ("href", "src", "action", "formaction", "data", "poster"):
        value = attributes.get(name)
        if value is not None:
            scheme = urlsplit(urljoin(f"http://testserver{path}", re.sub(r"[\x00-\x20]", "", value))).scheme
            assert scheme in ("http", "https", "mailto"), (path, value)
            is_foreign = "evil.example" in urlsplit(urljoin(f"http://testserver{path}", value)).netloc
            assert not is_foreign, (path, value)


@pytest.mark.parametrize(
    "path",
    [
        "/explore.csv",
        "/explore.csv?type=artifact",
        "/project/lattice.csv",
        "/collection/everything.csv",
        "/explain/commits/project/lattice.csv?grain=all",
        "/connectors.csv",
        "/status.csv",
    ],
)
def test_a_spreadsheet_takes_no_cell_for_a_formula(client: TestClient, path: str) -> None:
    rows = list(csv.reader(io.StringIO(client.get(path).text)))

    assert len(rows) > 1
    for cell in (cell for row in rows for cell in row):
        is_number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)
        is_formula = re.search(r"(\A|\n)[\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell) and not cell.startswith("'")
        assert is_number or not is_formula, (path, cell[:50])


def test_the_map_of_dependencies_has_the_strongest_links_first(client: TestClient) -> None:
    found = client.get("/collection/everything.json").json()["data"]["dependency_map"]

    links = [(link["project"]["name"], link["needs"]["name"], link["package_count"]) for link in found["links"]]
    assert links == [("lattice", "quill", 2), ("quill", "lattice", 1)]
    assert found["link_count"] == 2
    assert "Who needs whom" in client.get("/collection/everything").text


def test_what_programs_read_is_exact(client: TestClient) -> None:
    name = client.get("/api/v1/projects/lattice").json()["data"]["entity"]["display_name"]

    assert name in ATTACKS
