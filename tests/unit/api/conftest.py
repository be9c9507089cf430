"""The server over the sample release, asked in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from observer.postgres import PostgresUrls
from observer.query import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings


@pytest.fixture(scope="session")
def client(read_model: ReadModel) -> Iterator[TestClient]:
    settings = WebSettings(title="Test", now=lambda: datetime(2024, 4, 1, tzinfo=UTC), code_version="test")
    # Not entered: its end would close the read model of the session.
    yield TestClient(create_app(read_model, settings), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def sql(sample_release: tuple[PostgresUrls, Path]) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Asks the tables of the release directly."""
    urls, _ = sample_release
    with psycopg.connect(urls.reader, autocommit=True) as connection:
        connection.execute("set search_path to release_1")
        yield lambda statement: connection.execute(statement).fetchall()
