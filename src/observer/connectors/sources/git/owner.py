"""Lists the public repositories of a GitHub owner, for which no token is needed; only to find out what to clone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import RequestException

from observer.connectors.declarative.addresses import HostPolicy
from observer.connectors.declarative.options import split_config
from observer.connectors.declarative.transport import Exchange
from observer.errors import SourceError, TransientSourceError
from observer.ports import Json

API = "https://api.github.com"

_PAGE = 100
_MOST_PAGES = 50
_LIMITED = frozenset({403, 429})


@dataclass(frozen=True, slots=True)
class OwnedRepository:
    """One public repository; `size_kb` is GitHub's own figure of what it takes on disk."""

    full_name: str
    size_kb: int
    is_fork: bool


def list_repositories(owner: str, config: Json, **exchange_options: Callable[..., Any]) -> tuple[OwnedRepository, ...]:
    """The repositories of an owner, the last pushed first; one request for each hundred.

    `config` is the github connector's: `api_url` and `transport` are read. Raises SourceError where there is no such
    owner, TransientSourceError where GitHub does not answer now.
    """
    _, options = split_config({key: value for key, value in config.items() if key == "transport"})
    base = str(config.get("api_url") or API).rstrip("/")
    policy = HostPolicy(frozenset({urlsplit(base).netloc.lower()}) | options.allowed_hosts, options.private_hosts)
    exchange = Exchange(policy, options, **exchange_options)  # type: ignore[arg-type]  # named there
    found: list[OwnedRepository] = []
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, exchange.adapter())
        for page in range(1, _MOST_PAGES + 1):
            rows = _page(session, f"{base}/users/{owner}/repos", page, owner)
            found += [_repository(row) for row in rows]
            if len(rows) < _PAGE:
                break
    return tuple(found)


def _page(session: requests.Session, url: str, number: int, owner: str) -> list[Mapping[str, Any]]:
    asked: dict[str, str | int] = {"sort": "pushed", "per_page": _PAGE, "page": number}
    headers = {"Accept": "application/vnd.github+json"}
    where = f"https://github.com/{owner}"
    try:
        answer = session.get(url, params=asked, headers=headers)
    except RequestException as error:
        raise TransientSourceError(f"GitHub does not answer: {error}", where=where, hint="try again") from error
    if answer.status_code == 404:
        raise SourceError("there is no such owner on GitHub", where=where, hint="check the spelling")
    if answer.status_code in _LIMITED:
        hint = "wait an hour, or name single repositories, which need no list"
        raise TransientSourceError("GitHub lists no more for now", where=where, hint=hint)
    if answer.status_code != 200:
        raise TransientSourceError(f"GitHub answers {answer.status_code}", where=where, hint="try again")
    rows = answer.json()
    if not isinstance(rows, list):
        raise SourceError("GitHub's answer is no list", where=where)
    return [row for row in rows if isinstance(row, Mapping) and "full_name" in row]


def _repository(row: Mapping[str, Any]) -> OwnedRepository:
    return OwnedRepository(str(row["full_name"]), int(row.get("size") or 0), row.get("fork") is True)
