"""Asks whether repositories answer, before anything is written down about them; says what to do where one does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from observer.connectors.sources.git.command import GitLimitError
from observer.connectors.sources.git.config import GitConfig, Repository, parse_config
from observer.connectors.sources.git.mirror import open_store
from observer.errors import SourceError
from observer.ports import Json

_SECONDS = 20.0
_AT_ONCE = 8

_PRIVATE = (
    "if it is private, clone it with your own credentials (`git clone --mirror`) and name the folder in "
    "[connectors.git] url_rewrites"
)
_ADVICE = (
    (r"could not read (Username|Password)|Authentication failed|error: 40[13]|HTTP (code = )?40[13]", _PRIVATE),
    (r"Could not resolve host", "check the spelling of the host, and the network"),
    (r"not found|error: 404|is this a git repository|not appear to be a git", f"check the address; {_PRIVATE}"),
    (r"unable to access|Failed to connect|Connection|too long|error: 5\d\d", "the host does not answer; try again"),
    (r"redirect", "give the address that it redirects to"),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a repository answered: how many branches and tags it has, or the fault with advice."""

    url: str
    branches: int = 0
    tags: int = 0
    fault: str | None = None
    hint: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it answered and has nothing."""
        return self.fault is None and not self.branches and not self.tags


def probe(config: Json) -> tuple[Probe, ...]:
    """What each repository of a git connector's config answers, in their order; one listing of refs each."""
    parsed = parse_config(config)
    quick = replace(parsed, time_limit_seconds=min(parsed.time_limit_seconds, _SECONDS))
    return tuple(_at_once(lambda repository: _probe(repository, quick), parsed.repositories))


def _at_once(run: Callable[[Repository], Probe], repositories: Sequence[Repository]) -> list[Probe]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(run, repositories))


def _probe(repository: Repository, config: GitConfig) -> Probe:
    url = repository.url
    try:
        store = open_store(repository, config)
    except SourceError as error:
        return Probe(url, fault=error.what, hint=error.hint)
    try:
        listing = store.list_refs()
    except SourceError as error:
        moved = None if isinstance(error, GitLimitError) else store.followed()
        if moved is not None:
            return _probe(replace(repository, url=moved.location.url), config)
        said = re.sub(r"^git ls-remote failed: (?:fatal: |error: )?", "git says: ", error.what)
        return Probe(url, fault=said, hint=_advice(error.what))
    kinds = [ref.kind for ref in listing.refs.values()]
    return Probe(url, kinds.count("branch"), kinds.count("tag"))


def _advice(said: str) -> str | None:
    return next((advice for pattern, advice in _ADVICE if re.search(pattern, said, re.IGNORECASE)), None)
