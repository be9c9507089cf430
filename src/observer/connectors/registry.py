"""Connectors by name: our own sources, manifests, those of the composition root, and executables."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from observer.connectors.executable import ExecutableSource
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.ports import Source

Factory = Callable[[], "Source"]

# Imported when asked for: a source may need libraries that take long to load.
_OWN = {
    "git": ("observer.connectors.sources.git.source", "GitSource"),
    "github": ("observer.connectors.sources.github.source", "GithubSource"),
    "github-archive": ("observer.connectors.sources.github_archive.source", "GithubArchiveSource"),
    "gitcoin": ("observer.connectors.sources.gitcoin.source", "GitcoinSource"),
    "issue-snapshots": ("observer.connectors.sources.issue_snapshots.source", "IssueSnapshotsSource"),
    "open-collective": ("observer.connectors.sources.open_collective.source", "OpenCollectiveSource"),
    "oss-funding": ("observer.connectors.sources.oss_funding.source", "OssFundingSource"),
    "sbom": ("observer.connectors.sources.sbom.source", "SbomSource"),
}


class Registry:
    """Knows how to make the source of a name.

    `factories` adds sources that need something from the composition root, or replaces ours; `executables` gives
    the command lines of connectors that speak the Airbyte protocol. `scratch` holds their temporary files. Each folder
    of `manifests` with a `manifest.yaml` is a connector, whose answers are kept below `cache` for the next run.
    """

    def __init__(
        self,
        factories: Mapping[str, Factory] | None = None,
        executables: Mapping[str, Sequence[str]] | None = None,
        *,
        scratch: Path | None = None,
        manifests: Path | None = None,
        cache: Path | None = None,
    ) -> None:
        self._factories = dict(factories or {})
        self._executables = {name: list(command) for name, command in (executables or {}).items()}
        self._scratch = scratch
        self._manifests = manifests
        self._cache = cache

    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order."""
        return tuple(sorted({*_OWN, *self._factories, *self._executables, *self.manifest_names()}))

    def manifest_names(self) -> tuple[str, ...]:
        """The names of the connectors that are manifests, in alphabetical order."""
        folder = self._manifests
        found = sorted(folder.glob("*/manifest.yaml")) if folder else []
        return tuple(path.parent.name for path in found if path.parent.name not in {*_OWN, *self._factories})

    def source(self, name: str) -> Source:
        """The source of a name. Raises ConfigError, with the nearest name, if there is none."""
        if name in self._executables:
            return ExecutableSource(name, self._executables[name], scratch=self._scratch)
        if name in self._factories:
            return self._factories[name]()
        if name in _OWN:
            module, kind = _OWN[name]
            made: Source = getattr(importlib.import_module(module), kind)()
            return made
        if self._manifests is not None and name in self.manifest_names():
            from observer.connectors.declarative.source import DeclarativeSource

            cache = self._cache / name if self._cache else None
            return DeclarativeSource(name, self._manifests / name, cache_dir=cache)
        near = difflib.get_close_matches(name, self.names(), n=1)
        raise ConfigError(
            f"no connector is named {name!r}",
            hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.names())}",
        )
