"""Decides what `observer watch` does: what the URLs are, where they are listed, what collects them and at what cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from observer.errors import ContentError, ObserverError, Problem
from observer.ports import Forecast, Forecaster

if TYPE_CHECKING:
    from observer.cli.observatory import Observatory
    from observer.cli.settings_file import Changes, Value
    from observer.directory.additions import Additions, Wanted
    from observer.directory.recognize import Recognized
    from observer.ports import Json

CONNECTOR_OF_FIELD = {
    "github": "git",
    "git": "git",
    "npm": "npm",
    "pypi": "pypi",
    "crates": "crates",
    "go": "go",
    "open_collective": "open-collective",
    "defillama": "defillama",
    "blockchain": "evm",
}
_FILLED = {"npm": "packages", "pypi": "packages", "crates": "packages", "go": "packages", "open-collective": "slugs"}
_NOT_BY_ITSELF = {
    "evm": "addresses are listed; collecting them needs a node's address in [connectors.evm]",
    "defillama": "the protocol is listed; enable [connectors.defillama] to collect it",
}
API = "github"
FORGE = "gitlab"
# What a clone of GitHub's size takes at 4 MB a second; blobs are left out, so that this is the upper end.
_KB_A_SECOND = 4_000


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """Everything that a watch will do, nothing of it done.

    `repositories` are what git reads, those for the first page first; `notes` are sentences for the person.
    """

    additions: Additions
    folder: Path
    settings: Changes
    repositories: tuple[Json, ...]
    connectors: tuple[str, ...]
    forecasts: tuple[tuple[str, Forecast], ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Named:
    """What the texts turned out to be."""

    wanted: list[Wanted] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    private_hosts: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)


def plan_watch(
    observatory: Observatory,
    urls: Sequence[str],
    *,
    project: str | None = None,
    collection: str | None = None,
    allow_private: bool = False,
) -> WatchPlan:
    """What watching some URLs takes; repositories are asked whether they answer. ContentError has every problem."""
    from observer.directory.additions import plan_additions
    from observer.directory.validate import read

    named = _recognized(urls)
    _check_hosts(named, observatory, allow_private)
    _expand_owners(named, observatory)
    _check_repositories(named, observatory)
    if named.problems:
        raise ContentError(named.problems)
    folder, settings, is_beside = _own_folder(observatory, named)
    beside = None
    if is_beside:
        beside = read(observatory.settings.directory_location)
        if beside.problems:
            raise ContentError(beside.problems)
    additions = plan_additions(folder, named.wanted, project=project, collection=collection, beside=beside)
    repositories = _repositories(named)
    connectors = _connectors(named, observatory)
    settings |= {f"connectors.{name}": {"enabled": True} for name in connectors}
    if named.private_hosts:
        settings["connectors.git"] = {"enabled": True, "private_hosts": _private_hosts(observatory, named)}
    forecasts = _forecasts(named, observatory, connectors, repositories)
    return WatchPlan(additions, folder, settings, repositories, connectors, forecasts, tuple(named.notes))


def _recognized(urls: Sequence[str]) -> _Named:
    from observer.directory.additions import Wanted
    from observer.directory.recognize import recognize_one

    named = _Named()
    seen = set()
    for text in urls:
        found = recognize_one(text)
        if isinstance(found, Problem):
            named.problems.append(found)
        elif found.key not in seen:
            seen.add(found.key)
            named.wanted.append(Wanted((found,)))
    return named


def _check_hosts(named: _Named, observatory: Observatory, allow_private: bool) -> None:
    """Refuses hosts of the own network unless they are allowed, and plain HTTP to others."""
    from observer.connectors.sources.git.config import is_inside

    git = observatory.connector_config("git")
    known = {str(host).lower() for host in _listed(git.get("private_hosts"))}
    rewrites = git.get("url_rewrites")
    prefixes = tuple(map(str, rewrites)) if isinstance(rewrites, Mapping) else ()
    for wanted in list(named.wanted):
        found, parts = wanted.named, urlsplit(wanted.named.url)
        host = (parts.hostname or "").lower()
        if found.field != "git" or found.url.startswith(prefixes or ("\0",)) or host in known:
            continue
        if is_inside(host) and allow_private:
            named.private_hosts.add(host)
        elif is_inside(host):
            hint = "say --allow-private if it is meant"
            _refuse(named, wanted, f"the host '{host}' is inside your own network", hint)
        elif parts.scheme.lower() == "http":
            _refuse(named, wanted, "plain http can be changed on its way", f"write https{found.url[4:]}")


def _expand_owners(named: _Named, observatory: Observatory) -> None:
    """Puts the public repositories of an owner beside it: git has to be told their names."""
    from observer.connectors.sources.git.owner import list_repositories
    from observer.directory.additions import Wanted
    from observer.directory.recognize import Recognized, recognize_one

    config = observatory.connector_config(API)
    for at, wanted in enumerate(named.wanted):
        owner = wanted.named
        if not owner.identity.is_owner:
            continue
        try:
            listed = list_repositories(owner.identity.name, config)
        except ObserverError as error:
            named.problems.append(Problem(owner.text, None, error.what, error.hint, "owner"))
            continue
        own = [one for one in listed if not one.is_fork]
        found = [recognize_one(f"https://github.com/{one.full_name}") for one in own]
        repositories = [replace(one, text=owner.text) for one in found if isinstance(one, Recognized)]
        named.wanted[at] = Wanted((owner, *repositories))
        named.sizes |= {f"https://github.com/{one.full_name.lower()}": one.size_kb for one in own}
        forks = len(listed) - len(own)
        left_out = f"; forks left out: {forks}" if forks else ""
        named.notes.append(f"{owner.url} has {len(own)} public repositories of its own{left_out}")


def _check_repositories(named: _Named, observatory: Observatory) -> None:
    """Asks the repositories that were named themselves whether they answer."""
    from observer.connectors.sources.git.probe import probe
    from observer.directory.recognize import near_host

    single = {wanted.named.url: wanted for wanted in named.wanted if _is_repository(wanted.named)}
    if not single:
        return
    config = {**observatory.connector_config("git"), "repositories": [{"url": url} for url in single]}
    config["private_hosts"] = _private_hosts(observatory, named)
    for answer in probe(config):
        wanted = single[answer.url]
        if answer.fault is not None:
            _refuse(named, wanted, answer.fault, near_host(answer.url) or answer.hint)
        elif answer.is_empty:
            named.notes.append(f"{answer.url} is empty: it is watched, and has no numbers before its first commit")


def _own_folder(observatory: Observatory, named: _Named) -> tuple[Path, dict[str, Mapping[str, Value]], bool]:
    """The folder to write entries into, settings that make it count, whether it adds to a directory elsewhere."""
    settings = observatory.settings
    place = Path(settings.directory_location)
    own = settings.root / settings.directory.location
    is_elsewhere = "://" in settings.directory.location or place.is_file() or "@" in settings.directory.location
    if not is_elsewhere:
        return (place if place.is_dir() else own.resolve()), {}, False
    extra = settings.directory.extra or "directory"
    named.notes.append(f"the directory at {settings.directory.location} is only read: entries go to {extra}/")
    changes: dict[str, Mapping[str, Value]] = {} if settings.directory.extra else {"directory": {"extra": extra}}
    return (settings.root / extra).resolve(), changes, True


def _repositories(named: _Named) -> tuple[Json, ...]:
    """What git reads, by size where it is known, so that the first page does not wait for the largest."""
    found = {one.url: one for wanted in named.wanted for one in wanted.artifacts if _is_repository(one)}
    ordered = sorted(found, key=lambda url: named.sizes.get(url, 0))
    return tuple(
        {
            "url": url,
            "artifact_source": found[url].identity.source,
            "artifact_namespace": found[url].identity.namespace,
            "artifact_name": found[url].identity.name,
        }
        for url in ordered
    )


def _connectors(named: _Named, observatory: Observatory) -> tuple[str, ...]:
    """The connectors that collect what was named and can work with what is configured."""
    known = set(observatory.registry().names())
    fields = dict.fromkeys(one.field for wanted in named.wanted for one in wanted.artifacts)
    chosen: list[str] = []
    for name in dict.fromkeys(CONNECTOR_OF_FIELD[one] for one in fields):
        is_enabled = name in observatory.settings.connectors and observatory.settings.connectors[name].enabled
        if name in _NOT_BY_ITSELF and not is_enabled:
            named.notes.append(_NOT_BY_ITSELF[name])
        elif name in known:
            chosen.append(name)
    if FORGE in known and any(one.identity.source == "GITLAB" for wanted in named.wanted for one in wanted.artifacts):
        chosen.append(FORGE)
    if "github" in fields and API in known:
        is_enabled = API in observatory.settings.connectors and observatory.settings.connectors[API].enabled
        hint = 'to add issues, pull requests and stars, set [connectors.github] tokens_env = ["GITHUB_TOKEN"]'
        named.notes.append("the GitHub API fills in the rest" if is_enabled else f"no token is needed for git; {hint}")
    return tuple(chosen)


def _forecasts(
    named: _Named, observatory: Observatory, connectors: Sequence[str], repositories: Sequence[Json]
) -> tuple[tuple[str, Forecast], ...]:
    enabled = observatory.settings.connectors
    names = (*connectors, *((API,) if API in enabled and enabled[API].enabled and API not in connectors else ()))
    return tuple((name, _forecast(named, observatory, name, repositories)) for name in names)


def _forecast(named: _Named, observatory: Observatory, name: str, repositories: Sequence[Json]) -> Forecast:
    source = observatory.registry().source(name)
    if not isinstance(source, Forecaster):
        return Forecast("what is listed above")
    try:
        found = source.forecast(_forecast_config(named, observatory, name, repositories), {})
    except ObserverError as error:
        return Forecast(f"cannot be told: {error}")
    if name == "git" and named.sizes:
        return replace(found, seconds=(found.seconds or 0) + sum(named.sizes.values()) / _KB_A_SECOND)
    return found


def _forecast_config(named: _Named, observatory: Observatory, name: str, repositories: Sequence[Json]) -> Json:
    """The config of a connector with what is new in it."""
    config = dict(observatory.connector_config(name))
    paths = {
        source: [
            f"{one['artifact_namespace']}/{one['artifact_name']}"
            for one in repositories
            if one["artifact_source"] == source
        ]
        for source in ("GITHUB", "GITLAB")
    }
    if name == "git":
        return config | {"repositories": list(repositories), "private_hosts": _private_hosts(observatory, named)}
    if name == API:
        return config | {"repositories": paths["GITHUB"]}
    if name == FORGE:
        return config | {"projects": paths["GITLAB"]}
    return config | ({_FILLED[name]: _names(named, name)} if name in _FILLED else {})


def _names(named: _Named, connector: str) -> list[str]:
    artifacts = (one for wanted in named.wanted for one in wanted.artifacts)
    return [one.identity.name for one in artifacts if CONNECTOR_OF_FIELD[one.field] == connector]


def _private_hosts(observatory: Observatory, named: _Named) -> list[str]:
    known = (str(host) for host in _listed(observatory.connector_config("git").get("private_hosts")))
    return list(dict.fromkeys((*known, *sorted(named.private_hosts))))


def _is_repository(found: Recognized) -> bool:
    return found.identity.type == "REPOSITORY"


def _refuse(named: _Named, wanted: Wanted, what: str, hint: str | None) -> None:
    named.problems.append(Problem(wanted.named.text, None, what, hint, "repository"))
    named.wanted.remove(wanted)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
