"""Package URLs as the observatory names packages, and what a document is about."""

from __future__ import annotations

import pytest

from observer.connectors.sources.sbom.document import Component, Document, Relation, Subject
from observer.connectors.sources.sbom.purl import parse_purl
from observer.connectors.sources.sbom.source import parse_document
from observer.connectors.sources.sbom.subject import package_namespace, subject_of


@pytest.mark.parametrize(
    ("text", "source", "name", "version"),
    [
        ("pkg:npm/%40Acme/tool@1.0.0", "NPM", "@acme/tool", "1.0.0"),
        ("pkg:npm/@acme/tool@%5E1.0.0", "NPM", "@acme/tool", "^1.0.0"),
        ("pkg:npm/left", "NPM", "left", None),
        ("pkg:pypi/Typing_Extensions@4.9", "PYPI", "typing-extensions", "4.9"),
        ("pkg:cargo/Serde@1.0.0", "CRATES", "serde", "1.0.0"),
        ("pkg:golang/github.com/Acme/tool@v1.2.3#cmd/x", "GO", "github.com/acme/tool", "v1.2.3"),
        ("pkg:maven/org.example/inner@1?type=jar", "MAVEN", "org.example:inner", "1"),
        ("pkg:github/Acme/Tool@main", "GITHUB", "acme/tool", "main"),
        ("pkg:githubactions/actions/checkout@4.%2A.%2A", "GITHUBACTIONS", "actions/checkout", "4.*.*"),
        ("pkg:githubactions/acme/flows/.github/workflows/a.yml@main", "GITHUBACTIONS", "acme/flows", "main"),
        ("pkg:gem/rails@7", "GEM", "rails", "7"),
    ],
)
def test_a_package_url_names_a_package(text: str, source: str, name: str, version: str | None) -> None:
    purl = parse_purl(text)

    assert (purl.source, purl.name, purl.version) == (source, name, version)


@pytest.mark.parametrize(
    "text", ["", "npm/left", "pkg:", "pkg:npm", "https://example.org", "pkg:githubactions/checkout"]
)
def test_what_is_no_package_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_purl(text)


def test_two_spellings_of_a_package_url_are_one() -> None:
    assert parse_purl("pkg:npm/@acme/tool@1").text == parse_purl("pkg:npm/%40acme/tool@1").text


@pytest.mark.parametrize(
    ("source", "name", "namespace"),
    [
        ("NPM", "@acme/tool", "acme"),
        ("NPM", "left", "left"),
        ("GO", "github.com/acme/tool/v2", "acme"),
        ("GO", "gopkg.in", "gopkg.in"),
        ("PYPI", "kit", "kit"),
    ],
)
def test_namespaces_are_those_of_the_directory(source: str, name: str, namespace: str) -> None:
    assert package_namespace(source, name) == namespace


def _component(purl: str | None, name: str = "it") -> Component:
    return Component("root", name, None, parse_purl(purl) if purl else None)


@pytest.mark.parametrize(
    ("name", "described", "addresses", "expected"),
    [
        ("x", [_component("pkg:github/Acme/Tool@main")], [], Subject("GITHUB", "acme", "tool")),
        ("x", [_component("pkg:npm/tool")], ["https://github.com/acme/tool"], Subject("GITHUB", "acme", "tool")),
        ("com.github.Acme/tool", [_component(None)], [], Subject("GITHUB", "acme", "tool")),
        ("x", [_component(None, "com.github.acme/tool")], [], Subject("GITHUB", "acme", "tool")),
        ("x", [_component("pkg:npm/%40acme/tool@1")], [], Subject("NPM", "acme", "@acme/tool")),
        ("x", [_component(None)], ["https://github.com/acme"], None),
    ],
)
def test_a_document_is_about_a_repository_before_a_package(
    name: str, described: list[Component], addresses: list[str], expected: Subject | None
) -> None:
    assert subject_of(name, described, addresses) == expected


def _document(relations: list[Relation]) -> Document:
    components = [Component(name, name, None, None) for name in ("root", "a", "b", "c")]
    return Document("SPDX", "2.3", "x", None, None, (), None, frozenset({"root"}), components, relations)


def test_depth_takes_the_shortest_way_and_survives_circles() -> None:
    pairs = [("root", "a"), ("a", "b"), ("b", "a"), ("root", "c"), ("a", "c"), ("c", "root")]

    depths = _document([Relation(start, target) for start, target in pairs]).depths()

    assert depths == {"root": 0, "a": 1, "c": 1, "b": 2}


def test_only_dependence_leads_on() -> None:
    assert _document([Relation("root", "a", "CONTAINS"), Relation("root", "b")]).depths() == {"root": 0, "b": 1}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"spdxVersion": "SPDX-3.0"}',
        b'{"spdxVersion": "SPDX-2.3", "packages": [{"name": "x"}]}',
        b'{"spdxVersion": "SPDX-2.3", "relationships": [{"spdxElementId": "a"}]}',
        b'{"bomFormat": "CycloneDX", "components": [{"purl": "pkg:npm/x"}]}',
        b'{"bomFormat": "CycloneDX", "dependencies": [{"dependsOn": []}]}',
    ],
)
def test_documents_of_another_shape_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_document(content)
