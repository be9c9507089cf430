"""The embedded PostgreSQL server of a data folder, shared by all processes that use the folder.

It listens on a Unix socket in a folder that only its own account (and root) can enter; there is no TCP port and no
password. The first process starts it, the last one that leaves stops it, and a killed process needs no cleaning up
because the kernel drops its file locks.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from observer.errors import WarehouseError
from observer.postgres.account import account, forsaken_servers, give_to_account, is_server, programs
from observer.postgres.roles import (
    ACCOUNTS_ROLE,
    DATABASE,
    OWNER_ROLE,
    READER_ROLE,
    database_statements,
    role_statements,
)

_ADMIN = "postgres"
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_LIMIT = 100
_LOG_LIMIT = 10_000_000
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_LAUNCHES = 6
_NOBODY = "2147483646"  # beyond the highest process id of any system
_SETUP = "observer setup 3"
_LOG = logging.getLogger(__name__)

# Sized for the whole product within 1.5 GB; durable against power loss (fsync and full pages stay on).
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "60",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "1",
    "io_method": "sync",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "client_min_messages": "warning",
}


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """Where to connect: `owner` writes the lake's catalogue and releases, `reader` reads releases only.

    A release is readable once its schema is granted to the role `observer_reader` (READER_ROLE). `accounts` sees the
    tables of accounts and no release.
    """

    owner: str
    reader: str
    accounts: str


class EmbeddedPostgres:
    """The PostgreSQL server in one folder, started or joined while in use.

    As a context manager it gives the URLs and leaves at the end. `stop` ends the server for everybody. A server that
    is not `durable` may lose its data in a power cut, which only tests can bear.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self._durable = durable
        self.data = self.folder / "data"
        self.log = self.data / "server.log"
        self._users: int | None = None

    def __enter__(self) -> PostgresUrls:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def urls(self) -> PostgresUrls:
        """The connection URLs of the roles."""
        return PostgresUrls(
            owner=self._url(OWNER_ROLE), reader=self._url(READER_ROLE), accounts=self._url(ACCOUNTS_ROLE)
        )

    def start(self) -> PostgresUrls:
        """Starts the server, or joins the one that runs, and returns its URLs. Raises WarehouseError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._exclusively():
            if self._users is None:
                self._users = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._ensure_files()
                self._ensure_running()
                self._ensure_roles()
            except BaseException:
                self._release()
                raise
        return self.urls

    def close(self) -> None:
        """Leaves the server; stops it if no other process uses it."""
        if self._users is None:
            return
        with self._exclusively():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _LOG.debug("others still use the server in %s", self.folder)
            else:
                self._stop()
            self._release()

    def revive(self) -> bool:
        """Starts the server again if it is gone; whether it was. Raises WarehouseError if it does not start."""
        if self._users is None or self.pid() is not None:
            return False
        with self._exclusively():
            if self.pid() is not None:
                return False
            self._ensure_running()
        return True

    def stop(self) -> None:
        """Stops the server whoever uses it; does nothing if it does not run."""
        with self._exclusively():
            self._stop()
            self._release()

    def is_running(self) -> bool:
        """Whether the server accepts connections."""
        return self._answers()

    def pid(self) -> int | None:
        """The process id of the running server, None if it does not run."""
        first = next(iter(_lines(self.data / "postmaster.pid")), "").strip()
        return int(first) if first.isdigit() and is_server(int(first), self.data) else None

    def _ensure_files(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give_to_account(fresh)
        self._run(
            "initdb", "-D", str(fresh), "-U", _ADMIN, "--auth=trust", "--encoding=UTF8", "--no-instructions",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", cwd=fresh,
        )  # fmt: skip
        # initdb interrupted half-way would look like a data folder; a rename does not happen half-way.
        shutil.rmtree(self.data, ignore_errors=True)
        fresh.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        programs = self._run("postgres", "--version").split()[-1]
        if programs.split(".")[0] != found:
            raise WarehouseError(
                f"the data is of PostgreSQL {found}, the programs are {programs}",
                where=str(self.data),
                hint="upgrade it with pg_upgrade, or start with an empty data folder",
            )

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        failures = 0
        while not self._answers():
            if time.monotonic() > deadline:
                raise WarehouseError(
                    "PostgreSQL does not accept connections", where=str(self.folder), hint=self._tail()
                )
            if self.pid() is None:
                try:
                    self._launch()
                except WarehouseError:
                    # Children of a killed server hold its memory until they notice; the server refuses meanwhile.
                    failures += 1
                    if failures >= _LAUNCHES:
                        raise
                    time.sleep(0.2 * 2**failures)
            time.sleep(0.05)

    def _disown(self, lock: Path) -> None:
        """Makes a lock file of a dead server name no living process, where its process id is taken by another.

        The file itself stays: the server finds the shared memory of its predecessor by it and waits for that.
        """
        lines = _lines(lock)
        if lines:
            lock.write_text("\n".join([_NOBODY, *lines[1:], ""]))

    def _end_forsaken(self) -> None:
        """Ends servers whose folder was deleted: they would notice within a minute and remove the socket, then ours."""
        deadline = time.monotonic() + _STOP_SECONDS
        while pids := forsaken_servers(self.data):
            if time.monotonic() > deadline:
                raise WarehouseError("PostgreSQL does not stop", where=str(self.folder), hint=f"end process {pids[0]}")
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)

    def _launch(self) -> None:
        self._end_forsaken()
        give_to_account(self.data)
        self._disown(self.data / "postmaster.pid")
        self._disown(self._socket_folder() / f"{_SOCKET_NAME}.lock")
        settings = _SETTINGS | {"unix_socket_directories": str(self._socket_folder())}
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.unlink()
        self._run("pg_ctl", "-w", "-t", str(int(_START_SECONDS)), "-D", str(self.data), "-l", str(self.log),
                  "-o", options, "start")  # fmt: skip

    def _stop(self) -> None:
        """Asks for a fast shutdown by signal, which works even where the server's account cannot see the folder."""
        pid = self.pid()
        if pid is None:
            return
        socket_folder = self._socket_folder()
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.pid() is not None:
            if time.monotonic() > deadline:
                raise WarehouseError("PostgreSQL does not stop", where=str(self.folder), hint=f"end process {pid}")
            time.sleep(0.02)
        if socket_folder != self.data:
            shutil.rmtree(socket_folder, ignore_errors=True)

    def _answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self._url(_ADMIN, "postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def _ensure_roles(self) -> None:
        import psycopg

        with psycopg.connect(self._url(_ADMIN, "postgres"), autocommit=True) as admin:
            done = "select 1 from pg_database where datname = %s and shobj_description(oid, 'pg_database') = %s"
            if admin.execute(done, (DATABASE, _SETUP)).fetchone():
                return
            for statement in role_statements():
                admin.execute(statement)
            if not admin.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                admin.execute(f"create database {DATABASE} owner {OWNER_ROLE}")
            with psycopg.connect(self._url(_ADMIN), autocommit=True) as inside:
                for statement in database_statements():
                    inside.execute(statement)
            admin.execute(f"comment on database {DATABASE} is '{_SETUP}'")

    def _url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self._socket_folder()), safe='')}"

    def _socket_folder(self) -> Path:
        """Where the running server says its socket is, or where the next one will have it."""
        told = _lines(self.data / "postmaster.pid")[4:5]
        if told and told[0] and self.pid() is not None:
            return Path(told[0])
        if len(os.fsencode(self.data / _SOCKET_NAME)) <= _SOCKET_LIMIT:
            return self.data
        name = "observer-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            give_to_account(folder)
        facts = folder.lstat()
        owner = account()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != (owner.pw_uid if owner else os.geteuid()):
            raise WarehouseError("the socket folder belongs to somebody else", where=str(folder), hint="remove it")
        return folder

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> str:
        owner = account()
        # A file, not a pipe: the server inherits the output, and a pipe would stay open as long as it runs.
        with tempfile.TemporaryFile() as output:
            result = subprocess.run(
                [str(programs() / program), *arguments],
                cwd=cwd or (self.data if self.data.exists() else None),
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
            output.seek(0)
            text = output.read().decode(errors="replace").strip()
        if result.returncode != 0:
            raise WarehouseError(f"{program} failed: {text[-500:]}", where=str(self.folder), hint=self._tail())
        return text

    def _tail(self) -> str:
        lines = _lines(self.log)
        return "last lines of the server's log: " + " | ".join(lines[-3:]) if lines else "the server left no log"

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _release(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
