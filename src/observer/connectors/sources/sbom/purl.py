"""Package URLs (purl-spec) as the observatory names packages: registry and name, with the version apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packageurl import PackageURL

# Registries that have a name of their own in the directory; other types are named as their purl type in upper case.
_SOURCES = {"npm": "NPM", "pypi": "PYPI", "cargo": "CRATES", "golang": "GO"}

_RUNS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Purl:
    """A package URL: `text` in its canonical form, `source` and `name` as the observatory names the package.

    `name` is in lower case and has the namespace in it: `@scope/name` for npm, the module path for Go, `owner/name`
    for GitHub and its actions, `group:name` for Maven. `version` is None where the purl has none.
    """

    text: str
    type: str
    source: str
    name: str
    version: str | None
    subpath: str | None

    @property
    def versionless(self) -> str:
        """What is equal for all versions of a package."""
        return f"{self.source}:{self.name}"


def parse_purl(text: str) -> Purl:
    """The parts of a package URL. Raises ValueError where it is none.

    Namespaces and versions are percent-decoded; an at sign that stands undecoded before an npm scope is taken for
    what it means.
    """
    text = text.strip()
    if text.startswith("pkg:npm/@"):
        text = "pkg:npm/%40" + text.removeprefix("pkg:npm/@")
    parsed = PackageURL.from_string(text)
    kind = str(parsed.type).lower()
    if kind in ("github", "githubactions") and not parsed.namespace:
        raise ValueError(f"{text!r} names no owner")
    return Purl(
        text=parsed.to_string(),
        type=kind,
        source=_SOURCES.get(kind, kind.upper()),
        name=_name(kind, parsed.namespace, parsed.name),
        version=parsed.version or None,
        subpath=parsed.subpath or None,
    )


def _name(kind: str, namespace: str | None, name: str) -> str:
    if kind == "pypi":
        return _RUNS.sub("-", name).lower()
    if kind == "githubactions":
        # A reusable workflow is a file of a repository, which is what is depended on.
        path = f"{namespace}/{name}".split("/")
        return "/".join(path[:2]).lower()
    joined = ":" if kind == "maven" else "/"
    return (f"{namespace}{joined}{name}" if namespace else name).lower()
