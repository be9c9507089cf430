"""SPDX 2 documents in JSON, as files or as GitHub's API wraps them (spdx.github.io/spdx-spec/v2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from observer.connectors.sources.sbom.document import DEPENDS_ON, Component, Document, Relation
from observer.connectors.sources.sbom.subject import subject_of
from observer.connectors.sources.sbom.values import listed, moment, purl_or_none, text

# Kinds that say the same as DEPENDS_ON, read from the other end.
_REVERSED = frozenset(
    f"{kind}_OF"
    for kind in (
        "DEPENDENCY", "BUILD_DEPENDENCY", "DEV_DEPENDENCY", "OPTIONAL_DEPENDENCY", "PROVIDED_DEPENDENCY",
        "RUNTIME_DEPENDENCY", "TEST_DEPENDENCY",
    )
)  # fmt: skip
_NOTHING = frozenset({"NOASSERTION", "NONE", ""})


def is_spdx(content: Mapping[str, Any]) -> bool:
    """Whether parsed JSON is an SPDX 2 document."""
    return str(content.get("spdxVersion", "")).startswith("SPDX-2")


def parse_spdx(content: Mapping[str, Any]) -> Document:
    """The document. Raises ValueError where a part has another shape than the format says."""
    own = text(content.get("SPDXID")) or "SPDXRef-DOCUMENT"
    components = [_component(package) for package in listed(content, "packages")]
    pairs = list(_pairs(listed(content, "relationships")))
    roots = {target for start, kind, target in pairs if kind == "DESCRIBES" and start == own}
    roots |= {start for start, kind, target in pairs if kind == "DESCRIBED_BY" and target == own}
    roots |= {str(element) for element in content.get("documentDescribes") or ()}
    creation = content.get("creationInfo") or {}
    name = text(content.get("name")) or ""
    described = [component for component in components if component.element_id in roots]
    return Document(
        format="SPDX",
        spec_version=str(content["spdxVersion"]).removeprefix("SPDX-"),
        name=name,
        namespace=text(content.get("documentNamespace")),
        created_at=moment(creation.get("created")),
        creators=[str(creator) for creator in creation.get("creators") or () if str(creator).startswith("Tool:")],
        subject=subject_of(name, described),
        roots=frozenset(roots),
        components=components,
        relations=list(_relations(pairs)),
    )


def _component(package: Mapping[str, Any]) -> Component:
    element = text(package.get("SPDXID"))
    if element is None:
        raise ValueError("a package has no SPDXID")
    references = listed(package, "externalRefs")
    purls = [str(one.get("referenceLocator")) for one in references if one.get("referenceType") == "purl"]
    licence = text(package.get("licenseConcluded"))
    if licence is None or licence in _NOTHING:
        licence = text(package.get("licenseDeclared"))
    return Component(
        element_id=element,
        name=text(package.get("name")) or element,
        version=text(package.get("versionInfo")),
        purl=next((purl for purl in map(purl_or_none, purls) if purl), None),
        license=None if licence in _NOTHING else licence,
    )


def _pairs(relationships: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for one in relationships:
        try:
            yield str(one["spdxElementId"]), str(one["relationshipType"]).upper(), str(one["relatedSpdxElement"])
        except KeyError as error:
            raise ValueError(f"a relationship has no {error.args[0]}") from error


def _relations(pairs: list[tuple[str, str, str]]) -> Iterator[Relation]:
    for start, kind, target in pairs:
        if kind in _REVERSED:
            yield Relation(target, start)
        elif target not in _NOTHING:
            yield Relation(start, target, DEPENDS_ON if kind == DEPENDS_ON else kind)
