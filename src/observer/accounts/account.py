"""Accounts and their API keys in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg
from psycopg.rows import class_row

from observer.accounts.database import AccountDatabase, record
from observer.accounts.key import Pepper, masked, new_key
from observer.accounts.principal import Role
from observer.errors import NotFoundError, QueryError
from observer.ports import Clock

MOST_KEYS = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whom the observatory knows; their e-mail address is not kept, only a digest to find them by."""

    account_id: int
    name: str
    role: Role
    is_admin: bool
    created_at: datetime
    closed_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", Role(self.role))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key; `masked` is its beginning and end."""

    key_id: int
    account_id: int
    masked: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether the key opens anything at a time."""
        return all(end is None or end > now for end in (self.revoked_at, self.expires_at))


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; the only place where its `secret` is ever seen."""

    secret: str
    key: ApiKey

    def __repr__(self) -> str:
        return f"IssuedKey(***, {self.key!r})"


_ACCOUNT = "account_id, name, role, is_admin, created_at, closed_at"
_KEY = "key_id, account_id, masked, label, created_at, expires_at, last_used_at, revoked_at"


class AccountStore:
    """Accounts and keys. Every change says who made it (`actor`) and lands in the audit log with it.

    Raises NotFoundError for what does not exist, also where it belongs to another account.
    """

    def __init__(self, database: AccountDatabase, pepper: Pepper, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    def create(self, name: str, *, role: Role = Role.USER, is_admin: bool = False, actor: str) -> Account:
        """A new account with this name, which need not be unique."""
        with self._database.transaction() as connection:
            return insert_account(connection, name, role=role, is_admin=is_admin, actor=actor)

    def account(self, account_id: int) -> Account:
        """One account by number."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(Account)) as cursor:
            statement = f"select {_ACCOUNT} from accounts.accounts where account_id = %s"  # noqa: S608
            return _found(cursor.execute(statement, (account_id,)).fetchone(), f"account {account_id}")

    def accounts(self) -> list[Account]:
        """All accounts, oldest first."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(Account)) as cursor:
            return cursor.execute(f"select {_ACCOUNT} from accounts.accounts order by account_id").fetchall()  # noqa: S608

    def set_role(self, account_id: int, role: Role, *, is_admin: bool | None = None, actor: str) -> None:
        """Gives an account a role; `is_admin` also whether it reviews applications."""
        if role is Role.ANONYMOUS:
            raise QueryError("an account is never anonymous", hint="one of user, developer")
        with self._database.transaction() as connection:
            done = connection.execute(
                "update accounts.accounts set role = %s, is_admin = coalesce(%s, is_admin) where account_id = %s",
                (role.value, is_admin, account_id),
            )
            _require(done.rowcount, f"account {account_id}")
            flag = "" if is_admin is None else f", admin {is_admin}"
            record(connection, actor, "role set", account_id, role.value + flag)

    def close_account(self, account_id: int, *, actor: str) -> None:
        """Ends an account: its keys and sessions stop, what it was known by is forgotten. Usage stays, unnamed."""
        now = self._clock()
        with self._database.transaction() as connection:
            done = connection.execute(
                "update accounts.accounts set closed_at = %s, name = 'closed', is_admin = false "
                "where account_id = %s and closed_at is null",
                (now, account_id),
            )
            _require(done.rowcount, f"account {account_id}")
            connection.execute(
                "update accounts.keys set revoked_at = %s, label = 'closed' where account_id = %s and "
                "revoked_at is null",
                (now, account_id),
            )
            for table in ("sessions", "identities", "applications"):
                connection.execute(f"delete from accounts.{table} where account_id = %s", (account_id,))  # noqa: S608
            record(connection, actor, "account closed", account_id)

    def issue_key(self, account_id: int, label: str, *, lifetime: timedelta | None, actor: str) -> IssuedKey:
        """A new key of an account; `lifetime` None never expires. QueryError at MOST_KEYS valid ones."""
        label = label.strip()
        if not 1 <= len(label) <= 100:
            raise QueryError("a key needs a label of 1 to 100 characters", hint="say where it is used")
        secret, now = new_key(), self._clock()
        with self._database.transaction() as connection:
            _lock(connection, account_id)
            valid = connection.execute(
                "select count(*) from accounts.keys where account_id = %s and revoked_at is null "
                "and (expires_at is null or expires_at > %s)",
                (account_id, now),
            ).fetchone()
            if valid and valid[0] >= MOST_KEYS:
                raise QueryError(f"the account has {MOST_KEYS} keys", hint="revoke one that is not used")
            key = self._insert_key(connection, account_id, label, secret, now + lifetime if lifetime else None)
            record(connection, actor, "key created", account_id, f"key {key.key_id}")
        return IssuedKey(secret, key)

    def rotate_key(self, account_id: int, key_id: int, *, overlap: timedelta, actor: str) -> IssuedKey:
        """A new key in the place of a valid one, which goes on for `overlap`; lifetime and label are taken over."""
        secret, now = new_key(), self._clock()
        with self._database.transaction() as connection:
            _lock(connection, account_id)
            with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
                statement = f"select {_KEY} from accounts.keys where key_id = %s and account_id = %s"  # noqa: S608
                old = _found(cursor.execute(statement, (key_id, account_id)).fetchone(), f"key {key_id}")
            if not old.is_valid(now):
                raise QueryError(f"key {key_id} is not valid any more", hint="create a new one")
            lifetime = old.expires_at - old.created_at if old.expires_at else None
            key = self._insert_key(connection, account_id, old.label, secret, now + lifetime if lifetime else None)
            end = min(filter(None, (now + overlap, old.expires_at)))
            connection.execute("update accounts.keys set expires_at = %s where key_id = %s", (end, key_id))
            record(connection, actor, "key rotated", account_id, f"key {key_id} by key {key.key_id}")
        return IssuedKey(secret, key)

    def revoke_key(self, account_id: int, key_id: int, *, actor: str) -> None:
        """Stops a key. Servers see it within a second."""
        with self._database.transaction() as connection:
            done = connection.execute(
                "update accounts.keys set revoked_at = %s where key_id = %s and account_id = %s and revoked_at is null",
                (self._clock(), key_id, account_id),
            )
            _require(done.rowcount, f"key {key_id}")
            record(connection, actor, "key revoked", account_id, f"key {key_id}")

    def revoke_secret(self, secret: str, *, actor: str) -> bool:
        """Stops the key with this secret, for instance one that was found in public; whether there was one."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "update accounts.keys set revoked_at = %s where digest = any(%s) and revoked_at is null "
                "returning account_id, key_id",
                (self._clock(), self._pepper.digests("key", secret)),
            ).fetchone()
            if row:
                record(connection, actor, "key revoked", row[0], f"key {row[1]}, by its secret")
        return row is not None

    def keys(self, account_id: int) -> list[ApiKey]:
        """The keys of an account, newest first, those that ended too."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            statement = f"select {_KEY} from accounts.keys where account_id = %s order by key_id desc"  # noqa: S608
            return cursor.execute(statement, (account_id,)).fetchall()

    def _insert_key(
        self, connection: psycopg.Connection, account_id: int, label: str, secret: str, expires_at: datetime | None
    ) -> ApiKey:
        with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            key = cursor.execute(
                "insert into accounts.keys (account_id, digest, masked, label, created_at, expires_at) "  # noqa: S608
                f"values (%s, %s, %s, %s, %s, %s) returning {_KEY}",
                (account_id, self._pepper.digest("key", secret), masked(secret), label, self._clock(), expires_at),
            ).fetchone()
        return _found(key, "the key")


def insert_account(
    connection: psycopg.Connection, name: str, *, role: Role = Role.USER, is_admin: bool = False, actor: str
) -> Account:
    """A new account, in a transaction that does more than that."""
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise QueryError("an account needs a name of 1 to 100 characters")
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        account = cursor.execute(
            f"insert into accounts.accounts (name, role, is_admin) values (%s, %s, %s) returning {_ACCOUNT}",  # noqa: S608
            (name, role.value, is_admin),
        ).fetchone()
    found = _found(account, "the account")
    record(connection, actor, "account created", found.account_id, role.value + (", admin" if is_admin else ""))
    return found


def _lock(connection: psycopg.Connection, account_id: int) -> None:
    """Holds an account against changes at the same time; NotFoundError where it is closed or there is none."""
    statement = "select 1 from accounts.accounts where account_id = %s and closed_at is null for update"
    _require(connection.execute(statement, (account_id,)).rowcount, f"account {account_id}")


def _require(count: int, what: str) -> None:
    if not count:
        raise NotFoundError(f"there is no {what}")


def _found(value: T | None, what: str) -> T:
    if value is None:
        raise NotFoundError(f"there is no {what}")
    return value
