"""Limits under 64 clients at once, revocation seen by two servers, and keys that no file of the database holds."""

from __future__ import annotations

import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.unit.accounts.conftest import Place

from observer.access import AccessPolicy
from observer.accounts.key import new_key
from observer.accounts.principal import DEFAULT_LIMITS, Limits, Role
from observer.accounts.service import AccountOptions, Accounts
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.served import served
from observer.web.app import WebSettings

CLIENTS = 64
PATH = "/api/v1/openapi.json"
Serve = Callable[..., str]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def serve(place: Place, tmp_path: Path) -> Iterator[Serve]:
    """Starts servers over one database, each with connections of its own."""
    with psycopg.connect(place.urls.owner) as connection:
        connection.execute("drop schema if exists accounts cascade")
    with ExitStack() as stack:

        def start(policy: AccessPolicy | None = None, limits: Limits | None = None) -> str:
            options = AccountOptions({**DEFAULT_LIMITS, Role.USER: limits}) if limits else None
            accounts = Accounts(place.urls.owner, place.urls.accounts, tmp_path / "pepper", now, options)
            model = ReadModel(place.urls.reader, place.releases)
            app = create_app(model, WebSettings("Test", now, "1+a"), accounts=accounts, policy=policy)
            return stack.enter_context(served(app))

        yield start


@pytest.fixture
def desk(place: Place, serve: Serve, tmp_path: Path) -> Iterator[Accounts]:
    """Accounts as another process manages them."""
    accounts = Accounts(place.urls.owner, place.urls.accounts, tmp_path / "pepper", now)
    yield accounts
    accounts.close()


def key_of(desk: Accounts, label: str = "laptop") -> tuple[int, int, str]:
    account = desk.store.create("Ada", actor="test")
    issued = desk.store.issue_key(account.account_id, label, lifetime=timedelta(days=1), actor="test")
    return account.account_id, issued.key.key_id, issued.secret


def ask_together(urls: list[str], key: str, times: int) -> Counter[int]:
    """The statuses of 64 clients that ask at once, by turns of all servers."""

    def ask(number: int) -> list[int]:
        with httpx.Client(
            base_url=urls[number % len(urls)], headers={"X-API-Key": key}, timeout=60, verify=False
        ) as client:
            return [client.get(PATH).status_code for _ in range(times)]

    with ThreadPoolExecutor(CLIENTS) as threads:
        return Counter(status for statuses in threads.map(ask, range(CLIENTS)) for status in statuses)


@pytest.mark.parametrize("servers", [1, 2], ids=["one server", "two servers that share their limits"])
def test_64_clients_together_take_the_quota_and_no_more(servers: int, serve: Serve, desk: Accounts) -> None:
    _, _, key = key_of(desk)
    limits = Limits(requests_per_minute=100, concurrent_requests=0)
    urls = [serve(AccessPolicy(is_shared=servers > 1), limits) for _ in range(servers)]
    begun = time.monotonic()

    statuses = ask_together(urls, key, 5)

    refill = (time.monotonic() - begun) * 100 / 60
    assert set(statuses) == {200, 429}
    assert 100 <= statuses[200] <= 100 + refill + 1
    assert sum(statuses.values()) == CLIENTS * 5


def test_a_revoked_key_stops_within_a_second_on_every_server(serve: Serve, desk: Accounts) -> None:
    account, number, key = key_of(desk)
    urls = [serve(AccessPolicy(refusals=1_000_000), Limits()) for _ in range(2)]
    with ExitStack() as stack:
        clients = [stack.enter_context(httpx.Client(base_url=url, headers={"X-API-Key": key})) for url in urls]
        assert [client.get(PATH).status_code for client in clients] == [200, 200]

        desk.store.revoke_key(account, number, actor="test")
        revoked = time.monotonic()
        last_ok = [revoked, revoked]
        while time.monotonic() < revoked + 2.0:
            for place, client in enumerate(clients):
                asked = time.monotonic()
                if client.get(PATH).status_code == 200:
                    last_ok[place] = asked

        assert max(last_ok) - revoked < 1.0
        assert [client.get(PATH).status_code for client in clients] == [401, 401]


def test_no_key_is_in_the_database_its_files_or_the_log(
    serve: Serve, desk: Accounts, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account, number, key = key_of(desk)
    url = serve(None, Limits())
    rotated = desk.store.rotate_key(account, number, overlap=timedelta(hours=1), actor="test").secret
    unknown, typed = new_key(), key[:-1] + "é"
    for secret in (key, rotated, unknown):
        httpx.get(url + PATH, headers={"Authorization": f"Bearer {secret}"})
        httpx.get(url + PATH, params={"api_key": secret})
    httpx.get(url + PATH, headers={"X-API-Key": typed.encode()})
    session = desk.sessions.sign_in_by_link(desk.sessions.account_link(account, actor="test"))
    httpx.get(url + "/account", cookies={"observer_session": session})
    desk.usage.flush()
    secrets = [key[9:], rotated[9:], unknown[9:], session]

    with psycopg.connect(place.urls.owner.replace("observer_owner@", "postgres@"), autocommit=True) as admin:
        admin.execute("checkpoint")
        folder = Path(str(admin.execute("show data_directory").fetchone()[0]))  # type: ignore[index]
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    texts = b"".join(path.read_bytes() for path in files)

    assert len(files) > 500 and b"laptop" in texts, "the right files are searched"
    for secret in secrets:
        assert secret.encode() not in texts
        # httpx writes the addresses that it asks for; they are the client's, not ours.
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
        assert secret not in "\n".join(ours)


def test_the_role_of_accounts_sees_no_release_and_the_readers_role_no_account(desk: Accounts, place: Place) -> None:
    key_of(desk)

    with psycopg.connect(place.urls.accounts) as accounts:
        for statement in ("select * from release_1.projects", "select * from observer.releases"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                accounts.execute(statement)
            accounts.rollback()
        for statement in (
            "delete from accounts.audit",
            "update accounts.audit set actor = 'x'",
            "create table public.x ()",
            "create table accounts.x ()",
            "drop table accounts.keys",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                accounts.execute(statement)
            accounts.rollback()
    with psycopg.connect(place.urls.reader) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("select * from accounts.keys")


def test_time_does_not_tell_a_wrong_key_from_an_unknown_one(serve: Serve, desk: Accounts) -> None:
    _, _, key = key_of(desk)
    url = serve(AccessPolicy(refusals=1_000_000), Limits())
    kinds = {
        "a key that differs in its last random character": lambda: _resummed(key),
        "an unknown key": new_key,
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    with httpx.Client(base_url=url) as client:
        for _ in range(300):
            for kind, make in kinds.items():
                secret = make()
                begun = time.perf_counter()
                assert client.get(PATH, headers={"X-API-Key": secret}).status_code == 401
                times[kind].append(time.perf_counter() - begun)

    near, far = (statistics.median(found) for found in times.values())
    assert near == pytest.approx(far, rel=0.25)


def _resummed(key: str) -> str:
    from observer.accounts.key import checksum

    body = key[:38]
    found = next(new for letter in "abcdefghij" if (new := body + letter) != key[:39])
    wrong = found + checksum(found)
    # A fresh one each time, so that no memory of refusals answers.
    tail = re.sub(r"oso_live_", "", new_key())[:8]
    fresh = wrong[:31] + tail
    return fresh + checksum(fresh)


def test_only_so_many_requests_of_a_caller_run_at_a_time(serve: Serve, desk: Accounts) -> None:
    _, _, key = key_of(desk)
    url = serve(None, Limits(requests_per_minute=0, concurrent_requests=1))

    statuses = ask_together([url], key, 5)

    assert statuses[200] >= 5
    assert set(statuses) <= {200, 429}
    with httpx.Client(base_url=url, headers={"X-API-Key": key}) as client:
        assert [client.get(PATH).status_code for _ in range(20)] == [200] * 20, "every place is given back"
