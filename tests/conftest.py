"""Shared fixtures: where the real data is, and a fixed clock."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Every checkout has its own: a run that starts takes others' access to the shared folder away, and with it the
# embedded server's, which is another user where the tests run as root.
TEMPORARY = Path(tempfile.gettempdir()) / f"observer-tests-{hashlib.sha256(bytes(ROOT)).hexdigest()[:8]}"
TEMPORARY.mkdir(exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TEMPORARY))


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


# Before pytest-xdist's own, which reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file run on one worker, and all of one costly world on the same: the demo, the real directory."""
    for item in items:
        fixtures: tuple[str, ...] = getattr(item, "fixturenames", ())
        shared = next((name for name in ("demo_folder", "directory_release") if name in fixtures), None)
        group = shared or str(item.path.relative_to(ROOT))
        item.add_marker(pytest.mark.xdist_group(group))
