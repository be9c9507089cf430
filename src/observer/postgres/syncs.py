"""The last sync of every connector, in PostgreSQL: it is told while it happens, and belongs to no release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.types.json import Jsonb

from observer.errors import WarehouseError
from observer.model.sync import SyncRecord
from observer.postgres.roles import READER_ROLE

_TABLE = """
create schema if not exists observer;
create table if not exists observer.connector_syncs (
    connector text collate "C" primary key,
    ended_at timestamptz not null,
    succeeded_at timestamptz,
    rows bigint not null,
    quarantined bigint not null,
    error text,
    streams jsonb not null
);
"""
_KEEP = """
insert into observer.connector_syncs as kept (connector, ended_at, succeeded_at, rows, quarantined, error, streams)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (connector) do update set
    ended_at = excluded.ended_at,
    succeeded_at = coalesce(excluded.succeeded_at, kept.succeeded_at),
    rows = excluded.rows,
    quarantined = excluded.quarantined,
    error = excluded.error,
    streams = case when excluded.streams = '[]' then kept.streams else excluded.streams end
"""
_ALL = "select connector, ended_at, succeeded_at, rows, quarantined, error, streams from observer.connector_syncs"


class SyncLog:
    """Keeps the last sync of each connector. Raises WarehouseError where PostgreSQL does not answer."""

    def __init__(self, postgres_url: str) -> None:
        self._url = postgres_url

    def record(self, sync: SyncRecord) -> None:
        """Puts a sync in the place of the one before; without success the time of the last success stays."""
        with self._connection() as connection:
            connection.execute(_TABLE)
            if connection.execute("select 1 from pg_roles where rolname = %s", (READER_ROLE,)).fetchone():
                connection.execute(f"grant usage on schema observer to {READER_ROLE}")
                connection.execute(f"grant select on observer.connector_syncs to {READER_ROLE}")
            streams = Jsonb([dict(stream) for stream in sync.streams])
            values = (
                sync.connector,
                sync.ended_at,
                sync.succeeded_at,
                sync.rows,
                sync.quarantined,
                sync.error,
                streams,
            )
            connection.execute(_KEEP, values)

    def last(self) -> dict[str, SyncRecord]:
        """The last sync by connector."""
        with self._connection() as connection:
            try:
                rows = connection.execute(_ALL).fetchall()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                return {}
        return {row[0]: SyncRecord(*row) for row in rows}

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            with psycopg.connect(self._url, application_name="observer syncs") as connection:
                connection.execute("set local timezone = 'UTC'; set local client_min_messages = warning")
                yield connection
        except psycopg.OperationalError as error:
            raise WarehouseError("PostgreSQL does not answer", hint="see `observer doctor`") from error
