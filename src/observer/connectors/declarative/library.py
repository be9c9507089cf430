"""airbyte-cdk, imported without letting it take over logging, and with every session that it makes guarded."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import BaseAdapter

# Importing the library replaces the handlers of the root logger by one that prints protocol messages.
_ROOT = logging.getLogger()
_HANDLERS, _LEVEL = list(_ROOT.handlers), _ROOT.level
try:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]  # they are re-exported by a star
        AirbyteMessage,
        FailureType,
        Status,
        TraceType,
        Type,
    )
    from airbyte_cdk.models.airbyte_protocol_serializers import (
        AirbyteMessageSerializer,
        AirbyteStateMessageSerializer,
        ConfiguredAirbyteCatalogSerializer,
    )
    from airbyte_cdk.sources.declarative import concurrent_declarative_source as _source
    from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
    from airbyte_cdk.sources.declarative.interpolation.interpolated_string import InterpolatedString
    from airbyte_cdk.sources.streams.http.http_client import HttpClient
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException
finally:
    _ROOT.handlers[:] = _HANDLERS
    _ROOT.setLevel(_LEVEL)

__all__ = [
    "AirbyteMessage",
    "AirbyteMessageSerializer",
    "AirbyteStateMessageSerializer",
    "AirbyteTracedException",
    "ConcurrentDeclarativeSource",
    "ConfiguredAirbyteCatalogSerializer",
    "FailureType",
    "InterpolatedString",
    "Status",
    "TraceType",
    "Type",
    "guarded",
]

LOGGER = logging.getLogger("airbyte")
# It logs answers in full, with whatever personal data they hold; what people need to know comes as messages.
LOGGER.setLevel(logging.CRITICAL)

_building = threading.local()


@contextmanager
def guarded(adapter: Callable[[], BaseAdapter]) -> Iterator[None]:
    """Every session that the library makes inside the block, on this thread, sends through an adapter of its own."""
    before = getattr(_building, "adapter", None)
    _building.adapter = adapter
    try:
        yield
    finally:
        _building.adapter = before


class _NoAdapter(BaseAdapter):
    """Sends nothing: for sessions that were made where nobody guards them."""

    def send(self, *_: object, **__: object) -> requests.Response:
        raise requests.exceptions.InvalidSchema("a session that is not guarded sends nothing")

    def close(self) -> None:
        return None


# The library takes no session or transport from outside, and builds the requesters of parent streams with factories
# of their own, so the one method in which all sessions begin is where the guard has to stand.
_make_session: Callable[[Any], requests.Session] = HttpClient._request_session


def _make_guarded_session(client: Any) -> requests.Session:
    # Its own cache outlives a sync, so that the next one in this process would not ask again; ours is of one run.
    client._use_cache = False
    session = _make_session(client)
    make = getattr(_building, "adapter", None)
    adapter = make() if make else _NoAdapter()
    session.trust_env = False
    # Mounting would not last: the library mounts its own adapters afterwards.
    session.get_adapter = lambda url: adapter  # type: ignore[method-assign]
    return session


# It parses its own schema of the language, some thousand lines, anew for every source, and only reads it.
_source.get_declarative_component_schema = functools.cache(_source.get_declarative_component_schema)

HttpClient._request_session = _make_guarded_session  # type: ignore[method-assign, assignment]
# The transport tries again as the upstream asks; trying again above it would multiply the attempts.
HttpClient._max_retries = property(lambda client: 0)  # type: ignore[assignment, method-assign]
