"""The site over two sample releases, for all tests of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows
from observer.web.app import WebSettings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder, sample_rows() | {"quarantine": []})
        publish_rows(urls.owner, folder, snapshot_id=2)
        settings = WebSettings("Test", lambda: NOW, "1.2.3+abc", "https://observer.example", docs=DOCS)
        with TestClient(create_app(ReadModel(urls.reader, folder), settings)) as found:
            yield found
