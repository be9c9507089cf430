"""Finds out what a document is about, from what its tools put where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from observer.connectors.sources.sbom.document import Component, Subject
from observer.connectors.sources.sbom.purl import Purl
from observer.model.artifact import identify_github

_FORGES = {"github": "GITHUB", "gitlab": "GITLAB", "bitbucket": "BITBUCKET"}
_GITHUB_NAME = "com.github."


def subject_of(name: str, described: Sequence[Component], addresses: Iterable[str] = ()) -> Subject | None:
    """The repository that a document describes, else the package; None if it names neither.

    In this order: a package URL of a forge, an address of a repository, GitHub's document name
    `com.github.<owner>/<name>`, a package URL of a registry.
    """
    purls = [component.purl for component in described if component.purl]
    for purl in purls:
        if purl.type in _FORGES:
            return _repository(_FORGES[purl.type], purl.name)
    for address in addresses:
        found = identify_github(address.removeprefix("git+"))
        if found is not None and not found.is_owner:
            return Subject(found.source, found.namespace, found.name)
    for candidate in (name, *(component.name for component in described)):
        if candidate.startswith(_GITHUB_NAME) and candidate.count("/") == 1:
            return _repository("GITHUB", candidate.removeprefix(_GITHUB_NAME).lower())
    return _package(purls[0]) if purls else None


def package_namespace(source: str, name: str) -> str:
    """The namespace of a package by the rules of the directory: npm's scope, a Go module's owner, else its name."""
    if source == "NPM":
        return name.removeprefix("@").split("/", 1)[0]
    if source == "GO":
        parts = name.split("/")
        return parts[1] if len(parts) > 1 else parts[0]
    return name.split("/", 1)[0]


def _repository(source: str, name: str) -> Subject | None:
    owner, _, repository = name.rpartition("/")
    return Subject(source, owner, repository) if owner and repository else None


def _package(purl: Purl) -> Subject:
    return Subject(purl.source, package_namespace(purl.source, purl.name), purl.name)
