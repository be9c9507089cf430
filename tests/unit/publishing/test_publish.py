"""Publishing: what a release consists of, when there is a new one, and which are kept."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import psycopg
import pytest
from marked_releases import everything, marked_rows, marks, new_database, schemas

from observer.duckdb_extensions import extension_file
from observer.errors import BuildError, NotFoundError, ServingError
from observer.model.published import PUBLISHED, Table
from observer.model.release import Release
from observer.postgres import PostgresUrls
from observer.publishing import ledger, publish, rollback
from observer.query import ReadModel
from observer.testing.releases import RowTables, publish_rows

NOW = datetime(2024, 4, 2, tzinfo=UTC)


def test_a_release_has_a_file_for_every_table_as_its_manifest_says(database: PostgresUrls, tmp_path: Path) -> None:
    release = publish_rows(database.owner, tmp_path)
    folder = tmp_path / "1"
    assert Release.from_manifest(json.loads((folder / "manifest.json").read_text())) == release
    assert (release.number, release.as_of) == (1, date(2024, 3, 31))
    assert {table.name for table in release.tables} == {table.name for table in PUBLISHED}
    for table in release.tables:
        path = folder / f"{table.name}_1.parquet"
        assert path.name == table.file
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table.sha256
        assert path.stat().st_size == table.bytes
        assert path.stat().st_mode & 0o777 == 0o444
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1"]


def test_the_frozen_catalogue_reads_the_same_rows_wherever_the_folder_lies(
    database: PostgresUrls, tmp_path: Path
) -> None:
    release = publish_rows(database.owner, tmp_path / "releases")
    moved = (tmp_path / "releases" / "1").rename(tmp_path / "elsewhere")
    with duckdb.connect() as engine:
        engine.execute(f"load '{extension_file('ducklake')}'")
        engine.execute(
            f"attach 'ducklake:{moved / release.catalog}' as release "
            f"(read_only, data_path '{moved}/', override_data_path true)"
        )
        for table in release.tables:
            found = engine.execute(f"select count(*), count(columns(*)) from release.{table.name}").fetchone()
            assert found and found[0] == table.rows
            described = engine.execute(f"describe release.{table.name}").fetchall()
            assert tuple((name, kind) for name, kind, *_ in described) == table.columns
        with pytest.raises(duckdb.Error):
            engine.execute("delete from release.projects")


def test_the_reader_role_reads_and_cannot_write(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path)
    with psycopg.connect(database.reader) as connection:
        assert connection.execute("select count(*) from release_1.projects").fetchone() == (3,)
        with pytest.raises(psycopg.Error):
            connection.execute("delete from release_1.projects")
    with psycopg.connect(database.reader) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.read_only = False
        connection.execute("update observer.release_pointer set release_number = 1")


def test_the_same_snapshot_is_published_once(database: PostgresUrls, tmp_path: Path) -> None:
    class Once(RowTables):
        def write(self, table: Table, path: Path) -> int:
            raise AssertionError("an unchanged snapshot is not exported")

    publish_rows(database.owner, tmp_path, snapshot_id=5)
    again = publish(
        Once(),
        postgres_url=database.owner,
        releases_dir=tmp_path,
        clock=lambda: NOW,
        code_version="test",
        snapshot_id=5,
    )
    assert (again.release.number, again.is_new) == (1, False)


def test_equal_rows_of_another_snapshot_make_no_release(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1)
    shuffled = {name: list(reversed(rows)) for name, rows in marked_rows(1).items()}
    assert publish_rows(database.owner, tmp_path, shuffled, snapshot_id=2).number == 1
    assert publish_rows(database.owner, tmp_path, marked_rows(2), snapshot_id=3).number == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]


def test_only_the_newest_releases_and_the_current_one_are_kept(database: PostgresUrls, tmp_path: Path) -> None:
    for mark in (1, 2):
        publish_rows(database.owner, tmp_path, marked_rows(mark), snapshot_id=mark, keep=2)
    rollback(1, postgres_url=database.owner, releases_dir=tmp_path, clock=lambda: NOW)
    with ReadModel(database.reader, tmp_path) as read_model:
        assert read_model.current_release().number == 1
        publish_rows(database.owner, tmp_path, marked_rows(3), snapshot_id=3, keep=2)
        assert [(e.release.number, e.is_current) for e in read_model.releases()] == [(3, True), (2, False)]
        with pytest.raises(NotFoundError), read_model.pinned(1):
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3"]
    assert set(schemas(database)) == {"release_2", "release_3"}


def test_rollback_gives_the_same_answers_byte_for_byte(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1)
    with ReadModel(database.reader, tmp_path) as read_model:
        before = everything(read_model)
        publish_rows(database.owner, tmp_path, marked_rows(2), snapshot_id=2)
        assert everything(read_model) != before
        rollback(1, postgres_url=database.owner, releases_dir=tmp_path, clock=lambda: NOW)
        assert everything(read_model) == before


def test_a_rollback_stays_until_there_is_something_new(database: PostgresUrls, tmp_path: Path) -> None:
    for mark in (1, 2):
        publish_rows(database.owner, tmp_path, marked_rows(mark), snapshot_id=mark)
    rollback(1, postgres_url=database.owner, releases_dir=tmp_path, clock=lambda: NOW)
    assert publish_rows(database.owner, tmp_path, marked_rows(2), snapshot_id=2).number == 1
    assert publish_rows(database.owner, tmp_path, marked_rows(3), snapshot_id=3).number == 3


def test_rollback_to_a_release_that_is_not_kept_is_refused(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1))
    with pytest.raises(ServingError, match="release 7 is not kept; kept: 1"):
        rollback(7, postgres_url=database.owner, releases_dir=tmp_path, clock=lambda: NOW)


def test_a_reader_of_an_old_release_finishes_and_the_release_goes_later(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1, keep=1)
    with ReadModel(database.reader, tmp_path) as read_model:
        with read_model.pinned() as reader:
            publish_rows(database.owner, tmp_path, marked_rows(2), snapshot_id=2, keep=1)
            assert reader.release.number == 1
            assert marks(reader) == {"mark 1"}
        assert "release_1" in schemas(database)
        publish_rows(database.owner, tmp_path, marked_rows(3), snapshot_id=3, keep=1)
        assert set(schemas(database)) == {"release_3"}
        assert sorted(path.name for path in tmp_path.iterdir()) == ["3"]


def test_a_second_publisher_waits_and_then_gives_up(
    database: PostgresUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_WAIT", "100ms")
    with ledger.open_ledger(database.owner), pytest.raises(BuildError, match="another process is publishing"):
        publish_rows(database.owner, tmp_path)


def test_a_lost_database_is_filled_again_from_the_files(
    server: PostgresUrls, database: PostgresUrls, tmp_path: Path
) -> None:
    for mark in (1, 2):
        publish_rows(database.owner, tmp_path, marked_rows(mark), snapshot_id=mark)
    with ReadModel(database.reader, tmp_path) as read_model:
        before = everything(read_model)
    fresh = new_database(server)
    publish_rows(fresh.owner, tmp_path, marked_rows(2), snapshot_id=2)
    with ReadModel(fresh.reader, tmp_path) as read_model:
        assert [(e.release.number, e.is_current) for e in read_model.releases()] == [(2, True), (1, False)]
        assert everything(read_model) == before


def test_a_dropped_schema_comes_back(database: PostgresUrls, tmp_path: Path) -> None:
    for mark in (1, 2):
        publish_rows(database.owner, tmp_path, marked_rows(mark), snapshot_id=mark)
    before = schemas(database)
    with psycopg.connect(database.owner) as connection:
        connection.execute("drop schema release_2 cascade")
    publish_rows(database.owner, tmp_path, marked_rows(2), snapshot_id=2)
    assert schemas(database) == before


def test_lost_files_take_an_old_release_away_and_not_the_current_one(database: PostgresUrls, tmp_path: Path) -> None:
    for mark in (1, 2):
        publish_rows(database.owner, tmp_path, marked_rows(mark), snapshot_id=mark)
    for number in (1, 2):
        (tmp_path / str(number) / f"events_{number}.parquet").unlink()
    with ReadModel(database.reader, tmp_path) as read_model:
        assert publish_rows(database.owner, tmp_path, marked_rows(2), snapshot_id=2).number == 3
        assert [e.release.number for e in read_model.releases()] == [3, 2]


def test_a_damaged_folder_that_nobody_lists_is_removed(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1)
    copy = tmp_path / "9"
    copy.mkdir()
    (copy / "manifest.json").write_text("{}")
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1"]


def test_a_full_disk_is_said_so_and_the_next_publish_goes_on(database: PostgresUrls, tmp_path: Path) -> None:
    class Full(RowTables):
        def write(self, table: Table, path: Path) -> int:
            if table.name == "events":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(table, path)

    with pytest.raises(BuildError, match=r"cannot be written: .*No space left on device"):
        publish(
            Full(marked_rows(1)),
            postgres_url=database.owner,
            releases_dir=tmp_path,
            clock=lambda: NOW,
            code_version="test",
            snapshot_id=1,
        )
    assert list(tmp_path.iterdir()) == []
    assert publish_rows(database.owner, tmp_path, marked_rows(1)).number == 1


def test_an_unreachable_database_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ServingError, match="PostgreSQL does not answer"):
        publish_rows(f"postgresql:///nothing?host={tmp_path}", tmp_path)
