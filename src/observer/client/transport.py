"""What both clients share: address, key, which answers to ask again for and when, errors from answers."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from observer.client.calls import Answer
from observer.client.errors import AnswerError, AuthenticationError, ClientError, NotFoundError, RateLimitedError
from observer.client.pipe import SCHEME

URL_VARIABLE = "OBSERVER_URL"
KEY_VARIABLE = "OBSERVER_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8080"
_AGAIN = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Options:
    """How to ask: at most `retries` more times, waiting at most `longest_wait` seconds for one of them."""

    url: str
    api_key: str | None = field(repr=False)
    timeout_seconds: float = 60.0
    retries: int = 4
    longest_wait: float = 60.0

    @property
    def headers(self) -> dict[str, str]:
        from observer import __version__

        head = {"User-Agent": f"observer-client/{__version__}", "Accept": "application/json, application/x-ndjson"}
        return head | ({"Authorization": f"Bearer {self.api_key}"} if self.api_key else {})


def options_of(url: str | None, api_key: str | None, timeout: float, retries: int, longest_wait: float) -> Options:
    """The options as given, then as the environment has them, then those of an observatory on this machine."""
    address = url or os.environ.get(URL_VARIABLE) or DEFAULT_URL
    if not address.startswith(("http://", "https://", SCHEME)):
        raise ClientError(f"'{address}' is no address", hint="begin with https://")
    key = api_key or os.environ.get(KEY_VARIABLE) or None
    return Options(address.rstrip("/"), key, timeout, retries, longest_wait)


def wait_before(attempt: int, status: int | None, headers: Mapping[str, str], options: Options) -> float | None:
    """Seconds to wait before asking again, None where that is no use; `attempt` counts from 0."""
    if attempt >= options.retries or (status is not None and status not in _AGAIN):
        return None
    told = headers.get("retry-after", "")
    if told.isdigit():
        seconds = float(told)
        return seconds if seconds <= options.longest_wait else None
    backoff: float = min(options.longest_wait, 0.25 * 2**attempt)
    return backoff * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing


def read_answer(question: str, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer, or the error that it tells of."""
    if 200 <= status < 300:
        return Answer(headers, body)
    message, hint = f"{question} answered {status}", None
    try:
        told = json.loads(body)
        message, hint = str(told.get("message") or told.get("error") or message), told.get("hint")
    except (ValueError, AttributeError):
        pass
    if status == 429:
        told_seconds = headers.get("retry-after", "")
        seconds = float(told_seconds) if told_seconds.isdigit() else 1.0
        raise RateLimitedError(message, retry_seconds=seconds, hint=hint)
    kind = {401: AuthenticationError, 404: NotFoundError}.get(status, AnswerError)
    raise kind(message, status=status, hint=hint)
