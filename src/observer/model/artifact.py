"""What a directory entry means: the artifact behind a URL or an address, as pure functions of the text.

Rules are those of the published models (source, namespace and name per field; everything in lower case), with
one difference: a text that names no artifact of its kind gives None instead of an artifact with a made-up name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from observer.model.directory import Project

PYPI_HOST = "pypi.org"
"""The public host of Python packages; every other place takes it from here."""

GITHUB = "GITHUB"
GITLAB = "GITLAB"
GIT = "GIT"
"""The source of repositories on hosts that have none of their own; the host is part of the namespace."""

_GIT_SOURCES = {"gitlab.com": GITLAB}

_OWNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,38}\Z")
_REPOSITORY = re.compile(r"[a-z0-9._-]{1,100}\Z")
_NPM_PART = re.compile(r"[a-z0-9~._-]+\Z")
_PACKAGE = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\Z")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_MODULE = re.compile(r"[a-z0-9.-]+\.[a-z]+(?:/[a-z0-9._~+-]+)*\Z")
_NAME = re.compile(r"[^\s\x00-\x20\x7f/?#][^\s\x00-\x20\x7f?#]*\Z")
_HANDLE = re.compile(r"[a-z0-9_]{1,30}\Z")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}\Z")
_DOUBLED_SCHEME = re.compile(r"https?://https?:/{0,2}(?=[a-z0-9])", re.IGNORECASE)

_OWNER_PAGES = frozenset({"orgs", "users", "sponsors"})
_GITHUB_PAGES = frozenset(
    {"about", "apps", "collections", "contact", "customer-stories", "enterprise", "events", "explore", "features"}
    | {"issues", "join", "login", "logout", "marketplace", "new", "notifications", "pricing", "pulls", "search"}
    | {"security", "settings", "signup", "site", "stars", "team", "topics", "trending"}
)
_TWITTER_PAGES = frozenset({"explore", "hashtag", "home", "i", "intent", "search", "share"})


@dataclass(frozen=True, slots=True)
class Identity:
    """One artifact: source and type in upper case, the rest in lower case.

    `namespace` is empty where the source has none: a network is the source of its addresses.
    `source_id` is None where the source's own id is a number that only the source knows (GitHub).
    """

    source: str
    type: str
    namespace: str
    name: str
    url: str
    source_id: str | None
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class ListedArtifact:
    """An artifact in a project's list, with the field and the line that list it.

    `is_owner` marks a GitHub owner whose repositories all belong to the project.
    """

    project_name: str
    field: str
    artifact_source: str
    artifact_type: str
    artifact_namespace: str
    artifact_name: str
    artifact_url: str
    artifact_source_id: str | None
    address_name: str | None
    is_owner: bool
    path: str
    line: int


def listed_artifacts(project: Project) -> tuple[ListedArtifact, ...]:
    """The artifacts of a project in the order of its file, each once; entries that name none are left out."""
    artifacts: dict[tuple[str, str, str, str], ListedArtifact] = {}
    for field, identity, address_name, line in _entries(project):
        key = (identity.source, identity.namespace, identity.name, identity.type)
        if key not in artifacts:
            artifacts[key] = ListedArtifact(
                project_name=project.name,
                field=field,
                artifact_source=identity.source,
                artifact_type=identity.type,
                artifact_namespace=identity.namespace,
                artifact_name=identity.name,
                artifact_url=identity.url,
                artifact_source_id=identity.source_id,
                address_name=address_name,
                is_owner=identity.is_owner,
                path=project.path,
                line=line,
            )
    return tuple(artifacts.values())


def identify_url(field: str, url: str) -> Identity | None:
    """The artifact of a URL in one of the fields of a project, or None when it names none of that kind."""
    return _IDENTIFIERS[field](url)


def identify_address(network: str, tag: str, address: str) -> Identity | None:
    """The artifact of an address on a network, which is its source; None unless it is 0x and 40 hexadecimal digits."""
    text = normalize_address(address)
    if text is None:
        return None
    return Identity(network.upper(), tag.upper(), "", text, text, text)


def normalize_address(address: str) -> str | None:
    """An address in lower case without outer spaces; None unless it is 0x and 40 hexadecimal digits."""
    text = address.strip().lower()
    return text if _ADDRESS.match(text) else None


def identify_github(url: str) -> Identity | None:
    """The owner or repository of a GitHub URL.

    Trailing slashes, `.git`, `www.`, capitals and paths inside a repository (`/tree/…`, `/blob/…`) do not
    matter; `/orgs/<owner>/…` is the owner. Pages of the site itself and other hosts give None.
    """
    host, path = _split(url)
    if host != "github.com" or not path:
        return None
    if path[0] in _OWNER_PAGES:
        path = path[1:2]
    if not path or path[0] in _GITHUB_PAGES or not _OWNER.match(path[0]):
        return None
    owner = path[0]
    if len(path) == 1:
        return Identity(GITHUB, "OWNER", owner, owner, f"https://github.com/{owner}", None, is_owner=True)
    name = path[1].removesuffix(".git")
    if not _REPOSITORY.match(name) or name in (".", ".."):
        return None
    return Identity(GITHUB, "REPOSITORY", owner, name, f"https://github.com/{owner}/{name}", None)


def identify_git(url: str) -> Identity | None:
    """The repository of a clone URL on any host.

    On github.com it is what `identify_github` says, without owners. On gitlab.com source and namespace are GITLAB
    and the path of groups; on any other host they are GIT and host, port and path (`git.example.org/team`). Source,
    namespace and name are in lower case, the URL stays as it is written: other hosts may tell capitals apart.
    """
    host, path = _split(url)
    if host == "github.com":
        repository = identify_github(url)
        return None if repository is None or repository.is_owner else repository
    text = url.strip()
    if not host or not path or "?" in text or "#" in text or "@" in urlsplit(text).netloc:
        return None
    *above, last = path[: path.index("-")] if host in _GIT_SOURCES and "-" in path else path
    name = last.removesuffix(".git")
    if not all(_REPOSITORY.match(part) and part not in (".", "..") for part in (*above, name)):
        return None
    source = _GIT_SOURCES.get(host, GIT)
    if source != GIT:
        return Identity(source, "REPOSITORY", "/".join(above), name, text.rstrip("/"), None) if above else None
    place = _place(text, host)
    if place is None:
        return None
    return Identity(source, "REPOSITORY", "/".join((place, *above)), name, text.rstrip("/"), None)


def _identify_npm(url: str) -> Identity | None:
    host, path = _split(url)
    if host != "npmjs.com" or path[:1] != ["package"]:
        return None
    parts = path[1:3] if path[1:2] and path[1].startswith("@") else path[1:2]
    name = "/".join(parts)
    namespace = name.removeprefix("@").split("/")[0]
    if not parts or (name.startswith("@") and len(parts) < 2):
        return None
    if not all(_NPM_PART.match(part.removeprefix("@")) for part in parts):
        return None
    return _listed("NPM", "PACKAGE", namespace, name, url)


def _identify_crate(url: str) -> Identity | None:
    host, path = _split(url)
    if host != "crates.io" or path[:1] != ["crates"] or len(path) < 2 or not _PACKAGE.match(path[1]):
        return None
    return _listed("CRATES", "PACKAGE", path[1], path[1], url)


def _identify_pypi(url: str) -> Identity | None:
    host, path = _split(url)
    if host != PYPI_HOST or path[:1] != ["project"] or len(path) < 2 or not _PACKAGE.match(path[1]):
        return None
    # The registry takes runs of hyphens, dots and underscores for one and the same character.
    name = re.sub(r"[-_.]+", "-", path[1])
    return _listed("PYPI", "PACKAGE", name, name, url)


def _identify_go(url: str) -> Identity | None:
    host, path = _split(url)
    if host == "github.com":
        repository = identify_github(url)
        if repository is None or repository.is_owner:
            return None
        inner = [] if path[2:3] and path[2] in ("tree", "blob") else path[2:]
        module = "/".join((host, repository.namespace, repository.name, *inner))
    elif host == "pkg.go.dev":
        module = "/".join(path).split("@")[0]
    else:
        return None
    if not _MODULE.match(module):
        return None
    parts = module.split("/")
    return _listed("GO", "PACKAGE", parts[1] if len(parts) > 1 else parts[0], module, url)


def _identify_open_collective(url: str) -> Identity | None:
    host, path = _split(url)
    if host != "opencollective.com" or not path or not _SLUG.match(path[0]):
        return None
    return _listed("OPEN_COLLECTIVE", "ACCOUNT", "open_collective", path[0], url)


def _identify_defillama(url: str) -> Identity | None:
    host, path = _split(url)
    if host != "defillama.com" or path[:1] != ["protocol"] or len(path) < 2 or not _NAME.match(path[1]):
        return None
    return _listed("DEFILLAMA", "DEFILLAMA_PROTOCOL", "defillama", path[1], url)


def _identify_website(url: str) -> Identity | None:
    host, _ = _split(url)
    text = url.strip().lower()
    return _listed("WWW", "WEBSITE", "www", text, url) if "." in host else None


def _identify_twitter(url: str) -> Identity | None:
    host, path = _split(url)
    name = path[0].removeprefix("@") if path else ""
    if host not in ("twitter.com", "x.com", "mobile.twitter.com") or name in _TWITTER_PAGES:
        return None
    return _handle("TWITTER", name, url) if _HANDLE.match(name) else None


def _identify_farcaster(url: str) -> Identity | None:
    host, path = _split(url)
    if host not in ("warpcast.com", "farcaster.xyz") or not path:
        return None
    return _handle("FARCASTER", "/".join(path) if path[0] == "~" else path[0], url)


def _identify_telegram(url: str) -> Identity | None:
    host, path = _split(url)
    path = path[1:] if path[:1] == ["s"] else path
    if host not in ("t.me", "telegram.me") or not path:
        return None
    return _handle("TELEGRAM", "/".join(path[:2]) if path[0] == "joinchat" else path[0], url)


def _identify_medium(url: str) -> Identity | None:
    host, path = _split(url)
    return _on_own_or_sub_domain("MEDIUM", "medium.com", host, path, url)


def _identify_mirror(url: str) -> Identity | None:
    host, path = _split(url)
    return _on_own_or_sub_domain("MIRROR", "mirror.xyz", host, path, url)


def _on_own_or_sub_domain(source: str, domain: str, host: str, path: list[str], url: str) -> Identity | None:
    if host == domain and path:
        return _handle(source, path[0], url)
    label = host.removesuffix(f".{domain}")
    return _handle(source, label, url) if label not in (host, "") else None


def _handle(source: str, name: str, url: str) -> Identity | None:
    if not _NAME.match(name):
        return None
    return _listed(source, "SOCIAL_HANDLE", source.lower(), name, url)


def _listed(source: str, type_: str, namespace: str, name: str, url: str) -> Identity:
    text = url.strip().lower()
    return Identity(source, type_, namespace, name, text, text)


def _split(url: str) -> tuple[str, list[str]]:
    """Host without `www.` and the parts of the path, all in lower case; empty where there is no host.

    A doubled scheme (`https://https://…`) is a frequent slip of the pen and read as one.
    """
    text = _DOUBLED_SCHEME.sub("https://", url.strip(), count=1)
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        return "", []
    if parts.scheme.lower() not in ("http", "https"):
        return "", []
    path = [part.strip() for part in unquote(parts.path).lower().split("/")]
    return host.removeprefix("www."), [part for part in path if part]


def _place(url: str, host: str) -> str | None:
    """Host and port of a URL, the port only where it is not the usual one; None for a port that is no number."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return None
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    return host if port in (None, usual) else f"{host}:{port}"


def _entries(project: Project) -> Iterator[tuple[str, Identity, str | None, int]]:
    for field, url in (*project.urls(), *project.social.entries()):
        identity = identify_url(field, url.url)
        if identity is not None:
            yield field, identity, None, url.line
    for address in project.blockchain:
        for network in address.networks:
            for tag in address.tags:
                identity = identify_address(network, tag, address.address)
                if identity is not None:
                    yield "blockchain", identity, address.name, address.line


_IDENTIFIERS: dict[str, Callable[[str], Identity | None]] = {
    "websites": _identify_website,
    "github": identify_github,
    "git": identify_git,
    "npm": _identify_npm,
    "crates": _identify_crate,
    "pypi": _identify_pypi,
    "go": _identify_go,
    "open_collective": _identify_open_collective,
    "defillama": _identify_defillama,
    "farcaster": _identify_farcaster,
    "medium": _identify_medium,
    "mirror": _identify_mirror,
    "telegram": _identify_telegram,
    "twitter": _identify_twitter,
}
