"""Fixtures of the git source's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from git_landing import Landing
from git_repositories import GitRepository


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., GitRepository]:
    """Makes an empty bare repository of a name."""
    return lambda name="repository", **options: GitRepository(tmp_path / "repositories" / f"{name}.git", **options)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "work")
