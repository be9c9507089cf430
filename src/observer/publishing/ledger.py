"""What PostgreSQL knows about releases: their manifests, and the one pointer that readers follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from observer.errors import BuildError, ServingError
from observer.model.release import Release
from observer.publishing.serving import grant

# Any constant would do: it names "publishing a release" among the advisory locks of the database.
_LOCK = 7_226_001
_WAIT = "60s"

_TABLES = """
create schema if not exists observer;
create table if not exists observer.releases (
    release_number integer primary key,
    manifest jsonb not null,
    published_at timestamptz not null,
    removed_at timestamptz,
    same_as_snapshot bigint
);
create table if not exists observer.release_pointer (
    is_only boolean primary key default true check (is_only),
    release_number integer not null references observer.releases,
    moved_at timestamptz not null
);
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The releases as PostgreSQL has them. Whoever holds one is the only publisher."""

    connection: psycopg.Connection

    def kept(self) -> dict[int, Release]:
        """The releases that were published and not removed, oldest first."""
        rows = self.connection.execute(
            "select release_number, manifest from observer.releases where removed_at is null order by release_number"
        ).fetchall()
        return {number: Release.from_manifest(manifest) for number, manifest in rows}

    def removed(self) -> set[int]:
        """Numbers of releases that were removed."""
        rows = self.connection.execute("select release_number from observer.releases where removed_at is not null")
        return {number for (number,) in rows}

    def current(self) -> int | None:
        """The number that readers see; None before the first release."""
        row = self.connection.execute("select release_number from observer.release_pointer").fetchone()
        return row[0] if row else None

    def schemas(self) -> set[int]:
        """Numbers of the release schemas that exist."""
        rows = self.connection.execute("select nspname from pg_namespace where nspname ~ '^release_[0-9]+$'")
        return {int(re.sub(r"\D", "", name)) for (name,) in rows}

    def record(self, release: Release, at: datetime) -> None:
        """Writes down a release that is complete in both stores, without showing it."""
        self.connection.execute(
            "insert into observer.releases (release_number, manifest, published_at) values (%s, %s, %s) "
            "on conflict (release_number) do update set manifest = excluded.manifest, removed_at = null",
            (release.number, Jsonb(release.as_manifest()), at),
        )

    def point(self, number: int, at: datetime) -> None:
        """Moves the pointer: the one statement that changes what readers see."""
        self.connection.execute(
            "insert into observer.release_pointer (release_number, moved_at) values (%s, %s) "
            "on conflict (is_only) do update "
            "set release_number = excluded.release_number, moved_at = excluded.moved_at",
            (number, at),
        )

    def is_same(self, release: Release, snapshot_id: int) -> bool:
        """Whether a warehouse version is the one that a release was made from, or was found to have the same rows."""
        row = self.connection.execute(
            "select same_as_snapshot from observer.releases where release_number = %s", (release.number,)
        ).fetchone()
        return snapshot_id == release.snapshot_id or (row is not None and row[0] == snapshot_id)

    def note_same(self, release: Release, snapshot_id: int) -> None:
        """Remembers that a warehouse version has the rows of a release, so that it is not compared again."""
        self.connection.execute(
            "update observer.releases set same_as_snapshot = %s where release_number = %s",
            (snapshot_id, release.number),
        )

    def forget(self, number: int, at: datetime) -> None:
        """Marks a release as removed; its number is not used again."""
        self.connection.execute("update observer.releases set removed_at = %s where release_number = %s", (at, number))


@contextmanager
def open_ledger(postgres_url: str) -> Iterator[Ledger]:
    """The ledger, locked against other publishers until the end of the `with`.

    BuildError if another publisher does not finish within a minute, ServingError if PostgreSQL does not answer.
    """
    try:
        connection = psycopg.connect(postgres_url, autocommit=True, application_name="observer publish")
    except psycopg.OperationalError as error:
        raise ServingError(f"PostgreSQL does not answer: {str(error).strip()}") from error
    with connection:
        connection.execute("set timezone = 'UTC'; set client_min_messages = warning")
        connection.execute("select set_config('lock_timeout', %s, false)", (_WAIT,))
        try:
            connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        except psycopg.errors.LockNotAvailable as error:
            raise BuildError("another process is publishing", hint="wait for it to end and try again") from error
        try:
            with connection.transaction():
                connection.execute(_TABLES)
                grant(connection, "observer")
            yield Ledger(connection)
        except psycopg.OperationalError as error:
            raise ServingError(
                f"PostgreSQL failed: {str(error).strip()}", hint="publish again; readers keep the last release"
            ) from error
