"""One release of the whole real directory, published once for all tests that read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.real.directory_rows import directory_rows

from observer.directory.load import load_directory
from observer.model.directory import Directory
from observer.model.release import Release
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows


@dataclass(frozen=True, slots=True)
class RealRelease:
    """A release with the address of its database and the folder of releases."""

    release: Release
    reader_url: str
    folder: Path


@pytest.fixture(scope="session")
def real_directory(real_data: Path) -> Directory:
    return load_directory(real_data / "oss-directory/oss-directory-data.tar.gz")


@pytest.fixture(scope="session")
def directory_release(
    real_directory: Directory, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealRelease]:
    """The directory with the grants that were given to its projects; values of the sample's metrics for one of them."""
    folder = tmp_path_factory.mktemp("directory_releases")
    with temporary_postgres() as urls:
        release = publish_rows(urls.owner, folder, directory_rows(real_directory, real_data))
        yield RealRelease(release, urls.reader, folder)
