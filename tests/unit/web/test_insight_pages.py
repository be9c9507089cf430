"""The gallery over rendered files: what it finds, says of an item, and never serves."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient
from tests.unit.web.conftest import NOW

from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings
from observer.web.gallery import badge

RUN = {
    "release": 1,
    "as_of": "2026-10-31",
    "ran_at": "2026-11-01T12:00:00+00:00",
    "seconds": 1.5,
    "error": None,
    "cell": None,
    "digest": "ab" * 32,
    "count": 12,
    "times": 2,
    "reproduces": True,
    "differing": 0,
    "differences": [],
}
PNG = b"\x89PNG\r\n\x1a\nnot really"


def entry(kind: str, slug: str, **changed: Any) -> dict[str, Any]:
    return {
        "key": f"{kind}/{slug}",
        "kind": kind,
        "slug": slug,
        "path": f"community/{slug}.ipynb",
        "title": f"About <{slug}>",
        "question": "How many?",
        "authors": [{"name": "Ada & co", "url": "https://example.org/ada"}],
        "date": "2026-11-01",
        "method": "Counts.",
        "licence": "MIT",
        "tags": ["count"],
        "tables": ["projects"],
        "metrics": ["commits"],
        "sources": [],
        "uses": [],
        "used_by": [],
        "is_run": True,
        "pinned": None,
        "newest": None,
        "changes": None,
        "changed_numbers": 0,
        "first_changes": [],
        "thumbnail": None,
        **changed,
    }


@pytest.fixture
def site(tmp_path: Path, read_model: ReadModel) -> TestClient:
    later = RUN | {"release": 2}
    entries = [
        entry(
            "notebook",
            "first",
            pinned=RUN,
            newest=later,
            changes=True,
            changed_numbers=3,
            thumbnail="notebook/first.png",
        ),
        entry("template", "second", uses=["notebook/first"], tags=["start"], date="2026-11-02"),
        entry("report", "everything", is_run=False),
        entry("report", "unmade", is_run=False),
        entry("dataset", "evil", thumbnail="../../secret.png", is_run=False),
    ]
    (tmp_path / "secret.png").write_bytes(b"secret")
    for name in ("notebook", "template"):
        (tmp_path / "site" / name).mkdir(parents=True)
    (tmp_path / "site" / "notebook" / "first.html").write_text("<p>The body.</p>")
    (tmp_path / "site" / "notebook" / "first.png").write_bytes(PNG)
    (tmp_path / "site" / "index.json").write_text(json.dumps({"form": 1, "items": entries}))
    edition = tmp_path / "reports" / "everything" / "2"
    (edition / "charts").mkdir(parents=True)
    (edition / "charts" / "leaders.png").write_bytes(PNG)
    facts = {"form": 1, "charts": ["leaders"], "made_at": "2026-11-02T00:00:00+00:00"}
    (edition / "edition.json").write_text(json.dumps(facts))
    folders = {"insights": tmp_path / "site", "reports": tmp_path / "reports"}
    settings = WebSettings("Test", lambda: NOW, "1", "https://observer.example", **folders)
    return TestClient(create_app(read_model, settings), raise_server_exceptions=True)


def test_the_gallery_shows_all_items_newest_first_and_filters_them(site: TestClient) -> None:
    text = site.get("/insights").text

    assert text.index("About &lt;second&gt;") < text.index("About &lt;first&gt;")
    assert "5 of 5 items" in text and "changes on release 2" in text and "not yet run here" in text
    for address, count in (("?kind=notebook", 1), ("?tag=start", 1), ("?q=ada first", 1), ("?q=nothing", 0)):
        assert f"{count} of 5 items" in site.get(f"/insights{address}").text
    assert [row["key"] for row in site.get("/insights.json?kind=dataset").json()["data"]] == ["dataset/evil"]
    assert site.get("/insights.csv").text.startswith("key,title,question,authors")


def test_home_shows_the_newest_items_and_new_ones_at_once(site: TestClient, tmp_path: Path) -> None:
    before = site.get("/").text
    index = tmp_path / "site" / "index.json"
    items = json.loads(index.read_text())["items"]
    index.write_text(json.dumps({"form": 1, "items": [*items, entry("notebook", "fourth", date="2026-11-09")]}))
    os.utime(index, ns=(1, 1))
    after = site.get("/").text

    assert before.index("About &lt;second&gt;") < before.index("About &lt;first&gt;")
    assert "About &lt;fourth&gt;" not in before
    assert after.index("About &lt;fourth&gt;") < after.index("About &lt;second&gt;")
    assert after.count('class="insight"') == before.count('class="insight"') == 3


def test_the_page_of_an_item_says_who_made_it_what_uses_it_and_whether_it_reproduces(site: TestClient) -> None:
    text = site.get("/insights/notebook/first").text

    for told in (
        "<p>The body.</p>",
        "Ada &amp; co",
        "reproduces on release 1",
        "On release 2 3 numbers change",
        "abababab",
    ):
        assert told in text
    assert 'href="/insights/notebook/first"' in site.get("/insights/template/second").text
    assert "It has not been run on this observatory yet" in site.get("/insights/template/second").text
    assert site.get("/insights/notebook/third").status_code == 404


def test_thumbnails_are_those_of_the_gallery_alone(site: TestClient) -> None:
    found = site.get("/insights/thumbnail/notebook/first")

    assert (found.content, found.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in found.headers["content-security-policy"]
    assert site.get("/insights/thumbnail/dataset/evil").status_code == 404
    assert site.get("/insights/thumbnail/notebook/..%2f..%2fsecret").status_code == 404


def test_a_report_is_shown_by_a_chart_of_its_newest_edition(site: TestClient) -> None:
    assert 'src="/insights/thumbnail/report/everything"' in site.get("/insights").text
    assert site.get("/insights/thumbnail/report/everything").content == PNG
    assert 'href="/blog/everything"' in site.get("/insights/report/everything").text
    assert site.get("/insights/thumbnail/report/unmade").status_code == 404
    assert "/blog/unmade" not in site.get("/insights/report/unmade").text


def test_the_feed_is_one(site: TestClient) -> None:
    answer = site.get("/insights/feed.xml")

    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(answer.text)
    titles = [found.findtext(f"{atom}title") for found in feed.iter(f"{atom}entry")]
    assert titles == [f"About <{slug}>" for slug in ("second", "first", "everything", "evil", "unmade")]
    assert feed.findtext(f"{atom}entry/{atom}id") == "https://observer.example/insights/template/second"
    assert answer.headers["content-type"].startswith("application/atom+xml")


def test_without_a_rendered_gallery_the_page_says_so(read_model: ReadModel) -> None:
    client = TestClient(create_app(read_model, WebSettings("Test", lambda: NOW, "1")))

    assert "observer insights render" in client.get("/insights").text


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"is_run": False}, "text"),
        ({}, "not yet run here"),
        ({"pinned": RUN | {"reproduces": None}}, "ran once, on release 1"),
        ({"pinned": RUN}, "reproduces on release 1"),
        ({"pinned": RUN | {"reproduces": False}}, "does not reproduce on release 1"),
        ({"pinned": RUN | {"error": "x"}}, "fails on release 1"),
        ({"pinned": RUN | {"count": 0}}, "drawn on release 1"),
    ],
)
def test_a_badge_says_no_more_than_is_known(changed: dict[str, Any], text: str) -> None:
    assert badge(entry("notebook", "a", **changed)).text == text
