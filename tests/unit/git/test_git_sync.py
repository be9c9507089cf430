"""The source under the Airbyte host: what it says lands in a warehouse as it should."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import git_repositories
from git_repositories import GitRepository

from observer.connectors.catalogue import validate_config
from observer.connectors.host import SyncReport, sync
from observer.connectors.sources.git import GitSource
from observer.testing.source import QuietProgress
from observer.testing.warehouse import FakeWarehouse


def test_a_sync_lands_every_stream_and_the_next_writes_nothing(
    make: Callable[..., GitRepository], tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    repository = make()
    git_repositories.kinds(repository)
    git_repositories.tags(repository)
    warehouse = FakeWarehouse()
    config = {
        "repositories": [{"url": str(repository.path), "artifact_namespace": "o", "artifact_name": "r"}],
        "mirrors_dir": str(tmp_path / "mirrors"),
        "staging_dir": str(tmp_path / "staging"),
    }
    validate_config("git", GitSource().spec(), config)

    def run() -> SyncReport:
        return sync(GitSource(clock), config=config, warehouse=warehouse, clock=clock, progress=QuietProgress())

    first, second = run(), run()

    assert set(first.written) == {
        f"git__{name}" for name in ("commits", "file_changes", "line_counts", "refs", "repositories")
    }
    assert not first.unknown_fields
    assert first.quarantined == 0
    assert second.rows == second.loads == 0
    assert warehouse.query("select count(*) from raw.git__commits").to_pylist() == [
        {"count_star()": len(repository.lines("rev-list", "--branches", "--tags"))}
    ]
    assert not list((tmp_path / "staging").iterdir())


def test_the_first_look_of_a_day_is_told_even_if_nothing_is_new(
    make: Callable[..., GitRepository], tmp_path: Path
) -> None:
    git_repositories.kinds(make())
    warehouse = FakeWarehouse()
    config = {
        "repositories": [{"url": str(make().path)}],
        "mirrors_dir": str(tmp_path / "mirrors"),
        "staging_dir": str(tmp_path / "staging"),
    }

    def run(day: int, hour: int) -> dict[str, int]:
        moment = datetime(2026, 11, day, hour, tzinfo=UTC)
        source = GitSource(lambda: moment)
        report = sync(source, config=config, warehouse=warehouse, clock=lambda: moment, progress=QuietProgress())
        return {table: rows for table, rows in report.written.items() if rows}

    run(1, 9)
    later, next_day, evening = run(1, 20), run(2, 6), run(2, 20)

    assert (later, next_day, evening) == ({}, {"git__repositories": 1}, {})
    assert warehouse.query("select observed_at from raw.git__repositories").to_pylist() == [
        {"observed_at": datetime(2026, 11, 2, 6)}
    ]
