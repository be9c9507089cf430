"""Made-up requests: whatever is sent, the answer is data or a sentence, soon, and the server lives on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.fuzzing import graphql, openapi, sql
from tests.fuzzing.asking import Asking
from tests.unit.sql.conftest import SqlSite


@pytest.fixture
def asking(site: SqlSite) -> Iterator[Asking]:
    asking = Asking(site.url, secrets=(str(site.releases), site.database))
    yield asking
    asking.close()


@pytest.mark.parametrize(
    ("part", "requests_of", "count"),
    [("openapi", openapi.requests_of, 220), ("graphql", graphql.requests_of, 250), ("sql", sql.requests_of, 150)],
    ids=["what the OpenAPI document allows", "GraphQL by the schema", "SQL by a grammar"],
)
def test_made_up_requests_are_answered_or_refused(
    site: SqlSite, asking: Asking, part: str, requests_of: Callable[[Asking, int, int], None], count: int
) -> None:
    requests_of(asking, count, 20_261_128)

    tally = asking.tally
    assert not tally.faults, "\n".join(tally.faults[:10])
    assert tally.asked >= count * 0.9
    assert tally.of(part, 200) > count / 10
    assert tally.of(part, 400) > count / 20
    assert site.ask("SELECT 17 AS n").rows == [[17]]
