"""A PostgreSQL server for the session and an empty database for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from marked_releases import new_database

from observer.postgres import PostgresUrls
from observer.testing.postgres import temporary_postgres


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresUrls]:
    with temporary_postgres() as urls:
        yield urls


@pytest.fixture
def database(server: PostgresUrls) -> PostgresUrls:
    return new_database(server)


@pytest.fixture(scope="module")
def module_database(server: PostgresUrls) -> PostgresUrls:
    return new_database(server)
