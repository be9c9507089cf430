"""Shared fixtures: where the real data is, and a fixed clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: asks public services; skipped unless OBSERVER_LIVE is set")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data with golden answers; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("OBSERVER_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "MANIFEST.csv").exists():
        pytest.skip(f"no real data in {folder}: set OBSERVER_REAL_DATA to run this test")
    return folder


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
