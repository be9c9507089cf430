"""The door to the tables of accounts: a few connections of the role that may see them, and one shape of failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from observer.accounts.schema import migrate
from observer.errors import ServingError

_WAIT_SECONDS = 3.0


class AccountDatabase:
    """Connections to the tables of accounts. May be shared between threads; opens nothing before its first use.

    `owner_url` makes the tables, once; everything else goes by `accounts_url`, which sees them and nothing else.
    """

    def __init__(self, owner_url: str, accounts_url: str, *, pool_size: int = 4) -> None:
        self._owner_url = owner_url
        self._accounts_url = accounts_url
        self._lock = Lock()
        self._is_migrated = False
        self._pool = ConnectionPool(
            accounts_url,
            min_size=0,
            max_size=pool_size,
            timeout=_WAIT_SECONDS,
            open=False,
            kwargs={"application_name": "observer accounts"},
            check=ConnectionPool.check_connection,
            name="observer accounts",
        )

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """One transaction, kept where the block ends well. ServingError where PostgreSQL does not answer."""
        try:
            self._prepare()
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise ServingError("the database of accounts does not answer", hint="try again in a moment") from error

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    def _prepare(self) -> None:
        with self._lock:
            if not self._is_migrated:
                migrate(self._owner_url, self._accounts_url)
                self._is_migrated = True
            if self._pool.closed:
                self._pool.open()


def record(connection: psycopg.Connection, actor: str, action: str, account_id: int | None, detail: str = "") -> None:
    """Writes one line of the audit log in the transaction of what it tells of; never holds a secret."""
    connection.execute(
        "insert into accounts.audit (actor, action, account_id, detail) values (%s, %s, %s, %s)",
        (actor, action, account_id, detail[:500]),
    )
