"""A served observatory of the sample world, for clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from observer.accounts.service import Accounts
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.served import served
from observer.web.app import WebSettings


@pytest.fixture(scope="session")
def observatory_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("client")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder / "releases")
        accounts = Accounts(urls.owner, urls.accounts, folder / "pepper", lambda: datetime.now(UTC))
        model = ReadModel(urls.reader, folder / "releases")
        settings = WebSettings("Test", lambda: datetime.now(UTC), "1+a")
        with served(create_app(model, settings, accounts=accounts)) as url:
            yield url
