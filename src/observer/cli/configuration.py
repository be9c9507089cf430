"""A connector's config as its source takes it: settings, secrets, and what the observatory fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from observer.settings import read_secret

if TYPE_CHECKING:
    from observer.cli.observatory import Observatory
    from observer.ports import Json
    from observer.warehouse.lake import LakeWarehouse

Config = dict[str, object]
Filling = Callable[["Observatory", "LakeWarehouse", str, Config], Mapping[str, object]]

# Connectors whose config lists what the directory has of their source, with the key of the list.
LISTED_NAMES = {
    **dict.fromkeys(("npm", "pypi", "crates", "go", "deps-dev"), "packages"),
    "defillama": "slugs",
    "farcaster": "usernames",
}

# Connectors that write files into a folder of theirs, which the warehouse then takes over.
_STAGED = ("git", "github-archive", "evm", "postgres", "bucket", "http-file", "opendevdata")


def connector_config(observatory: Observatory, name: str, warehouse: LakeWarehouse | None) -> Json:
    """The config of a connector. What the settings say wins over what is filled in.

    Lists of what to collect come from the directory and earlier rows, where a `warehouse` is given. Raises ConfigError
    for a secret that is not there or stands in the settings themselves.
    """
    from observer.connectors.references import resolved

    registry = observatory.registry()
    entry, kind = observatory.settings.connectors.get(name), registry.kind(name)
    config: Config = {}
    if entry and entry.config:
        schema = registry.source(name).spec().get("connectionSpecification")
        root = observatory.settings.root
        config = resolved(entry.config, schema, lambda reference: read_secret(reference, root), f"[connectors.{name}]")
    filled = _folders(observatory, name, kind)
    if warehouse is not None and kind in _FILLINGS:
        filled |= _FILLINGS[kind](observatory, warehouse, name, config)
    return {**filled, **config}


def _folders(observatory: Observatory, name: str, kind: str) -> Config:
    settings, data = observatory.settings, observatory.data
    filled: Config = {"staging_dir": str(data / "staging" / name)} if kind in _STAGED else {}
    if kind == "oss-directory":
        extra = settings.directory_extra
        filled |= {"location": settings.directory_location, **({"extra": str(extra)} if extra else {})}
    if kind in ("git", "github-archive"):
        filled["observed_at"] = settings.now().isoformat()
    if kind == "git":
        filled["mirrors_dir"] = str(data / "mirrors")
    if kind == "github":
        filled["cache_dir"] = str(data / "http" / name)
    return filled


def _repositories(_observatory: Observatory, warehouse: LakeWarehouse, name: str, config: Config) -> Config:
    from observer.pipeline.repositories import unlisted_repositories
    from observer.pipeline.steps import repositories_of_directory

    if "repositories" in config:
        return {}
    listed = repositories_of_directory(warehouse)
    return {"repositories": listed, "dropped": unlisted_repositories(warehouse, listed) if name == "git" else []}


def _names(observatory: Observatory, warehouse: LakeWarehouse, name: str, config: Config) -> Config:
    from observer.connectors.declarative.directory import packages_of_directory

    kind = observatory.registry().kind(name)
    key = LISTED_NAMES[kind]
    return {} if key in config else {key: packages_of_directory(warehouse, kind)}


def _github(_observatory: Observatory, warehouse: LakeWarehouse, _name: str, _config: Config) -> Mapping[str, object]:
    from observer.connectors.sources.github.directory import targets_of_directory

    return targets_of_directory(warehouse)


def _gitlab(_observatory: Observatory, warehouse: LakeWarehouse, _name: str, config: Config) -> Config:
    from observer.connectors.declarative.directory import gitlab_projects

    config["projects"] = gitlab_projects(warehouse, config)
    return {}


def _documents(observatory: Observatory, warehouse: LakeWarehouse, _name: str, config: Config) -> Config:
    from observer.connectors.sources.sbom.collected import export_documents

    return {} if "locations" in config else {"locations": export_documents(warehouse, observatory.data / "sboms")}


def _collectives(_observatory: Observatory, warehouse: LakeWarehouse, _name: str, config: Config) -> Config:
    from observer.pipeline.repositories import collectives

    return {} if {"slugs", "locations"} & set(config) else {"slugs": collectives(warehouse)}


_FILLINGS: Mapping[str, Filling] = {
    **dict.fromkeys(LISTED_NAMES, _names),
    "git": _repositories,
    "github": _github,
    "gitlab": _gitlab,
    "sbom": _documents,
    "open-collective": _collectives,
}
