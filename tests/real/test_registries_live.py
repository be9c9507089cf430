"""npm and PyPI as they are today, for ten packages of the real directory each; asked only where somebody says so."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from observer.connectors import host
from observer.connectors.declarative.source import DeclarativeSource
from observer.directory.load import load_directory
from observer.model.artifact import listed_artifacts
from observer.testing.source import QuietProgress
from observer.testing.warehouse import FakeWarehouse

pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.skipif(
        not os.environ.get("OBSERVER_LIVE"),
        reason="asks public registries: set OBSERVER_LIVE=1, and OBSERVER_LIVE_TRANSPORT to transport options as JSON "
        "where the way to them leads over your own network",
    ),
]

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
STREAMS = {"npm": ["packages", "versions", "owners"], "pypi": ["packages", "requirements", "releases", "owners"]}
PACKAGES = 10


@pytest.fixture(scope="module")
def listed(real_data: Path) -> dict[str, list[str]]:
    """The first packages of each registry in the directory, by name."""
    directory = load_directory(str(real_data / "oss-directory" / "oss-directory-data.tar.gz"))
    found: dict[str, set[str]] = {"npm": set(), "pypi": set()}
    for project in directory.projects:
        for artifact in listed_artifacts(project):
            if artifact.artifact_source.lower() in found:
                found[artifact.artifact_source.lower()].add(artifact.artifact_name)
    return {registry: sorted(names)[:PACKAGES] for registry, names in found.items()}


@pytest.mark.parametrize("registry", ["npm", "pypi"])
def test_a_registry_is_read_and_a_second_run_asks_conditionally(
    registry: str, listed: dict[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = DeclarativeSource(registry, CONNECTORS / registry, cache_dir=tmp_path)
    transport = json.loads(os.environ.get("OBSERVER_LIVE_TRANSPORT") or "{}")
    warehouse = FakeWarehouse()
    runs = [_sync(source, registry, listed[registry], transport, warehouse) for _ in range(2)]
    kept = sum(1 for path in tmp_path.rglob("*") if path.is_file())
    with capsys.disabled():
        for number, (report, exchange, seconds) in enumerate(runs, start=1):
            print(
                f"\n{registry} run {number}: {dict(report.written)}, quarantined {report.quarantined}, "
                f"{exchange.requests} requests, {exchange.not_modified} not modified, {exchange.reused} shared, "
                f"{kept} answers with a validator, {seconds:.1f} s"
            )

    (first, _, _), (second, exchange, _) = runs
    assert len(listed[registry]) == PACKAGES
    assert first.written[f"{registry}__packages"] > PACKAGES // 2
    assert first.quarantined == second.quarantined == 0
    assert set(second.written.values()) <= {0}
    assert exchange.requests <= PACKAGES + 1
    if kept:
        assert exchange.not_modified == kept
    else:
        pytest.skip("the answers came without ETag and Last-Modified: nothing could be asked for conditionally")


def _sync(source: DeclarativeSource, registry: str, packages: list[str], transport: Any, warehouse: Any) -> Any:
    started = time.monotonic()
    report = host.sync(
        source,
        config={"packages": packages, "transport": transport},
        warehouse=warehouse,
        clock=lambda: datetime.now(UTC),
        progress=QuietProgress(),
        streams=STREAMS[registry],
    )
    return report, source.last_exchange, time.monotonic() - started
