"""What is used: metered by account, key, hour and surface, priced in units, written in batches."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread

from psycopg.rows import class_row

from observer.accounts.database import AccountDatabase
from observer.accounts.principal import Principal
from observer.errors import ObserverError
from observer.ports import Clock

_LOG = logging.getLogger(__name__)
_KEEP_DAYS = 400
_SECONDS_A_REQUEST = 2.0


@dataclass(slots=True)
class RequestUsage:
    """What one request used. Handlers of the API may set the class of model that it read and what it cost.

    `model_class` is `mart`, `intermediate` or `source`; `cost` counts against the rate, 1 for a plain request.
    `bytes` are of the answer before compression.
    """

    surface: str
    model_class: str = "mart"
    cost: float = 1.0
    seconds: float = 0.0
    bytes: int = 0
    status: int = 0


def cost_of(seconds: float) -> float:
    """What a query that took so long counts against the rate: one at least, and one for each two seconds."""
    return max(1.0, seconds / _SECONDS_A_REQUEST)


@dataclass(frozen=True, slots=True)
class Prices:
    """Units a minute of wall time by class of model, and units a gigabyte of answers.

    The defaults are those of Open Source Observer's draft of its prices, of 2025.
    """

    per_minute: Mapping[str, float] = field(default_factory=lambda: {"mart": 3.0, "source": 2.0, "intermediate": 1.0})
    gigabyte: float = 1.0

    def units(self, usage: RequestUsage) -> float:
        """What a request costs, in units."""
        rate = self.per_minute.get(usage.model_class, max(self.per_minute.values()))
        return usage.seconds / 60 * rate + usage.bytes / 1e9 * self.gigabyte


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Usage of one account and key in one period; without an account it is everybody's without a key."""

    period: datetime
    key_id: int | None
    surface: str
    requests: int
    refused: int
    failed: int
    seconds: float
    bytes: int
    units: float


@dataclass(frozen=True, slots=True)
class Share:
    """An account's part of what all used in a month: `ratio` is 0..1."""

    month: datetime
    units: float
    total_units: float

    @property
    def ratio(self) -> float:
        return self.units / self.total_units if self.total_units else 0.0


_Place = tuple[int | None, int | None, datetime, str, str]

_ADD = """
insert into accounts.usage as kept
    (account_id, key_id, hour, surface, model_class, requests, refused, failed, seconds, bytes, units)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (account_id, key_id, hour, surface, model_class) do update set
    requests = kept.requests + excluded.requests,
    refused = kept.refused + excluded.refused,
    failed = kept.failed + excluded.failed,
    seconds = kept.seconds + excluded.seconds,
    bytes = kept.bytes + excluded.bytes,
    units = kept.units + excluded.units
"""
_SEEN = """
update accounts.keys set last_used_at = greatest(last_used_at, %s) where key_id = %s
"""
_BY_DAY = """
select date_trunc('day', hour, 'UTC') as period, key_id, surface, sum(requests)::bigint as requests,
    sum(refused)::bigint as refused, sum(failed)::bigint as failed, sum(seconds) as seconds,
    sum(bytes)::bigint as bytes, sum(units) as units
from accounts.usage where account_id = %s and hour >= %s
group by 1, 2, 3 order by 1 desc, 2, 3
"""
_SHARE = """
select coalesce(sum(units) filter (where account_id = %s), 0), coalesce(sum(units), 0)
from accounts.usage where hour >= %s and hour < %s
"""


class UsageMeter:
    """Adds up usage in memory and writes it every few seconds; what a crash loses is a few seconds of it."""

    def __init__(self, database: AccountDatabase, prices: Prices, clock: Clock, *, every_seconds: float = 2.0) -> None:
        self._database = database
        self._prices = prices
        self._clock = clock
        self._every_seconds = every_seconds
        self._lock = Lock()
        self._rows: dict[_Place, list[float]] = {}
        self._seen: dict[int, datetime] = {}
        self._ended = Event()
        self._writer: Thread | None = None

    def add(self, principal: Principal, usage: RequestUsage) -> None:
        """Counts one request; never waits for the database."""
        now = self._clock()
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        place = (principal.account_id, principal.key_id, hour, usage.surface, usage.model_class)
        is_refused, is_failed = usage.status == 429, usage.status >= 500
        values = (1, is_refused, is_failed, usage.seconds, usage.bytes, self._prices.units(usage))
        with self._lock:
            row = self._rows.setdefault(place, [0.0] * len(values))
            for position, value in enumerate(values):
                row[position] += value
            if principal.key_id is not None:
                self._seen[principal.key_id] = now
            if self._writer is None:
                self._writer = Thread(target=self._write_on, name="usage", daemon=True)
                self._writer.start()

    def flush(self) -> None:
        """Writes what was counted; it stays counted where the database does not answer."""
        with self._lock:
            rows, self._rows = self._rows, {}
            seen, self._seen = self._seen, {}
        if not rows:
            return
        try:
            with self._database.transaction() as connection, connection.cursor() as cursor:
                cursor.executemany(
                    _ADD,
                    [
                        (*place, *map(int, row[:3]), row[3], int(row[4]), row[5])
                        for place, row in sorted(rows.items(), key=lambda item: str(item[0]))
                    ],
                )
                cursor.executemany(_SEEN, [(at, key_id) for key_id, at in sorted(seen.items())])
        except ObserverError:
            with self._lock:
                for place, row in rows.items():
                    newer = self._rows.get(place, [0.0] * len(row))
                    self._rows[place] = [a + b for a, b in zip(row, newer, strict=True)]
                self._seen = seen | self._seen
            raise

    def close(self) -> None:
        """Writes what is left and ends."""
        self._ended.set()
        if self._writer is not None:
            self._writer.join()
        try:
            self.flush()
        except ObserverError as error:
            _LOG.warning("the usage of the last seconds is lost: %s", error)

    def by_day(self, account_id: int, days: int = 31) -> list[UsageRow]:
        """The usage of an account by day, key and surface, newest first."""
        since = self._clock() - timedelta(days=days)
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(UsageRow)) as cursor:
            connection.execute("set local timezone = 'UTC'")
            return cursor.execute(_BY_DAY, (account_id, since)).fetchall()

    def share(self, account_id: int) -> Share:
        """The account's part of what all used in the current month."""
        month = self._clock().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        with self._database.transaction() as connection:
            row = connection.execute(_SHARE, (account_id, month, month + timedelta(days=32))).fetchone()
        own, total = row or (0, 0)
        return Share(month, float(own), float(total))

    def forget_old(self) -> int:
        """Removes usage older than 400 days; the number of rows."""
        with self._database.transaction() as connection:
            old = self._clock() - timedelta(days=_KEEP_DAYS)
            return connection.execute("delete from accounts.usage where hour < %s", (old,)).rowcount

    def _write_on(self) -> None:
        while not self._ended.wait(self._every_seconds):
            try:
                self.flush()
            except ObserverError as error:
                _LOG.warning("usage is kept in memory for now: %s", error)
