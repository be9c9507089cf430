"""PostgreSQL for one observatory: an embedded server in the data folder, or any server by URL."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from observer.errors import ConfigError, ObserverError
from observer.postgres.embedded import EmbeddedPostgres, PostgresUrls
from observer.postgres.roles import (
    ACCOUNTS_ROLE,
    ACCOUNTS_SETTINGS,
    DATABASE,
    LAKE_SCHEMA,
    OWNER_ROLE,
    READER_ROLE,
    READER_SETTINGS,
)

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "ACCOUNTS_ROLE",
    "DATABASE",
    "LAKE_SCHEMA",
    "OWNER_ROLE",
    "READER_ROLE",
    "EmbeddedPostgres",
    "PostgresUrls",
    "close_postgres",
    "kept_running",
    "open_postgres",
]

_LOG = logging.getLogger(__name__)

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


@contextmanager
def kept_running(folder: Path, *, every_seconds: float = 1.0) -> Iterator[None]:
    """Looks after the embedded server that `open_postgres` joined: starts it again within seconds if it dies.

    Does nothing where no embedded server was joined. A server that cannot be started is logged and tried again.
    """
    server = _opened.get(folder.resolve())
    if server is None:
        yield
        return
    ended = threading.Event()

    def look_after() -> None:
        while not ended.wait(every_seconds):
            try:
                if server.revive():
                    _LOG.warning("PostgreSQL had ended and was started again")
            except ObserverError as error:
                _LOG.error("%s", error)

    watcher = threading.Thread(target=look_after, name="postgres-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _external(url: str) -> PostgresUrls:
    """Uses a server by URL; readers and accounts take roles of their own where we may create them."""
    import psycopg

    urls = {}
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as owner:
            for role, settings in ((READER_ROLE, READER_SETTINGS), (ACCOUNTS_ROLE, ACCOUNTS_SETTINGS)):
                has_role = _take_role(owner, role)
                urls[role] = _with_options(url, settings | ({"role": role} if has_role else {}))
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ConfigError(f"cannot connect to PostgreSQL: {reason}", where="[postgres] url") from error
    return PostgresUrls(owner=url, reader=urls[READER_ROLE], accounts=urls[ACCOUNTS_ROLE])


def _take_role(owner: psycopg.Connection, role: str) -> bool:
    """Whether sessions of the server's user may take the role, which is created where it is missing."""
    from psycopg.errors import InsufficientPrivilege

    try:
        if not owner.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone():
            owner.execute(f"create role {role} nologin")
            owner.execute(f"grant {role} to current_user")
    except InsufficientPrivilege:
        _LOG.warning("the database user may not create %s; its sessions are limited by settings only", role)
        return False
    return True


def _with_options(url: str, settings: Mapping[str, str]) -> str:
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return url + ("&" if "?" in url else "?") + urlencode({"options": options}, quote_via=quote)
