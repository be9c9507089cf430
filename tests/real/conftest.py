"""One release of the whole real directory, published once for all tests that read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.journeys.conftest import environment_of, observer
from tests.real.directory_rows import directory_rows
from tests.real.git_repositories import write_repositories

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


@pytest.fixture(scope="session")
def real_observatory(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an observatory of the whole real directory, its money, bills of material and some of its history.

    That takes the whole pipeline a dozen minutes of CPU; OBSERVER_TEST_REAL names a folder in which it has run.
    """
    if existing := os.environ.get("OBSERVER_TEST_REAL"):
        return Path(existing)
    folder = tmp_path_factory.mktemp("real_observatory")
    write_repositories(real_data / "events" / "git", folder / "repositories")
    (folder / "observer.toml").write_text(CONFIG.format(data=real_data, folder=folder))
    observer(folder, "run", environment=environment_of())
    return folder


CONFIG = """
[observatory]
title = "Real directory"
[directory]
location = "{data}/oss-directory/oss-directory-data.tar.gz"
[demo]
enabled = false
[clock]
now = "2026-08-23T12:00:00Z"
[connectors.git]
line_counts = false
url_rewrites = {{ "https://github.com/" = "{folder}/repositories" }}
[connectors.sbom]
locations = [
  "{data}/events/deps/sbom_spdx_wevm_viem_c14f65.json.gz",
  "{data}/events/deps/sbom_spdx_NomicFoundation_hardhat_2ee89f.json.gz",
]
[connectors.oss-funding]
locations = ["{data}/funding/oss-funding/funders.tar.xz"]
[connectors.gitcoin]
locations = [
  "{data}/funding/gitcoin_allo_cgrants_all.parquet",
  "{data}/funding/gitcoin_cgrants_by_round.parquet",
  "{data}/funding/gitcoin_matching_distributions.parquet",
]
[connectors.open-collective]
locations = ["{data}/funding/opencollective_hledger_transactions.csv.gz"]
"""
