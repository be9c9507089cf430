"""A software bill of materials in one form, whatever its format: components, what depends on what, and the subject."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from observer.connectors.sources.sbom.purl import Purl

DEPENDS_ON = "DEPENDS_ON"


@dataclass(frozen=True, slots=True)
class Component:
    """One element of a document. `purl` is None where it has no valid one; `scope` is CycloneDX's word for its use."""

    element_id: str
    name: str
    version: str | None
    purl: Purl | None
    license: str | None = None
    scope: str | None = None

    @property
    def identity(self) -> str:
        """What stays the same when a tool writes the document anew under other element ids."""
        return self.purl.text if self.purl else f"{self.name}@{self.version or ''}"


@dataclass(frozen=True, slots=True)
class Relation:
    """One element and another that it depends on; other kinds of relation keep the document's word for them."""

    from_id: str
    to_id: str
    kind: str = DEPENDS_ON


@dataclass(frozen=True, slots=True)
class Subject:
    """What a document is about: a repository or package in the terms of the directory, in lower case."""

    source: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A bill of materials. `roots` are the ids of the elements that it describes."""

    format: str
    spec_version: str
    name: str
    namespace: str | None
    created_at: datetime | None
    creators: Sequence[str]
    subject: Subject | None
    roots: frozenset[str]
    components: Sequence[Component]
    relations: Sequence[Relation]
    _depths: dict[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The SHA-256 of subject, components and relations: equal for two documents that say the same."""
        names = {component.element_id: component.identity for component in self.components}
        subject = self.subject
        lines = [f"subject {subject.source} {subject.namespace} {subject.name}" if subject else f"name {self.name}"]
        lines += sorted(
            f"component {component.element_id in self.roots} {component.identity}" for component in self.components
        )
        lines += sorted(
            f"relation {names.get(one.from_id, '')} {one.kind} {names.get(one.to_id, '')}" for one in self.relations
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def depths(self) -> Mapping[str, int]:
        """How far each element is from what is described, in steps of dependency: 0 the subject, 1 direct.

        Elements that no step leads to are left out; all are, where the document does not say what its subject needs.
        """
        if not self._depths:
            self._depths.update(_distances(self.roots, self.relations))
        return self._depths


def _distances(roots: Iterable[str], relations: Iterable[Relation]) -> dict[str, int]:
    following: dict[str, list[str]] = {}
    for relation in relations:
        if relation.kind == DEPENDS_ON:
            following.setdefault(relation.from_id, []).append(relation.to_id)
    found = dict.fromkeys(roots, 0)
    waiting = deque(found)
    while waiting:
        element = waiting.popleft()
        for target in following.get(element, ()):
            if target not in found:
                found[target] = found[element] + 1
                waiting.append(target)
    return found
