"""The rows of a document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from observer.connectors.sources.sbom.document import Component, Document

Row = dict[str, object]


def document_row(document: Document, document_id: str, file: str) -> Row:
    """One look at a subject: documents that say the same at two times are two rows with one `document_id`."""
    created = document.created_at.isoformat(timespec="microseconds") if document.created_at else None
    snapshot = hashlib.sha256(f"{document_id} {created or file}".encode()).hexdigest()
    subject = document.subject
    return {
        "snapshot_id": snapshot[:32],
        "document_id": document_id,
        "format": document.format,
        "spec_version": document.spec_version,
        "document_name": document.name,
        "document_namespace": document.namespace,
        "created_at": created,
        "creators": list(document.creators),
        "subject_source": subject.source if subject else None,
        "subject_namespace": subject.namespace if subject else None,
        "subject_name": subject.name if subject else None,
        "component_count": len(document.components),
        "package_count": len({one.purl.text for one in document.components if one.purl}),
        "relationship_count": len(document.relations),
        "file": file,
        "_record_ref": f"sbom:{file}",
    }


def package_rows(document: Document, document_id: str, file: str) -> Iterator[Row]:
    """One row for each element; those of one package URL are told apart by their element id."""
    depths = document.depths()
    for component in document.components:
        yield {
            "document_id": document_id,
            "element_id": component.element_id,
            **_named(component),
            "license": component.license,
            "scope": component.scope,
            "depth": depths.get(component.element_id),
            "_record_ref": f"sbom:{file}#{component.element_id}",
        }


def relationship_rows(document: Document, document_id: str, file: str) -> Iterator[Row]:
    """One row for each relation; a relation that the document repeats comes once."""
    for relation in dict.fromkeys(document.relations):
        yield {
            "document_id": document_id,
            "from_element_id": relation.from_id,
            "to_element_id": relation.to_id,
            "relationship": relation.kind,
            "_record_ref": f"sbom:{file}#{relation.from_id}",
        }


def _named(component: Component) -> Row:
    purl = component.purl
    return {
        "component_name": component.name,
        "component_version": component.version,
        "purl": purl.text if purl else None,
        "purl_type": purl.type if purl else None,
        "package_source": purl.source if purl else None,
        "package_name": purl.name if purl else None,
        "package_version": purl.version if purl else None,
    }
