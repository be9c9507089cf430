"""CycloneDX documents in JSON (cyclonedx.org/docs)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from observer.connectors.sources.sbom.document import Component, Document, Relation
from observer.connectors.sources.sbom.subject import subject_of
from observer.connectors.sources.sbom.values import listed, moment, purl_or_none, text


def is_cyclonedx(content: Mapping[str, Any]) -> bool:
    """Whether parsed JSON is a CycloneDX document."""
    return content.get("bomFormat") == "CycloneDX"


def parse_cyclonedx(content: Mapping[str, Any]) -> Document:
    """The document. Raises ValueError where a part has another shape than the format says."""
    metadata = content.get("metadata") or {}
    root = metadata.get("component")
    described = [_component(root, "metadata.component")] if isinstance(root, Mapping) else []
    components = {component.element_id: component for component in described}
    for place, item in _nested(content):
        component = _component(item, place)
        components.setdefault(component.element_id, component)
    addresses = [
        str(one.get("url")) for one in (listed(root, "externalReferences") if isinstance(root, Mapping) else [])
        if one.get("type") == "vcs"
    ]  # fmt: skip
    name = described[0].name if described else text(content.get("serialNumber")) or ""
    return Document(
        format="CYCLONEDX",
        spec_version=str(content.get("specVersion") or ""),
        name=name,
        namespace=text(content.get("serialNumber")),
        created_at=moment(metadata.get("timestamp")),
        creators=list(_tools(metadata.get("tools"))),
        subject=subject_of(name, described, addresses),
        roots=frozenset(component.element_id for component in described),
        components=list(components.values()),
        relations=list(_relations(content)),
    )


def _component(item: Mapping[str, Any], place: str) -> Component:
    purl = purl_or_none(text(item.get("purl")) or "")
    group, name = text(item.get("group")), text(item.get("name"))
    if name is None:
        raise ValueError(f"{place} has no name")
    return Component(
        element_id=text(item.get("bom-ref")) or text(item.get("purl")) or place,
        name=f"{group}/{name}" if group else name,
        version=text(item.get("version")),
        purl=purl,
        license=_license(listed(item, "licenses")),
        scope=text(item.get("scope")),
    )


def _nested(content: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, item in enumerate(listed(content, "components")):
        here = f"{place}components[{number}]"
        yield here, item
        yield from _nested(item, f"{here}.")


def _license(choices: list[Mapping[str, Any]]) -> str | None:
    for choice in choices:
        held = choice.get("license")
        found = text(choice.get("expression"))
        if found is None and isinstance(held, Mapping):
            found = text(held.get("id")) or text(held.get("name"))
        if found:
            return found
    return None


def _tools(tools: object) -> Iterator[str]:
    entries = listed(tools, "components") if isinstance(tools, Mapping) else tools
    for tool in entries if isinstance(entries, list) else ():
        if isinstance(tool, Mapping) and tool.get("name"):
            yield f"Tool: {tool['name']}-{tool.get('version') or ''}".rstrip("-")


def _relations(content: Mapping[str, Any]) -> Iterator[Relation]:
    for one in listed(content, "dependencies"):
        start = text(one.get("ref"))
        if start is None:
            raise ValueError("a dependency has no ref")
        for target in one.get("dependsOn") or ():
            yield Relation(start, str(target))
