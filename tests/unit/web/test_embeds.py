"""Charts in other people's pages, pictures for links, feeds and the map of the site."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import feedparser
import html5lib
import pytest
from PIL import Image
from starlette.testclient import TestClient

from observer.model.table import EntityType
from observer.web import picture
from observer.web.app import WebSettings, build_environment

BASE = "https://observer.example"


def test_a_frame_holds_one_chart_and_may_stand_anywhere(client: TestClient) -> None:
    page = client.get("/embed/commits/project/lattice?grain=month&range=all&theme=dark")
    series = client.get("/project/lattice.json?range=all").json()["data"]["series"]
    (commits,) = [each for each in series if each["metric"]["name"] == "commits"]

    policy = page.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "<script" not in page.text
    assert 'data-theme="dark"' in page.text
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.text)
    bars = [bar for bar in tree.iter() if str(bar.get("class", "")).startswith("bar")]
    assert len(bars) == len([point for point in commits["points"] if point["amount"] is not None])
    assert "frame-ancestors 'none'" in client.get("/project/lattice").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "frame"),
    [
        ("/project/lattice", "/embed/commits/project/lattice"),
        ("/collection/everything?grain=year", "/embed/commits/collection/everything?grain=year"),
        ("/explain/stars/project/quill?grain=month", "/embed/stars/project/quill?grain=month"),
        ("/explain/stars/project/quill?grain=all", "/embed/stars/project/quill"),
    ],
)
def test_oembed_answers_with_a_frame_of_ours(client: TestClient, path: str, frame: str) -> None:
    told = client.get("/oembed", params={"url": BASE + path, "maxwidth": "400"}).json()

    assert (told["version"], told["type"], told["width"]) == ("1.0", "rich", 400)
    (source,) = re.findall(r'src="([^"]*)"', told["html"])
    assert unescape(source) == BASE + frame
    assert client.get(unescape(source).removeprefix(BASE)).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"url={quote('https://evil.example/project/lattice')}", 404),
        (f"url={BASE}/project/nobody", 404),
        (f"url={BASE}/about", 404),
        ("url=javascript:alert(1)", 404),
        (f"url={BASE}/project/lattice&format=xml", 501),
    ],
)
def test_oembed_refuses_what_is_no_chart_of_ours(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/oembed?{query}").status_code == status


def test_a_page_says_where_its_frame_and_picture_are(client: TestClient) -> None:
    text = client.get("/project/lattice").text

    (discovery,) = re.findall(r'type="application/json\+oembed" href="([^"]*)"', text)
    assert client.get(unescape(discovery).removeprefix(BASE)).json()["title"] == "Commits of Lattice Protocol"
    (image,) = re.findall(r'property="og:image" content="([^"]*)"', text)
    answer = client.get(image.removeprefix(BASE).replace(".png", ".svg"))
    picture = ElementTree.fromstring(answer.text)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert picture.get("width") == "1200"
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "Lattice Protocol" in words
    assert f'<link rel="canonical" href="{BASE}/project/lattice">' in text


def test_the_picture_of_a_link_is_a_png_with_its_words(client: TestClient) -> None:
    if picture.font() is None:
        pytest.skip("no font is installed")
    text = client.get("/project/lattice").text

    assert f'property="og:image" content="{BASE}/share/project/lattice.png"' in text
    answer = client.get("/share/project/lattice.png")
    drawn = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert answer.headers["content-type"] == "image/png"
    assert drawn.size == (1200, 630)
    # Where the name stands there is dark ink on light paper.
    words = drawn.crop((72, 110, 700, 190)).convert("L").getextrema()
    assert words[0] < 60 < 200 < words[1]


def test_without_a_font_the_picture_stays_a_drawing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_FAMILIES", ("No Such Font",))
    picture.font.cache_clear()
    try:
        assert client.get("/share/project/lattice.png").status_code == 404
        settings = WebSettings("Test", lambda: datetime(2026, 11, 2, tzinfo=UTC), "1")
        assert build_environment(settings).globals["share_type"] == "svg"
    finally:
        picture.font.cache_clear()


def test_a_permalink_shows_the_same_numbers_later(client: TestClient) -> None:
    text = client.get("/project/lattice?grain=year").text

    (link,) = re.findall(r'<a href="([^"]*)" rel="nofollow">This page as it is', text)
    assert unescape(link) == "/project/lattice?grain=year&release=2"
    pinned = client.get("/project/lattice.json?grain=year&release=1").json()
    assert pinned["release"] == 1


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/metric/commits", "/status", "/connectors", "/model/events", "/data"]
)
def test_every_page_can_be_pinned_to_a_release(client: TestClient, path: str) -> None:
    assert client.get(f"{path}?release=1").headers["x-observer-release"] == "1"
    assert client.get(f"{path}?release=99").status_code == 404


def test_a_feed_reader_finds_the_releases(client: TestClient) -> None:
    feed = feedparser.parse(client.get("/releases.atom").content)

    assert not feed.bozo
    assert [entry.link for entry in feed.entries] == [f"{BASE}/releases/2", f"{BASE}/releases/1"]
    assert "2024-03-31" in feed.entries[0].title


def test_the_map_of_the_site_lists_pages_that_exist(client: TestClient) -> None:
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    places = [element.text or "" for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]

    assert f"{BASE}/project/lattice" in places
    assert f"{BASE}/docs/git" in places
    assert len(places) == len(set(places))
    for place in places:
        path = urlsplit(place).path
        if not path.startswith("/docs/"):
            assert client.get(path).status_code == 200, path
    robots = client.get("/robots.txt").text
    assert f"Sitemap: {BASE}/sitemap.xml" in robots
    refused = re.findall(r"Disallow: (/[\w/-]+)", robots)
    assert not [place for place in places if urlsplit(place).path.startswith(tuple(refused))]
    assert EntityType.PROJECT.value in places[-1]
