"""The embedded server through the life of its processes, and what its roles may do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from observer.errors import ConfigError, WarehouseError
from observer.postgres import EmbeddedPostgres, PostgresUrls, open_postgres
from observer.postgres.account import forsaken_servers
from observer.testing.postgres import temporary_postgres

# Joins a server, says so and waits to be told to leave, or to be killed.
CLIENT = """
import sys
from pathlib import Path
from observer.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), durable=False):
    print("joined", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def urls() -> Iterator[PostgresUrls]:
    with temporary_postgres() as urls:
        yield urls


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="observer-postgres-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        yield server
        server.stop()


def join(server: EmbeddedPostgres) -> subprocess.Popen[str]:
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(server.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    assert client.stdout.readline() == "joined\n"
    return client


def leave(client: subprocess.Popen[str]) -> None:
    client.communicate("\n", timeout=60)


def remember(urls: PostgresUrls, text: str) -> None:
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("create schema if not exists notes")
        owner.execute("create table if not exists notes.note (text text)")
        owner.execute("insert into notes.note values (%s)", (text,))


def remembered(urls: PostgresUrls) -> list[str]:
    with psycopg.connect(urls.owner) as owner:
        return [row[0] for row in owner.execute("select text from notes.note order by text")]


def test_the_last_process_that_leaves_stops_it_and_the_data_stay(server: EmbeddedPostgres) -> None:
    urls = server.start()
    remember(urls, "kept")
    client = join(server)

    server.close()
    assert server.is_running()
    leave(client)
    assert not server.is_running()
    assert server.pid() is None

    assert remembered(server.start()) == ["kept"]


def test_a_killed_process_is_not_waited_for(server: EmbeddedPostgres) -> None:
    server.start()
    client = join(server)
    client.send_signal(signal.SIGKILL)
    client.wait()

    server.close()

    assert not server.is_running()


def test_a_server_whose_processes_were_all_killed_is_joined(server: EmbeddedPostgres) -> None:
    client = join(server)
    pid = server.pid()
    client.send_signal(signal.SIGKILL)
    client.wait()

    server.start()

    assert server.pid() == pid


def test_a_server_whose_folder_was_deleted_does_not_take_the_socket_of_the_next_one(server: EmbeddedPostgres) -> None:
    client = join(server)
    pid = server.pid()
    assert pid is not None
    client.send_signal(signal.SIGKILL)
    client.wait()
    shutil.rmtree(server.folder)
    assert pid in forsaken_servers(server.data)

    remember(server.start(), "new")

    assert forsaken_servers(server.data) == []
    assert server.pid() != pid
    assert remembered(server.urls) == ["new"]


def test_a_killed_server_starts_again_with_its_data(server: EmbeddedPostgres) -> None:
    remember(server.start(), "kept")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    _wait_until(lambda: not server.is_running())

    urls = server.start()

    assert remembered(urls) == ["kept"]


def test_a_process_id_that_was_taken_over_does_not_stand_in_the_way(server: EmbeddedPostgres) -> None:
    remember(server.start(), "kept")
    lock = server.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    server.stop()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))

    assert server.pid() is None
    assert remembered(server.start()) == ["kept"]


def test_several_processes_may_start_it_at_once(server: EmbeddedPostgres) -> None:
    server.folder.mkdir(parents=True)
    command = [sys.executable, "-c", CLIENT, str(server.folder)]
    clients = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    said = [client.stdout.readline() for client in clients if client.stdout is not None]

    assert said == ["joined\n"] * 3
    for client in clients:
        leave(client)
    assert not server.is_running()


def test_half_made_files_are_made_anew(server: EmbeddedPostgres) -> None:
    (server.folder / "data.new").mkdir(parents=True)
    (server.folder / "data.new" / "PG_VERSION").write_text("18\n")

    server.start()

    assert server.is_running()


def test_data_of_another_version_are_refused(server: EmbeddedPostgres) -> None:
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(WarehouseError, match="the data is of PostgreSQL 9"):
        server.start()


def test_a_long_path_gets_its_socket_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="observer-postgres-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / ("long" * 20) / ("name" * 10), durable=False)
        try:
            remember(server.start(), "kept")
            monkeypatch.setattr(tempfile, "tempdir", folder)
            place = Path(str(psycopg.conninfo.conninfo_to_dict(server.urls.owner)["host"]))

            assert remembered(server.urls) == ["kept"]
        finally:
            server.stop()
        assert not place.exists()


def test_it_listens_on_no_network_address(urls: PostgresUrls) -> None:
    with psycopg.connect(urls.owner) as owner:
        assert owner.execute("show listen_addresses").fetchone() == ("",)
        assert owner.execute("show data_checksums").fetchone() == ("on",)


@pytest.mark.parametrize(
    "statement",
    [
        "create table public.x (a int)",
        "create temp table x (a int)",
        "select * from notes.note",
        "insert into notes.note values ('x')",
        "set default_transaction_read_only = off; insert into notes.note values ('x')",
        "select pg_sleep(0)",
        "select pg_advisory_lock(1)",
        "select lo_create(0)",
        "set role observer_owner",
        "select pg_read_file('postgresql.conf')",
        "copy (select 1) to program 'true'",
    ],
)
def test_the_reader_may_only_read_what_was_granted(urls: PostgresUrls, statement: str) -> None:
    remember(urls, "secret")

    with (
        psycopg.connect(urls.reader, autocommit=True) as reader,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)),
    ):
        reader.execute(statement)


def test_the_reader_reads_what_was_granted_under_limits(urls: PostgresUrls) -> None:
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("create schema if not exists release_1")
        owner.execute("create table if not exists release_1.projects (name text)")
        owner.execute("grant usage on schema release_1 to observer_reader")
        owner.execute("grant select on all tables in schema release_1 to observer_reader")

    with psycopg.connect(urls.reader) as reader:
        assert reader.execute("select count(*) from release_1.projects").fetchone() == (0,)
        assert reader.execute("show statement_timeout").fetchone() == ("5s",)
        assert reader.execute("show temp_file_limit").fetchone() == ("128MB",)


def test_a_server_by_url_is_used_and_its_readers_are_limited(urls: PostgresUrls, tmp_path: Path) -> None:
    given = open_postgres(urls.owner.replace("observer_owner@", "postgres@"), tmp_path)

    with psycopg.connect(given.reader) as reader:
        assert reader.execute("select current_user").fetchone() == ("observer_reader",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("create table x (a int)")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot connect to PostgreSQL") as caught:
        open_postgres("postgresql://me:s3cret@127.0.0.1:1/x", tmp_path)

    assert "s3cret" not in str(caught.value)


def _wait_until(is_so: object) -> None:
    for _ in range(500):
        if callable(is_so) and is_so():
            return
        time.sleep(0.02)
    raise AssertionError("it does not happen")
