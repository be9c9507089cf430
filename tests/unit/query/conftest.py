"""One release of the sample for all tests of the read model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.query import ReadModel
from observer.query.reader import ReleaseReader
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows


@pytest.fixture(scope="session")
def read_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadModel]:
    folder: Path = tmp_path_factory.mktemp("releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder)
        with ReadModel(urls.reader, folder) as model:
            yield model


@pytest.fixture
def reader(read_model: ReadModel) -> Iterator[ReleaseReader]:
    with read_model.pinned() as pinned:
        yield pinned
