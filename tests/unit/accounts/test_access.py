"""The gate over HTTP: who is who by which header, what 401 and 429 say, whom addresses stand for."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.unit.accounts.conftest import MovingClock, Place

from observer.access import AccessPolicy
from observer.accounts.key import new_key
from observer.accounts.principal import DEFAULT_LIMITS, Limits, Role
from observer.accounts.service import AccountOptions, Accounts
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings

STRANGER = ("203.0.113.7", 5000)
STATUS = "/api/v1/metrics"
Ask = Callable[..., TestClient]


@pytest.fixture
def site(place: Place, moving_clock: MovingClock, accounts: Accounts) -> Iterator[Ask]:
    """Makes clients of a server: of its policy, from an address, as a process of its own."""
    with ExitStack() as stack:

        def make(policy: AccessPolicy | None = None, client: tuple[str, int] = STRANGER) -> TestClient:
            model = ReadModel(place.urls.reader, place.releases, clock=moving_clock)
            app = create_app(model, WebSettings("Test", moving_clock, "1+a"), accounts=accounts, policy=policy)
            return stack.enter_context(TestClient(app, base_url="http://observer.example", client=client))

        yield make


def new_account_key(accounts: Accounts, role: Role = Role.USER, **lifetime: float) -> tuple[int, int, str]:
    account = accounts.store.create("Ada", role=role, actor="test")
    issued = accounts.store.issue_key(
        account.account_id, "laptop", lifetime=timedelta(**lifetime) if lifetime else None, actor="test"
    )
    return account.account_id, issued.key.key_id, issued.secret


def quota(client: TestClient, headers: dict[str, str], path: str = STATUS) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["RateLimit-Policy"]


def test_every_way_to_send_a_key_is_understood(site: Ask, accounts: Accounts) -> None:
    _, _, key = new_account_key(accounts)
    client = site()

    for headers in (
        {"Authorization": f"Bearer {key}"},
        {"authorization": f"bearer  {key} "},
        {"X-API-Key": key},
        {"Authorization": key},
        {"Authorization": f"Bearer {key}", "X-API-Key": key},
    ):
        assert quota(client, headers) == '"minute";q=60;w=60', headers


def test_without_a_key_of_ours_one_is_anonymous(site: Ask) -> None:
    client = site()

    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer any-old-token"}, {"Authorization": "x"}):
        assert quota(client, headers) == '"minute";q=10;w=60', headers


@pytest.mark.parametrize("kind", ["unknown", "bad checksum", "revoked", "expired", "of a closed account"])
def test_a_key_that_opens_nothing_is_401_in_json(
    kind: str, site: Ask, accounts: Accounts, moving_clock: MovingClock
) -> None:
    account, number, key = new_account_key(accounts, days=1)
    if kind == "unknown":
        key = new_key()
    elif kind == "bad checksum":
        key = key[:-1] + ("a" if key[-1] != "a" else "b")
    elif kind == "revoked":
        accounts.store.revoke_key(account, number, actor="test")
    elif kind == "expired":
        moving_clock.move(days=1, seconds=1)
    else:
        accounts.store.close_account(account, actor="test")

    answer = site().get(STATUS, headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 401
    assert answer.json()["error"] == "UnauthenticatedError"
    assert answer.json()["message"] == "the API key is not valid; create a new one at /account"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert key not in answer.text


def test_a_malformed_key_never_reaches_the_database(place: Place, moving_clock: MovingClock, tmp_path: object) -> None:
    from pathlib import Path

    nowhere = "postgresql://nobody@/nothing?host=/nonexistent"
    accounts = Accounts(nowhere, nowhere, Path(str(tmp_path)) / "pepper", moving_clock)
    model = ReadModel(place.urls.reader, place.releases, clock=moving_clock)
    app = create_app(model, WebSettings("Test", moving_clock, "1+a"), accounts=accounts)
    with TestClient(app, client=STRANGER) as client:
        answer = client.get(STATUS, headers={"X-API-Key": "oso_live_" + "0" * 36})

    assert answer.status_code == 401


def test_a_key_in_the_address_is_refused_and_not_repeated(site: Ask, accounts: Accounts) -> None:
    _, _, key = new_account_key(accounts)

    answer = site().get(f"{STATUS}?api_key={key}")

    assert answer.status_code == 400
    assert "does not belong into an address" in answer.json()["message"]
    assert key not in answer.text


def test_two_different_keys_are_refused(site: Ask, accounts: Accounts) -> None:
    keys = [new_account_key(accounts)[2] for _ in range(2)]

    answer = site().get(STATUS, headers={"Authorization": f"Bearer {keys[0]}", "X-API-Key": keys[1]})

    assert answer.status_code == 400


def test_where_a_key_is_required_pages_stay_open_and_their_data_does_not(site: Ask, accounts: Accounts) -> None:
    _, _, key = new_account_key(accounts)
    client = site(AccessPolicy(require_key=True))

    assert client.get("/metrics").status_code == 200
    assert client.get("/healthz").status_code == 200
    for path in (STATUS, "/metrics.json", "/api/v1/graphql?query={__typename}"):
        for headers in ({}, {"Authorization": "Bearer any-old-token"}):
            assert client.get(path, headers=headers).status_code == 401, path
        assert client.get(path, headers={"X-API-Key": key}).status_code == 200, path


def test_the_eleventh_request_of_a_minute_is_429_with_a_time_to_come_again(site: Ask) -> None:
    client = site()
    answers = [client.get(STATUS) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[0].headers["RateLimit"].startswith('"minute";r=9;t=')
    assert answers[9].headers["RateLimit"] == '"minute";r=0;t=60'
    assert 5 <= int(answers[10].headers["Retry-After"]) <= 8
    assert answers[10].json()["error"] == "LimitError"
    assert answers[10].headers["RateLimit"].startswith('"minute";r=0')


def test_other_methods_and_paths_draw_on_the_same_rate(site: Ask) -> None:
    client = site()
    for _ in range(5):
        assert client.get("/api/v1/graphql?query={__typename}").status_code == 200
        assert client.post("/api/v1/graphql", json={"query": "{__typename}"}).status_code == 200

    assert client.head(STATUS).status_code == 429
    assert client.get("/metrics").status_code == 200


def test_somebody_who_tries_keys_is_stopped(site: Ask) -> None:
    client = site(AccessPolicy(refusals=20))

    statuses = [client.get(STATUS, headers={"X-API-Key": new_key()}).status_code for _ in range(25)]

    assert statuses == [401] * 20 + [429] * 5


def exhausted(client: TestClient, **headers: str) -> bool:
    return client.get(STATUS, headers=headers).status_code == 429


def test_addresses_that_a_client_makes_up_do_not_help_it(site: Ask) -> None:
    client = site()

    statuses = [
        client.get(STATUS, headers={"X-Forwarded-For": f"198.51.100.{n}", "Forwarded": f"for=10.0.0.{n}"}).status_code
        for n in range(12)
    ]

    assert statuses.count(200) == 10


def test_a_trusted_proxy_tells_whom_it_asks_for(site: Ask) -> None:
    client = site(AccessPolicy(trusted_proxies=[ipaddress.ip_network("203.0.113.0/24")]))

    def ask(forwarded: str) -> int:
        return client.get(STATUS, headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask("198.51.100.1") for _ in range(11)].count(200) == 10
    assert ask("198.51.100.2") == 200
    assert ask("198.51.100.77, 198.51.100.1, 203.0.113.9") == 429, "the last address that no proxy added counts"


def test_the_addresses_of_one_ipv6_network_are_one_caller(site: Ask) -> None:
    policy = AccessPolicy(trusted_proxies=[ipaddress.ip_network("203.0.113.0/24")])
    client = site(policy)

    hosts = [f"2001:db8:1:2::{n:x}" for n in range(1, 12)]
    statuses = [client.get(STATUS, headers={"X-Forwarded-For": host}).status_code for host in hosts]

    assert statuses == [200] * 10 + [429]
    assert client.get(STATUS, headers={"X-Forwarded-For": "2001:db8:1:3::1"}).status_code == 200


def test_a_caller_on_this_machine_has_no_limit(site: Ask) -> None:
    client = site(None, ("127.0.0.1", 1))
    client.base_url = "http://localhost:8080"

    answers = [client.get(STATUS) for _ in range(30)]

    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0].headers


@pytest.mark.parametrize(
    ("policy", "headers"),
    [
        (AccessPolicy(), {"Host": "observer.example"}),
        (AccessPolicy(), {"Host": "[localhost"}),
        (AccessPolicy(), {"Host": "localhost", "X-Forwarded-For": "198.51.100.1"}),
        (AccessPolicy(), {"Host": "localhost", "Via": "1.1 proxy"}),
        (AccessPolicy(is_local_open=False), {"Host": "localhost"}),
    ],
    ids=["a public name", "no name", "a proxy's header", "via a proxy", "switched off"],
)
def test_a_proxy_on_this_machine_does_not_make_everybody_local(
    policy: AccessPolicy, headers: dict[str, str], site: Ask
) -> None:
    client = site(policy, ("127.0.0.1", 1))

    assert [client.get(STATUS, headers=headers).status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_months_units_are_a_limit_where_they_are_set(
    make_accounts: Callable[[AccountOptions], Accounts], place: Place, moving_clock: MovingClock
) -> None:
    limits = {**DEFAULT_LIMITS, Role.USER: Limits(60, 8, units_per_month=1e-9)}
    accounts = make_accounts(AccountOptions(limits))
    _, _, key = new_account_key(accounts)
    model = ReadModel(place.urls.reader, place.releases, clock=moving_clock)
    app = create_app(model, WebSettings("Test", moving_clock, "1+a"), accounts=accounts)
    with TestClient(app, client=STRANGER) as client:
        headers = {"X-API-Key": key}
        assert client.get(STATUS, headers=headers).status_code == 200
        accounts.usage.flush()
        app.state.access.resolver.forget()

        answer = client.get(STATUS, headers=headers)

    assert answer.status_code == 429
    assert "units of this month" in answer.json()["message"]
