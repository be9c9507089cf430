"""A PostgreSQL for all tests of accounts, and a site over a published release with accounts of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from observer.accounts.service import AccountOptions, Accounts
from observer.postgres import PostgresUrls
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows


class MovingClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Place:
    """A database with a published release, and where its files are."""

    urls: PostgresUrls
    releases: Path
    folder: Path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresUrls]:
    with temporary_postgres() as urls:
        yield urls


@pytest.fixture(scope="session")
def place(postgres: PostgresUrls, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("accounts")
    publish_rows(postgres.owner, folder / "releases")
    return Place(postgres, folder / "releases", folder)


@pytest.fixture
def moving_clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def make_accounts(
    place: Place, moving_clock: MovingClock, tmp_path: Path
) -> Iterator[Callable[[AccountOptions | None], Accounts]]:
    """Makes services over empty tables of accounts; several see the same ones, as several servers do."""
    with psycopg.connect(place.urls.owner) as connection:
        connection.execute("drop schema if exists accounts cascade")
    made: list[Accounts] = []

    def make(options: AccountOptions | None = None) -> Accounts:
        urls = place.urls
        made.append(Accounts(urls.owner, urls.accounts, tmp_path / "accounts.pepper", moving_clock, options))
        return made[-1]

    yield make
    for accounts in made:
        accounts.close()


@pytest.fixture
def accounts(make_accounts: Callable[[AccountOptions | None], Accounts]) -> Accounts:
    return make_accounts(None)
