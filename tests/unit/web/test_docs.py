"""The documentation on the site: links between documents, titles, search, and nothing of HTML let through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from observer.web.docs import Library
from observer.web.markdown import markdown

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.read(ROOT / "docs")


def test_every_guide_has_a_title_and_an_address_of_its_own(library: Library) -> None:
    names = [document.name for document in library.documents]

    assert {"git", "settings", "metrics", "reference-metrics"} <= set(names)
    assert len(names) == len(set(names))
    assert all(document.title != document.name for document in library.documents)


def test_links_between_documents_lead_to_their_pages(library: Library) -> None:
    guide = library.find("git")
    assert guide is not None

    assert library.address(guide, "../reference/settings.md#git") == "/docs/settings#git"
    assert library.address(guide, "../reference/metrics.md") == "/docs/reference-metrics"
    assert library.address(guide, "metrics.md") == "/docs/metrics"
    assert library.address(guide, "../../connectors/git/README.md") == "/connectors/git"
    assert library.address(guide, "../decisions/0001-x.md") is None


def test_no_link_of_a_document_leads_to_a_file(library: Library) -> None:
    for document in library.documents:
        body = markdown(document.text, lambda link, of=document: library.address(of, link))
        links = re.findall(r'href="([^"]*)"', body)
        assert all(re.match(r"https?://|/docs/|/connectors/|#", link) for link in links), document.name
        anchors = set(re.findall(r'id="([^"]*)"', body))
        assert all(link[1:] in anchors for link in links if link.startswith("#")), document.name


def test_a_title_with_the_words_comes_before_a_text_with_them(library: Library) -> None:
    assert library.search("forks mirrors", 3)[0].name == "lineage"
    assert library.search("zzzzzz", 3) == []
    assert library.search(" ", 3) == []


def test_html_and_addresses_of_other_kinds_stay_text() -> None:
    text = (
        "# Title\n\n# Second\n\n<script>x</script> [a](javascript:alert(1)) [b](file.md) ![i](x.png) [c](https://e.org)"
    )

    body = markdown(text)

    assert "<script" not in body
    assert "<img" not in body
    assert re.findall(r'href="([^"]*)"', body) == ["https://e.org"]
    assert body.startswith('<h2 id="second">Second</h2>')
