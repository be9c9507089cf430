"""The source's configuration, and where a repository's address leads: a local folder or a checked URL."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from observer.errors import ConfigError, SourceError
from observer.ports import Json

_REMOTE = ("https", "http", "ssh", "git")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

SPECIFICATION: Json = {
    "documentationUrl": "docs/guides/git.md",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Git",
        "type": "object",
        "required": ["repositories", "mirrors_dir", "staging_dir"],
        "properties": {
            "repositories": {
                "type": "array",
                "description": "The repositories to mine, each with the artifact that it is.",
                "items": {
                    "type": "object",
                    "required": ["url"],
                    "properties": {
                        "url": {"type": "string", "description": "Address or local path; the key of its rows."},
                        "artifact_source": {"type": "string", "default": "GITHUB"},
                        "artifact_namespace": {"type": "string"},
                        "artifact_name": {"type": "string"},
                        "artifact_source_id": {"type": "string", "description": "Its number at the forge."},
                        "former_urls": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Addresses that it had before, whose mirrors can be taken over.",
                        },
                    },
                },
            },
            "dropped": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Addresses that are not to be mined any more: their rows and state go.",
            },
            "mirrors_dir": {"type": "string", "description": "Folder of bare mirrors and of what was seen."},
            "staging_dir": {"type": "string", "description": "Folder in which Parquet files are handed over."},
            "url_rewrites": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Address prefixes to replace, for instance by a local folder.",
            },
            "line_counts": {"type": "boolean", "default": True, "description": "Whether to do phase two."},
            "observed_at": {"type": "string", "format": "date-time", "description": "Pins the clock."},
            "allowed_protocols": {
                "type": "array",
                "items": {"enum": ["file", *_REMOTE]},
                "default": ["https", "file"],
            },
            "allowed_hosts": {
                "type": "array",
                "items": {"type": "string"},
                "description": "If given, the only hosts to talk to.",
            },
            "private_hosts": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Hosts inside the own network that may be talked to as well, also without TLS.",
            },
            "proxy": {"type": "string", "description": "HTTP proxy for the transfers.", "airbyte_secret": True},
            "time_limit_seconds": {"type": "number", "default": 3600, "description": "For one git process."},
            "memory_limit_bytes": {"type": "integer", "default": 4 << 30, "description": "For one git process."},
            "size_limit_bytes": {"type": "integer", "default": 8 << 30, "description": "For one mirror on disk."},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository to mine and the artifact that it is."""

    url: str
    artifact_source: str
    artifact_namespace: str
    artifact_name: str
    source_id: str | None = None
    former_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """Where to read a repository from: a local folder (`path`), or a URL that git may fetch."""

    url: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class GitConfig:
    """The parsed configuration; `observed_at` is None where the clock decides."""

    repositories: tuple[Repository, ...]
    mirrors: Path
    staging: Path
    dropped: tuple[str, ...] = ()
    rewrites: tuple[tuple[str, str], ...] = ()
    line_counts: bool = True
    observed_at: datetime | None = None
    protocols: tuple[str, ...] = ("https", "file")
    hosts: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    proxy: str | None = None
    time_limit_seconds: float = 3600.0
    memory_limit_bytes: int = 4 << 30
    size_limit_bytes: int = 8 << 30

    def locate(self, url: str) -> Location:
        """The place behind an address, after rewriting. Raises SourceError if it must not or cannot be read."""
        if not url or url.startswith("-") or "::" in url.split("://", 1)[0] or _CONTROL.search(url):
            raise SourceError("this is not an address git may be given", where=_shown(url))
        for prefix, replacement in self.rewrites:
            if url.startswith(prefix):
                base = _local_folder(replacement)
                if base is None:
                    return self._checked(replacement + url[len(prefix) :], url)
                return self._local(base / unquote(url[len(prefix) :]).strip("/"), url, within=base)
        folder = _local_folder(url)
        return self._checked(url, url) if folder is None else self._local(folder, url)

    def _local(self, path: Path, url: str, within: Path | None = None) -> Location:
        if "file" not in self.protocols:
            raise SourceError("local repositories are not allowed here", where=url, hint="see allowed_protocols")
        bare = path.with_name(path.name + ".git")
        plain = path.with_name(path.name.removesuffix(".git"))
        found = next((p.resolve() for p in (path, bare, plain) if p.is_dir()), None)
        if found is None or (within is not None and not found.is_relative_to(within.resolve())):
            raise SourceError("there is no such repository", where=url)
        return Location(url, found)

    def _checked(self, target: str, url: str) -> Location:
        try:
            parts = urlsplit(target)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            raise SourceError("this is not an address git may be given", where=_shown(url)) from None
        if " " in target or "\\" in target or host.startswith("-"):
            raise SourceError("this is not an address git may be given", where=_shown(url))
        is_private = host.lower() in self.private_hosts
        protocols = (*self.protocols, "http", "https") if is_private else self.protocols
        if parts.scheme not in _REMOTE or parts.scheme not in protocols or not host:
            raise SourceError(
                f"the protocol '{parts.scheme}' is not allowed", where=_shown(url), hint="see allowed_protocols"
            )
        if parts.username is not None or parts.password is not None:
            raise SourceError("an address must not carry a user name or password", where=_shown(url))
        if not is_private and (host.lower() not in self.hosts if self.hosts else is_inside(host)):
            raise SourceError(
                f"the host '{host}' is not allowed", where=url, hint="see allowed_hosts and private_hosts"
            )
        return Location(target)

    def protocols_of(self, location: Location) -> tuple[str, ...]:
        """What git may speak to get at a location."""
        if location.path is not None:
            return ("file",)
        parts = urlsplit(location.url)
        more = ("http", "https") if (parts.hostname or "").rstrip(".").lower() in self.private_hosts else ()
        return tuple(dict.fromkeys(p for p in (*self.protocols, *more) if p != "file"))


def parse_config(config: Json) -> GitConfig:
    """The configuration as typed values. Raises ConfigError with the setting that is wrong."""
    items = config.get("repositories")
    if isinstance(items, str) or not isinstance(items, Sequence):
        raise ConfigError("a list of repositories is needed", where="git.repositories")
    rewrites = config.get("url_rewrites") or {}
    if not isinstance(rewrites, Mapping):
        raise ConfigError("a mapping of prefixes is needed", where="git.url_rewrites")
    observed = config.get("observed_at")
    return GitConfig(
        repositories=_repositories(items),
        mirrors=Path(_text(config, "mirrors_dir")),
        staging=Path(_text(config, "staging_dir")),
        dropped=_texts(config, "dropped", ()),
        rewrites=tuple(sorted(((str(k), str(v)) for k, v in rewrites.items()), key=lambda r: -len(r[0]))),
        line_counts=config.get("line_counts", True) is not False,
        observed_at=None if observed is None else _moment(str(observed)),
        protocols=_texts(config, "allowed_protocols", ("https", "file")),
        hosts=tuple(host.lower() for host in _texts(config, "allowed_hosts", ())),
        private_hosts=tuple(host.lower() for host in _texts(config, "private_hosts", ())),
        proxy=None if config.get("proxy") is None else _text(config, "proxy"),
        time_limit_seconds=_number(config, "time_limit_seconds", 3600.0),
        memory_limit_bytes=int(_number(config, "memory_limit_bytes", float(4 << 30))),
        size_limit_bytes=int(_number(config, "size_limit_bytes", float(8 << 30))),
    )


def _repositories(items: Sequence[object]) -> tuple[Repository, ...]:
    seen: dict[str, Repository] = {}
    for position, item in enumerate(items):
        if not isinstance(item, Mapping) or not isinstance(item.get("url"), str):
            raise ConfigError("a repository needs a url", where=f"git.repositories[{position}]")
        url = item["url"]
        tail = [part for part in url.rstrip("/").removesuffix(".git").split("/") if part]
        namespace, name = ([""] * 2 + tail)[-2:]
        seen.setdefault(
            url,
            Repository(
                url=url,
                artifact_source=str(item.get("artifact_source") or "GITHUB"),
                artifact_namespace=str(item.get("artifact_namespace") or namespace).lower(),
                artifact_name=str(item.get("artifact_name") or name).lower(),
                source_id=str(item["artifact_source_id"]) if item.get("artifact_source_id") else None,
                former_urls=_texts(item, "former_urls", ()),
            ),
        )
    return tuple(seen.values())


def _local_folder(address: str) -> Path | None:
    if address.startswith("file://"):
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost"):
            raise SourceError("a file address names no host", where=address)
        return Path(unquote(parts.path))
    return None if "://" in address or re.match(r"[^/]+@[^/]+:", address) else Path(address)


def is_inside(host: str) -> bool:
    """Whether a host is plainly inside the own network: a private or odd number, or a local name."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.lower()
        numeric = re.fullmatch(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+))*", name) is not None
        return numeric or "." not in name or name.endswith((".localhost", ".local", ".internal"))


def _text(config: Json, key: str) -> str:
    value = config.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError("a text is needed", where=f"git.{key}")
    return value


def _texts(config: Json, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = config.get(key)
    if value is None:
        return default
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ConfigError("a list of texts is needed", where=f"git.{key}")
    return tuple(str(item) for item in value)


def _number(config: Json, key: str, default: float) -> float:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ConfigError("a number above 0 is needed", where=f"git.{key}")
    return float(value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError("an ISO timestamp is needed", where="git.observed_at") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _shown(url: str) -> str:
    """An address for a message: without control characters, without what may be a password."""
    return re.sub(r"//[^/@]*@", "//***@", _CONTROL.sub("?", url))[:200]
