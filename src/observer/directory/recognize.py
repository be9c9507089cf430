"""Tells what a person means by a URL or an address: which field of a project it belongs to, and which artifact it is.

Asks nobody: whether a host that is not known serves git is for the git connector to find out.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from observer.errors import ContentError, Problem
from observer.model.artifact import PYPI_HOST, Identity, identify_address, identify_url
from observer.model.directory import NETWORKS, TAGS

DEFAULT_TAG = "wallet"
"""What an address is where nobody says it: the tag that claims least."""

_FIELD_OF_HOST = {
    "github.com": "github",
    "npmjs.com": "npm",
    PYPI_HOST: "pypi",
    "crates.io": "crates",
    "pkg.go.dev": "go",
    "opencollective.com": "open_collective",
    "defillama.com": "defillama",
}
_FORM_OF_FIELD = {
    "github": "https://github.com/<owner> or https://github.com/<owner>/<repository>",
    "git": "the URL that `git clone` takes, https://<host>/<path>",
    "npm": "https://www.npmjs.com/package/<name>",
    "pypi": f"https://{PYPI_HOST}/project/<name>",
    "crates": "https://crates.io/crates/<name>",
    "go": "https://pkg.go.dev/<module>",
    "open_collective": "https://opencollective.com/<slug>",
    "defillama": "https://defillama.com/protocol/<slug>",
}
_SOCIAL_HOSTS = frozenset(
    {"twitter.com", "x.com", "t.me", "telegram.me", "warpcast.com", "farcaster.xyz", "medium.com", "mirror.xyz"}
)
_SHORT = {"npm": "npm", "pypi": "pypi", "crates": "crates", "cargo": "crates", "go": "go", "golang": "go"}
_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+\Z")
_SSH = re.compile(r"(?:ssh://)?(?:[^@/\s]+@)([A-Za-z0-9.-]+)(?::\d+)?[:/]+(\S+)\Z")
_NETWORK_NAMES = {"ethereum": "mainnet", "eth": "mainnet", "polygon": "matic", "arbitrum": "arbitrum_one"}


@dataclass(frozen=True, slots=True)
class Recognized:
    """One artifact that a person named.

    `text` is what was written, `field` where a project lists it, `url` how it is listed there (for `blockchain` the
    address), `title` what to call it. `is_certain` is false for repositories on hosts that are not known.
    """

    text: str
    field: str
    identity: Identity
    url: str
    title: str
    is_certain: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        return self.identity.source, self.identity.namespace, self.identity.name


def recognize(texts: Iterable[str]) -> tuple[Recognized, ...]:
    """What each text names, each artifact once. Raises ContentError with every text that names nothing to watch."""
    found: dict[tuple[str, str, str], Recognized] = {}
    problems: list[Problem] = []
    for text in texts:
        one = recognize_one(text)
        if isinstance(one, Problem):
            problems.append(one)
        else:
            found.setdefault(one.key, one)
    if problems:
        raise ContentError(problems)
    return tuple(found.values())


def recognize_one(text: str) -> Recognized | Problem:
    """What one text names, or why it is nothing to watch and what may be meant."""
    written = text.strip()
    if "0x" in written.lower() and "/" not in written:
        return _address(written)
    if "://" not in written:
        host = written.split("/", 1)[0].lower().removeprefix("www.")
        if host not in _FIELD_OF_HOST or "/" not in written:
            return _refuse(text, "this is not a URL", _suggestion(written))
        written = f"https://{written}"
    parts = urlsplit(written)
    if parts.scheme.lower() not in ("http", "https"):
        return _refuse(text, f"a {parts.scheme}: address has no page on the web", _suggestion(written))
    try:
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    if not host:
        return _refuse(text, "this URL names no host", _suggestion(written))
    if "@" in parts.netloc:
        shown = re.sub(r"//[^/]*@", "//", written)
        return _refuse(shown, "a URL must not carry a user name or password", f"write {shown}")
    if host in _SOCIAL_HOSTS:
        return _refuse(text, "nothing is collected of a social account", "list it under `social` of its project")
    return _listed(text, written, _FIELD_OF_HOST.get(host, "git"), host)


def _listed(text: str, url: str, field: str, host: str) -> Recognized | Problem:
    identity = identify_url(field, url)
    if identity is None:
        what = "no repository" if field == "git" else f"nothing on {host} that can be watched"
        return _refuse(text, f"this names {what}", f"expected: {_FORM_OF_FIELD[field]}")
    title = _as_written(url, identity.name)
    is_certain = field != "git" or identity.source != "GIT"
    if identity.source == "GITHUB" or field == "git":
        return Recognized(text, field, identity, identity.url, title, is_certain)
    return Recognized(text, field, identity, _plain(url), title)


def _address(text: str) -> Recognized | Problem:
    network, _, rest = text.partition(":")
    address, _, tag = rest.partition(":")
    tag = tag or DEFAULT_TAG
    if network.lower().startswith("0x"):
        return _refuse(text, "an address needs its network", f"write any_evm:{text} or mainnet:{text}")
    known = network.lower().replace("-", "_")
    if known not in NETWORKS:
        near = _NETWORK_NAMES.get(known) or next(iter(difflib.get_close_matches(known, NETWORKS, n=1)), None)
        hint = f"did you mean '{near}'?" if near else f"known: {', '.join(NETWORKS)}"
        return _refuse(text, f"unknown network '{network}'", hint)
    if tag not in TAGS:
        return _refuse(text, f"unknown tag '{tag}'", f"known: {', '.join(TAGS)}")
    identity = identify_address(known, tag, address)
    if identity is None:
        return _refuse(text, "an address is 0x and 40 hexadecimal digits", None)
    return Recognized(text, "blockchain", identity, identity.name, f"{known}:{identity.name[:10]}")


def _suggestion(text: str) -> str | None:
    kind, _, name = text.removeprefix("pkg:").replace("/", ":", text.startswith("pkg:")).partition(":")
    if kind in _SHORT and name:
        form = _FORM_OF_FIELD[_SHORT[kind]]
        return f"write {re.sub('<.*>', lambda _: name, form)}"
    ssh = _SSH.match(text)
    if ssh:
        return f"write https://{ssh[1]}/{ssh[2].removesuffix('.git')}"
    if text.startswith(("/", ".", "~", "file:")):
        return "serve a local repository over HTTP, or map its address in [connectors.git] url_rewrites"
    if _OWNER_AND_NAME.match(text) and "." not in text.split("/", 1)[0]:
        return f"did you mean https://github.com/{text}?"
    if "." in text.split("/", 1)[0] and "/" in text and "://" not in text:
        return f"did you mean https://{text}?"
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", text):
        return f"did you mean https://github.com/{text}?"
    return "give the address of a repository, an organisation, a package or an Open Collective page"


def near_host(url: str) -> str | None:
    """The known host that a URL's host is nearly spelled like, as a hint; None where there is none or it is one."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    near = difflib.get_close_matches(host, [*_FIELD_OF_HOST, "gitlab.com", "codeberg.org"], n=1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near and near[0] != host else None


def _as_written(url: str, name: str) -> str:
    """A name in the spelling of the URL."""
    at = url.lower().rfind(name)
    return url[at : at + len(name)] if at >= 0 else name


def _plain(url: str) -> str:
    parts = urlsplit(url.strip())
    return f"https://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _refuse(text: str, what: str, hint: str | None) -> Problem:
    shown = "".join(character if character.isprintable() else "?" for character in text)[:200]
    return Problem(shown or "(empty)", None, what, hint, "not-watchable")
