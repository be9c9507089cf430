"""Where a repository's objects are: a blobless bare mirror of a URL, or a local repository read in place.

History is never read with the repository's own configuration, hooks, attributes, replacements or grafts: all
reading goes through a bare repository of our own (`reader.git`) that borrows the objects.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from observer.connectors.sources.git.command import Git, GitError, Limits
from observer.connectors.sources.git.config import GitConfig, Location, Repository
from observer.connectors.sources.git.moved import moved_to
from observer.connectors.sources.git.references import Listing, list_refs
from observer.errors import SourceError

_MOST_REFS = 200_000
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True, slots=True)
class Store:
    """The files kept for one repository: `mirror.git` (URLs only), `reader.git` and `listings/`."""

    repository: Repository
    location: Location
    folder: Path
    git: Git

    @property
    def listings(self) -> Path:
        return self.folder / "listings"

    @property
    def mirror(self) -> Path:
        return self.folder / "mirror.git"

    @property
    def reader(self) -> Path:
        return self.folder / "reader.git"

    @property
    def reading(self) -> Git:
        """Git that reads objects and can reach no network."""
        return replace(self.git, protocols=(), variables={"GIT_DIR": str(self.reader)})

    def list_refs(self) -> Listing:
        """The refs now, asked of the repository itself. Raises GitError."""
        path = self.location.path
        if path is None:
            return list_refs(self.git, self.location.url)
        return list_refs(replace(self.git, variables={"GIT_CEILING_DIRECTORIES": str(path.parent)}), str(path))

    def followed(self) -> Store | None:
        """The same store at the address that the repository has moved to; None if it has not."""
        if self.location.path is not None:
            return None
        url = moved_to(self.location.url, self.git.settings.get("http.proxy"))
        return None if url is None else replace(self, location=Location(url))

    def refresh(self, listing: Listing) -> None:
        """Brings the objects that the listing names within reach of `reading`. Raises SourceError."""
        wanted = sum(ref.kind in ("branch", "tag") for ref in listing.refs.values())
        if wanted > _MOST_REFS:
            raise SourceError(f"{wanted} branches and tags are too many", where=self.repository.url)
        if self.location.path is None:
            if listing.tips:
                self._fetch(listing.object_format)
            objects = self.mirror / "objects"
        else:
            objects = self._local_objects(self.location.path)
        _make_bare(self.reader, listing.object_format)
        (self.reader / "objects" / "info" / "alternates").write_text(f"{objects.resolve()}\n", encoding="utf-8")

    def fetch_blobs(self, blob_ids: Sequence[str]) -> None:
        """Asks the server of a mirror for blobs in one transfer; a local repository has what it has."""
        if self.location.path is None and blob_ids:
            self._mirror_git().run(
                *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"),
                *("--filter=blob:none", "--stdin", "origin"),
                stdin="".join(f"{blob_id}\n" for blob_id in blob_ids).encode("ascii"),
            )

    def _fetch(self, object_format: str) -> None:
        created = _make_bare(self.mirror, object_format, remote=self.location.url)
        try:
            self._mirror_git().run(
                *("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"),
                *("--filter=blob:none", "origin", *_REFSPECS),
            )
            self._mirror_git().run("pack-refs", "--all")
        except GitError:
            if created:
                shutil.rmtree(self.mirror, ignore_errors=True)
            raise

    def _mirror_git(self) -> Git:
        limits = replace(self.git.limits, folder=self.mirror)
        variables = {"GIT_DIR": str(self.mirror)}
        # Large blobs are streamed to disk instead of being held in memory.
        settings = {**self.git.settings, "core.bigFileThreshold": "32m", "fetch.negotiationAlgorithm": "consecutive"}
        return replace(self.git, limits=limits, variables=variables, settings=settings)

    def _local_objects(self, path: Path) -> Path:
        ceiling = {"GIT_CEILING_DIRECTORIES": str(path.parent)}
        said = replace(self.git, variables=ceiling).run(
            *("-C", str(path), "rev-parse", "--path-format=absolute"),
            *("--git-common-dir", "--is-shallow-repository"),
        )
        common, shallow = said.decode("utf-8", "surrogateescape").splitlines()
        if shallow == "true":
            raise SourceError(
                "the repository is shallow: its history is cut off",
                where=self.repository.url,
                hint="run `git fetch --unshallow` in it",
            )
        return Path(common) / "objects"


def open_store(repository: Repository, config: GitConfig) -> Store:
    """The store of a repository. Raises SourceError if its address must not be read."""
    location = config.locate(repository.url)
    protocols = config.protocols_of(location)
    settings = {"http.followRedirects": "false"} | ({"http.proxy": config.proxy} if config.proxy else {})
    limits = Limits(
        seconds=config.time_limit_seconds,
        memory_bytes=config.memory_limit_bytes,
        folder_bytes=config.size_limit_bytes,
    )
    return Store(
        repository,
        location,
        _folder(repository.url, config),
        Git(protocols=protocols, limits=limits, settings=settings),
    )


def take_over(repository: Repository, config: GitConfig) -> None:
    """Moves what is kept for a former address of a repository to its place, unless something is there already."""
    folder = _folder(repository.url, config)
    listed = {other.url for other in config.repositories}
    for former in repository.former_urls:
        if folder.exists():
            return
        old = _folder(former, config)
        if former not in listed and old.exists():
            old.rename(folder)


def _folder(url: str, config: GitConfig) -> Path:
    name = re.sub(r"[^a-z0-9]+", "-", url.lower()).strip("-")[-60:]
    return config.mirrors / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _make_bare(folder: Path, object_format: str, remote: str | None = None) -> bool:
    """Makes or renews a bare repository's skeleton; tells whether it is new."""
    created = not (folder / "HEAD").exists()
    (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (folder / "refs").mkdir(exist_ok=True)
    lines = ["[core]", "\trepositoryformatversion = 1", "\tbare = true"]
    if object_format != "sha1" or remote:
        lines += ["[extensions]"]
    if object_format != "sha1":
        lines += [f"\tobjectFormat = {object_format}"]
    if remote:
        lines += ["\tpartialClone = origin", '[remote "origin"]', f'\turl = "{_quoted(remote)}"']
        lines += ["\tpromisor = true", "\tpartialclonefilter = blob:none"]
    (folder / "config").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "HEAD").write_text("ref: refs/heads/_\n", encoding="ascii")
    return created


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
