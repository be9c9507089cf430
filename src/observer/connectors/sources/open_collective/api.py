"""Open Collective's GraphQL API, version 2: accounts and their transactions, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from observer.connectors.declarative.addresses import HostPolicy
from observer.connectors.declarative.options import TransportOptions
from observer.connectors.declarative.transport import Exchange, RefusedError
from observer.connectors.sources.files.download import host_of
from observer.connectors.sources.oss_funding.amounts import parse_json
from observer.errors import ConfigError, SourceError, TransientSourceError

ENDPOINT = "https://api.opencollective.com/graphql/v2"
PAGE = 500
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})

_ACCOUNT = """
query ($slug: String!) {
  account(slug: $slug, throwIfMissing: false) {
    slug name type currency
    stats { balance { valueInCents currency } }
    ... on AccountWithHost { host { slug } }
  }
}
"""
_TRANSACTIONS = """
query ($slug: String!, $limit: Int!, $offset: Int!, $from: DateTime) {
  transactions(
    account: [{slug: $slug}], limit: $limit, offset: $offset, dateFrom: $from,
    orderBy: {field: CREATED_AT, direction: ASC}
  ) {
    totalCount
    nodes {
      id group type kind createdAt isRefund isRefunded
      refundTransaction { id }
      account { slug }
      oppositeAccount { slug name type }
      amount { valueInCents currency }
      netAmount { valueInCents currency }
      taxAmount { valueInCents currency }
      paymentProcessorFee { valueInCents currency }
      hostFee { valueInCents currency }
      platformFee { valueInCents currency }
      paymentMethod { service type }
      expense { type }
    }
  }
}
"""

Record = Mapping[str, object]


class Api:
    """One connection to the API over the guarded transport. Use as a context manager.

    `token` is a personal token or None; it goes to the endpoint alone. `exchange_options` replace resolver, clock and
    sleep in tests.
    """

    def __init__(
        self, endpoint: str, token: str | None, options: TransportOptions, **exchange_options: Callable[..., object]
    ) -> None:
        self._endpoint = endpoint
        policy = HostPolicy(frozenset({host_of(endpoint)}) | options.allowed_hosts, options.private_hosts)
        self._exchange = Exchange(policy, options, **exchange_options)  # type: ignore[arg-type]  # named there
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept"] = "application/json"
        if token:
            self._session.headers["Personal-Token"] = token
        adapter = self._exchange.adapter()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._exchange.close()

    def account(self, slug: str) -> Record | None:
        """The account of a slug; None if there is none."""
        found = self._ask(_ACCOUNT, {"slug": slug}).get("account")
        return found if isinstance(found, Mapping) else None

    def transactions(self, slug: str, after: str | None) -> Iterator[Record]:
        """The transactions of an account from an ISO time on, oldest first; every id once."""
        offset = 0
        seen: set[object] = set()
        while True:
            variables = {"slug": slug, "limit": PAGE, "offset": offset, "from": after}
            page = self._ask(_TRANSACTIONS, variables).get("transactions")
            nodes = page.get("nodes") if isinstance(page, Mapping) else None
            if not isinstance(page, Mapping) or not isinstance(nodes, list):
                raise SourceError("an answer without transactions", where=self._endpoint)
            fresh = [node for node in nodes if isinstance(node, Mapping) and node.get("id") not in seen]
            seen.update(node.get("id") for node in fresh)
            yield from fresh
            offset += len(nodes)
            if not fresh or offset >= int(str(page.get("totalCount") or 0)):
                return

    def _ask(self, query: str, variables: Record) -> Record:
        where = self._endpoint
        body: dict[str, Any] = {"query": query, "variables": dict(variables)}
        try:
            response = self._session.post(where, json=body, allow_redirects=False)
        except RefusedError as error:
            raise self._exchange.refusal or SourceError(str(error), where=where) from error
        except requests.RequestException as error:
            reason = f"the API cannot be reached or its answer is cut off: {type(error).__name__}"
            raise TransientSourceError(reason, where=where) from error
        if response.status_code in _MAY_PASS:
            raise TransientSourceError(f"the API answers {response.status_code}", where=where)
        if response.status_code in (401, 403):
            hint = "see `token` in the specification"
            raise ConfigError(f"the API refuses access ({response.status_code})", where=where, hint=hint)
        try:
            answer = parse_json(response.text)
        except ValueError as error:
            if response.status_code == requests.codes.ok:
                raise TransientSourceError("the API's answer is cut off or is not JSON", where=where) from error
            answer = None
        data = answer.get("data") if isinstance(answer, dict) else None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors or not isinstance(data, Mapping):
            raise SourceError(f"the API answers {response.status_code}: {_reason(errors)}", where=where)
        return data


def _reason(errors: object) -> str:
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("message"))[:200] if isinstance(first, Mapping) else "neither data nor errors"
