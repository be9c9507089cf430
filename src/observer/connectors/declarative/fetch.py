"""Single documents over the guarded transport, for sources that are not manifests."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import requests

from observer.connectors.declarative.addresses import HostPolicy
from observer.connectors.declarative.options import TransportOptions
from observer.connectors.declarative.transport import Exchange, RefusedError
from observer.errors import ConfigError, SourceError, TransientSourceError

_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})


def fetch(url: str, options: TransportOptions, **exchange_options: Callable[..., object]) -> bytes:
    """The body of an address, asked for under the transport's rules, conditionally where it was read before.

    Only the host of the address and those of the options are spoken to. Raises SourceError, TransientSourceError
    where it may pass, ConfigError where rights are missing. `exchange_options` replace resolver, clock and sleep in
    tests.
    """
    parts = urlsplit(url)
    host = f"{(parts.hostname or '').lower()}{f':{parts.port}' if parts.port else ''}"
    policy = HostPolicy(options.allowed_hosts | {host}, options.private_hosts)
    exchange = Exchange(policy, options, **exchange_options)  # type: ignore[arg-type]  # named there
    try:
        with requests.Session() as session:
            session.trust_env = False
            adapter = exchange.adapter()
            for scheme in ("http://", "https://"):
                session.mount(scheme, adapter)
            response = session.get(url)
            body = response.content
    except RefusedError as error:
        raise exchange.refusal or SourceError(str(error), where=url) from error
    except requests.RequestException as error:
        raise TransientSourceError(f"the server cannot be reached: {type(error).__name__}", where=url) from error
    finally:
        exchange.close()
    if response.status_code in (401, 403):
        raise ConfigError(f"the server answers {response.status_code}", where=url, hint="it wants other rights")
    if response.status_code in _MAY_PASS:
        raise TransientSourceError(f"the server answers {response.status_code}", where=url)
    if response.status_code != requests.codes.ok:
        raise SourceError(f"the server answers {response.status_code}", where=url)
    return body
