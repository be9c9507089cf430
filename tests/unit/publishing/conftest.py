"""A PostgreSQL server for the session and an empty database for each test."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from marked_releases import admin_url, new_database

from observer.postgres import READER_ROLE, PostgresUrls
from observer.testing.postgres import temporary_postgres


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresUrls]:
    with temporary_postgres() as urls:
        # Readers here keep a transaction open while releases are published, however slow the machine is.
        with psycopg.connect(admin_url(urls), autocommit=True) as connection:
            for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
                connection.execute(f"alter role {READER_ROLE} set {name} = '10min'")
        yield urls


@pytest.fixture
def database(server: PostgresUrls) -> PostgresUrls:
    return new_database(server)


@pytest.fixture(scope="module")
def module_database(server: PostgresUrls) -> PostgresUrls:
    return new_database(server)
