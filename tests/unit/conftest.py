"""One release of the sample for all tests of the read side; one folder for dbt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.postgres import PostgresUrls
from observer.query import ReadModel
from observer.query.reader import ReleaseReader
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt writes; one for all tests, so that the project is parsed once."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def sample_release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PostgresUrls, Path]]:
    """The database and the folder of the one release."""
    folder: Path = tmp_path_factory.mktemp("releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder)
        yield urls, folder


@pytest.fixture(scope="session")
def read_model(sample_release: tuple[PostgresUrls, Path]) -> Iterator[ReadModel]:
    urls, folder = sample_release
    with ReadModel(urls.reader, folder) as model:
        yield model


@pytest.fixture
def reader(read_model: ReadModel) -> Iterator[ReleaseReader]:
    with read_model.pinned() as pinned:
        yield pinned
