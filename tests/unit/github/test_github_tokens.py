"""Tokens: the one with the most left asks, limits are waited for or passed on, refused ones are left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.github.github_run import Run, opened

from observer.connectors.sources.github.tokens import TokenPool
from observer.errors import ConfigError, TransientSourceError
from observer.testing.upstream import Asked, Reply
from observer.testing.upstream.github import Budget


def two_tokens(run: Run) -> None:
    run.world.repository("acme/tool")
    run.config = {"repositories": ["acme/tool"]}
    run.github.tokens = {"token-one": Budget(), "token-two": Budget()}


def asking(asked: Asked) -> str:
    return asked.headers["authorization"].removeprefix("Bearer ")


def test_work_goes_to_the_token_with_the_most_left() -> None:
    with opened() as run:
        two_tokens(run)
        run.github.tokens["token-one"].points = 100
        for number in range(40):
            run.world.issue(next(iter(run.github.repositories.values())), f"p{number}", "2024-02-01T00:00:00Z")

        run.sync()

        spent = {name: budget.spent_points for name, budget in run.github.tokens.items()}
        assert spent["token-two"] > spent["token-one"] > 0
        rows = run.rows("select token_label, points from raw.github__usage")
        assert sorted(row["points"] for row in rows) == sorted(spent.values())
        assert "token" not in json.dumps([row["token_label"] for row in rows])


@pytest.mark.parametrize(
    "limit",
    [
        Reply(429, b"", {"Retry-After": "90"}),
        Reply(403, b"", {"Retry-After": "90"}),
        Reply(403, b"{}", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}),
        Reply(403, b'{"message": "You have exceeded a secondary rate limit."}'),
    ],
    ids=["429", "403 with Retry-After", "no requests left", "secondary limit"],
)
def test_a_limited_token_rests_and_another_goes_on_at_once(limit: Reply) -> None:
    with opened() as run:
        two_tokens(run)
        run.upstream.fail("/graphql", limit)

        run.sync()

        assert run.waits == []
        first, second, *_ = [asking(asked) for asked in run.upstream.asked]
        assert first != second
        assert all(asking(asked) == second for asked in run.upstream.asked[1:])


def test_with_one_token_a_limit_is_waited_for() -> None:
    with opened() as run:
        two_tokens(run)
        del run.github.tokens["token-two"]
        reset = int((run.now + timedelta(minutes=20)).timestamp())
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        run.upstream.fail("/graphql", Reply(403, b"{}", headers), Reply(403, b'{"message": "secondary rate limit"}'))

        run.sync()

        assert run.waits == [1_200.0, 60.0]


def test_a_limit_that_lasts_too_long_ends_the_run_for_now() -> None:
    with opened() as run:
        two_tokens(run)
        run.upstream.fail("/graphql", *[Reply(429, b"", {"Retry-After": "9000"})] * 3)

        with pytest.raises(TransientSourceError):
            run.sync()

        assert run.waits == []


def test_points_that_run_out_are_taken_from_the_other_token() -> None:
    with opened() as run:
        two_tokens(run)
        run.github.tokens["token-one"].points = 0

        run.sync()

        assert run.rows("select count(*) as n from raw.github__repositories") == [{"n": 1}]
        assert run.github.tokens["token-one"].spent_points == 0


def test_a_refused_token_is_left_out_and_none_left_ends_the_run() -> None:
    with opened() as run:
        two_tokens(run)

        run.sync(tokens=["wrong", "token-one"])

        assert [asking(asked) for asked in run.upstream.asked].count("wrong") == 1
        with pytest.raises(ConfigError, match="401"):
            run.sync(tokens=["wrong", "false"])


def test_no_token_goes_to_another_host() -> None:
    import requests

    pool = TokenPool(["secret"], ["https://api.github.com"], lambda: datetime(2024, 1, 1, tzinfo=UTC))
    for url, is_signed in [
        ("https://api.github.com/repos/a/b", True),
        ("https://api.github.com", True),
        ("https://api.github.com.example.org/repos/a/b", False),
        ("https://example.org/https://api.github.com/", False),
    ]:
        request = requests.Request("GET", url).prepare()

        pool.sign(request)

        assert ("Authorization" in request.headers) is is_signed, url
