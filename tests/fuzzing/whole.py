"""All kinds of made-up requests to one server."""

from __future__ import annotations

from collections.abc import Iterable

from tests.fuzzing import graphql, openapi, sql
from tests.fuzzing.asking import Asking, Tally


def fuzz(url: str, count: int, seed: int, secrets: Iterable[str] = ()) -> Tally:
    """Asks `count` requests, two fifths of them from the OpenAPI document, the rest in GraphQL and SQL."""
    asking = Asking(url, secrets)
    of_openapi = count * 2 // 5
    openapi.requests_of(asking, of_openapi, seed)
    rest = count - asking.tally.asked
    graphql.requests_of(asking, rest // 2, seed)
    sql.requests_of(asking, rest - rest // 2, seed)
    asking.close()
    return asking.tally
