"""Connectors by name: our own sources, manifests, those of the composition root, and executables."""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from observer.connectors.executable import ExecutableSource
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.connectors.metadata import Metadata
    from observer.ports import Source

Factory = Callable[[], "Source"]

# Imported when asked for: a source may need libraries that take long to load.
_OWN = {
    "bucket": ("observer.connectors.sources.bucket.source", "BucketSource"),
    "evm": ("observer.connectors.sources.evm.source", "EvmSource"),
    "git": ("observer.connectors.sources.git.source", "GitSource"),
    "github": ("observer.connectors.sources.github.source", "GithubSource"),
    "github-archive": ("observer.connectors.sources.github_archive.source", "GithubArchiveSource"),
    "gitcoin": ("observer.connectors.sources.gitcoin.source", "GitcoinSource"),
    "http-file": ("observer.connectors.sources.http_file.source", "HttpFileSource"),
    "issue-snapshots": ("observer.connectors.sources.issue_snapshots.source", "IssueSnapshotsSource"),
    "opendevdata": ("observer.connectors.sources.opendevdata.source", "OpenDevDataSource"),
    "open-collective": ("observer.connectors.sources.open_collective.source", "OpenCollectiveSource"),
    "oss-funding": ("observer.connectors.sources.oss_funding.source", "OssFundingSource"),
    "postgres": ("observer.connectors.sources.postgres.source", "PostgresSource"),
    "sbom": ("observer.connectors.sources.sbom.source", "SbomSource"),
}

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Registry:
    """Knows how to make the source of a name.

    `factories` adds sources that need something from the composition root, or replaces ours; `executables` gives
    the command lines of connectors that speak the Airbyte protocol. `scratch` holds their temporary files. Each folder
    of `manifests` with a `manifest.yaml` is a connector, whose answers are kept below `cache` for the next run.
    `instances` are connectors with names of their own: each is made as the connector that it names, and its state and
    its raw tables go by its own name.
    """

    def __init__(
        self,
        factories: Mapping[str, Factory] | None = None,
        executables: Mapping[str, Sequence[str]] | None = None,
        *,
        scratch: Path | None = None,
        manifests: Path | None = None,
        cache: Path | None = None,
        instances: Mapping[str, str] | None = None,
    ) -> None:
        self._factories = dict(factories or {})
        self._executables = {name: list(command) for name, command in (executables or {}).items()}
        self._scratch = scratch
        self._manifests = manifests
        self._cache = cache
        self._instances = dict(instances or {})
        for name, kind in self._instances.items():
            self._require_instance(name, kind)

    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order."""
        return tuple(sorted({*self.kinds(), *self._instances}))

    def kinds(self) -> tuple[str, ...]:
        """The names without those of instances, in alphabetical order."""
        return tuple(sorted({*_OWN, *self._factories, *self._executables, *self.manifest_names()}))

    def kind(self, name: str) -> str:
        """The connector that a name is an instance of, or the name itself."""
        return self._instances.get(name, name)

    def form(self, name: str) -> str:
        """How a connector is made: `executable`, `manifest` or `python`."""
        kind = self.kind(name)
        if kind in self._executables:
            return "executable"
        return "manifest" if kind in self.manifest_names() else "python"

    def folder(self, name: str) -> Path | None:
        """The content folder of a connector, if it has one."""
        folder = self._manifests / self.kind(name) if self._manifests else None
        return folder if folder is not None and folder.is_dir() else None

    def metadata(self, name: str) -> Metadata | None:
        """What a connector says about itself, None where it says nothing. Raises ContentError."""
        from observer.connectors.metadata import read_metadata

        folder = self.folder(name)
        return read_metadata(folder) if folder else None

    def manifest_names(self) -> tuple[str, ...]:
        """The names of the connectors that are manifests, in alphabetical order."""
        folder = self._manifests
        found = sorted(folder.glob("*/manifest.yaml")) if folder else []
        return tuple(path.parent.name for path in found if path.parent.name not in {*_OWN, *self._factories})

    def source(self, name: str) -> Source:
        """The source of a name. Raises ConfigError, with the nearest name, if there is none."""
        made = self._made(name, self.kind(name))
        made.name = name
        return made

    def _made(self, name: str, kind: str) -> Source:
        if kind in self._executables:
            return ExecutableSource(name, self._executables[kind], scratch=self._scratch)
        if kind in self._factories:
            return self._factories[kind]()
        if kind in _OWN:
            module, noun = _OWN[kind]
            own: Source = getattr(importlib.import_module(module), noun)()
            return own
        if self._manifests is not None and kind in self.manifest_names():
            from observer.connectors.declarative.source import DeclarativeSource

            cache = self._cache / name if self._cache else None
            return DeclarativeSource(name, self._manifests / kind, cache_dir=cache)
        raise _unknown(kind, self.names())

    def _require_instance(self, name: str, kind: str) -> None:
        where = f"[connectors.{name}]"
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"a connector cannot be named {name!r}",
                where=where,
                hint="use lower-case letters, digits and single hyphens",
            )
        if name in self.kinds():
            raise ConfigError(
                f"{name} is a connector, and cannot be an instance of another one", where=where, hint="rename it"
            )
        if kind not in self.kinds():
            raise _unknown(kind, self.kinds(), where)


def _unknown(name: str, names: Sequence[str], where: str | None = None) -> ConfigError:
    near = difflib.get_close_matches(name, names, n=1)
    return ConfigError(
        f"no connector is named {name!r}",
        where=where,
        hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}",
    )
