"""Connectors by name: our own sources, those of the composition root, and executables from the settings."""

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
    "github-archive": ("observer.connectors.sources.github_archive.source", "GithubArchiveSource"),
    "oss-funding": ("observer.connectors.sources.oss_funding.source", "OssFundingSource"),
}


class Registry:
    """Knows how to make the source of a name.

    `factories` adds sources that need something from the composition root, or replaces ours; `executables` gives
    the command lines of connectors that speak the Airbyte protocol. `scratch` holds their temporary files.
    """

    def __init__(
        self,
        factories: Mapping[str, Factory] | None = None,
        executables: Mapping[str, Sequence[str]] | None = None,
        *,
        scratch: Path | None = None,
    ) -> None:
        self._factories = dict(factories or {})
        self._executables = {name: list(command) for name, command in (executables or {}).items()}
        self._scratch = scratch

    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order."""
        return tuple(sorted({*_OWN, *self._factories, *self._executables}))

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
        near = difflib.get_close_matches(name, self.names(), n=1)
        raise ConfigError(
            f"no connector is named {name!r}",
            hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.names())}",
        )
