"""JSON-RPC in batches over the guarded transport: answers by request, errors of the upstream told apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from observer.connectors.declarative.transport import Exchange, RefusedError
from observer.errors import ConfigError, SourceError, TransientSourceError

Call = tuple[str, list[Any]]

_NO_METHOD = frozenset({-32601, -32004})
_INTERNAL = -32603
_SERVER = range(-32099, -31999)
_NO_METHOD_WORDS = ("method not found", "not supported", "does not exist", "not available", "unsupported method")
_TOO_MUCH_WORDS = (
    "too many results",
    "more than 10",
    "block range",
    "range too",
    "response size",
    "limit exceeded",
    "query timeout",
    "too large",
    "exceeds the",
)
_RATE_WORDS = ("rate limit", "too many requests", "capacity", "throttle")


@dataclass(frozen=True, slots=True)
class Failure:
    """The error of one call: the code and the sentence of the node."""

    code: int
    message: str

    @property
    def is_no_method(self) -> bool:
        """Whether the node does not offer the method at all."""
        text = self.message.lower()
        return self.code in _NO_METHOD or any(words in text for words in _NO_METHOD_WORDS)

    @property
    def is_too_much(self) -> bool:
        """Whether a smaller question may be answered."""
        text = self.message.lower()
        return not self.is_rate and any(words in text for words in _TOO_MUCH_WORDS)

    @property
    def is_rate(self) -> bool:
        """Whether the node wants to be asked later."""
        text = self.message.lower()
        return self.code == 429 or any(words in text for words in _RATE_WORDS)


class RpcClient:
    """Calls one node. `batch` calls go in one request; where a node takes fewer, or none, it is halved for good.

    Raises ConfigError for missing rights, TransientSourceError for what may be gone later, SourceError for the rest.
    No error shows more of the address than its host: keys stand in the path.
    """

    def __init__(self, network: str, url: str, exchange: Exchange, batch: int) -> None:
        self._network = network
        self._url = url
        self._exchange = exchange
        self._adapter = exchange.adapter()
        self._batch = batch
        self._numbers = itertools.count(1)

    @property
    def where(self) -> str:
        """The network and the host, for messages."""
        return f"{self._network} ({urlsplit(self._url).hostname})"

    def one(self, method: str, *parameters: Any) -> Any:
        """The result of a single call."""
        return self.results([(method, list(parameters))])[0]

    def results(self, calls: Sequence[Call]) -> list[Any]:
        """The results in the order of the calls. Raises an error for the first that failed."""
        found = []
        for (method, _), outcome in zip(calls, self.outcomes(calls), strict=True):
            if isinstance(outcome, Failure):
                raise self.error(method, outcome)
            found.append(outcome)
        return found

    def outcomes(self, calls: Sequence[Call]) -> Iterator[Any]:
        """The result, or the Failure, of each call in their order."""
        place = 0
        while place < len(calls):
            part = calls[place : place + self._batch]
            answers = self._ask(part)
            if answers is None:
                self._batch = max(1, len(part) // 2)
                continue
            yield from answers
            place += len(part)

    def error(self, method: str, failure: Failure) -> SourceError:
        """A Failure as an error of the port."""
        what = f"{method}: {failure.message[:300]} (code {failure.code})"
        if failure.is_rate or failure.code == _INTERNAL or failure.code in _SERVER:
            return TransientSourceError(what, where=self.where)
        return SourceError(what, where=self.where)

    def _ask(self, calls: Sequence[Call]) -> list[Any] | None:
        """The outcomes of one request; None where the node wants fewer calls at once."""
        numbered = {next(self._numbers): call for call in calls}
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            for number, (method, parameters) in numbered.items()
        ]
        answer = self._post(body[0] if len(body) == 1 else body)
        given = answer if isinstance(answer, list) else [answer]
        if len(calls) == 1 and len(given) == 1 and isinstance(given[0], dict) and "error" in given[0]:
            return [_outcome(given[0])]
        by_number = {item.get("id"): item for item in given if isinstance(item, dict)}
        missing = [number for number in numbered if number not in by_number]
        if missing and len(calls) > 1 and not isinstance(answer, list):
            return None
        if missing:
            raise TransientSourceError(f"{len(missing)} of {len(calls)} calls were not answered", where=self.where)
        return [_outcome(by_number[number]) for number in numbered]

    def _post(self, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = requests.Request("POST", self._url, data=orjson.dumps(body), headers=headers).prepare()
        try:
            response = self._adapter.send(request)
        except RefusedError as error:
            raise self._exchange.refusal or SourceError(str(error), where=self.where) from error
        except requests.RequestException as error:
            # The exception's own text may hold the whole address.
            raise TransientSourceError(f"no answer: {type(error).__name__}", where=self.where) from error
        status = response.status_code
        if status in (401, 403):
            raise ConfigError(f"the node answers with status {status}", where=self.where, hint="look at its key")
        if status in (408, 425, 429) or status >= 500:
            raise TransientSourceError(f"the node answers with status {status}", where=self.where)
        # Errors of JSON-RPC come with these, too.
        if status not in (200, 400, 413):
            raise SourceError(f"the node answers with status {status}", where=self.where)
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            if status != 200:
                raise SourceError(f"the node answers with status {status}", where=self.where) from error
            raise TransientSourceError("the answer is no JSON", where=self.where) from error


def _outcome(item: dict[str, Any]) -> Any:
    error = item.get("error")
    if error is None:
        return item.get("result")
    detail = error if isinstance(error, dict) else {"message": error}
    code = detail.get("code")
    return Failure(code if isinstance(code, int) else 0, str(detail.get("message") or "no reason given"))
