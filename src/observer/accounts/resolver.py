"""From a key or a session's cookie to the principal. Its memory is short: a revoked key stops within a second."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

from observer.accounts.database import AccountDatabase
from observer.accounts.key import Pepper, is_well_formed
from observer.accounts.principal import Limits, Principal, Role
from observer.errors import ServingError, UnauthenticatedError
from observer.ports import Clock

FRESH_SECONDS = 0.5
_STALE_SECONDS = 120.0
_MOST_ENTRIES = 20_000

_BY_KEY = """
select a.account_id, k.key_id, a.name, a.role, a.is_admin, a.closed_at is null and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > %(now)s),
    (select coalesce(sum(u.units), 0) from accounts.usage as u
     where u.account_id = a.account_id and u.hour >= date_trunc('month', %(now)s, 'UTC'))
from accounts.keys as k inner join accounts.accounts as a using (account_id)
where k.digest = any(%(digests)s)
"""
_BY_SESSION = """
select a.account_id, null, a.name, a.role, a.is_admin, a.closed_at is null and s.expires_at > %(now)s,
    (select coalesce(sum(u.units), 0) from accounts.usage as u
     where u.account_id = a.account_id and u.hour >= date_trunc('month', %(now)s, 'UTC'))
from accounts.sessions as s inner join accounts.accounts as a using (account_id)
where s.digest = any(%(digests)s)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A principal with the units that its account has used up in this month."""

    principal: Principal
    month_units: float


@dataclass(frozen=True, slots=True)
class _Entry:
    known: Known | None
    checked_at: float


class Resolver:
    """Answers who a key or session belongs to. For one event loop; asks the database in threads of its own.

    What was found is believed for FRESH_SECONDS. While the database does not answer, what it last said holds for two
    minutes: nobody can revoke a key in that time either.
    """

    def __init__(
        self,
        database: AccountDatabase,
        pepper: Pepper,
        limits: Mapping[Role, Limits],
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._pepper = pepper
        self._limits = dict(limits)
        self._clock = clock
        self._monotonic = monotonic
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[_Entry]] = {}
        self._threads: Executor = ThreadPoolExecutor(4, "observer accounts")

    def anonymous(self, subject: str) -> Principal:
        """Whoever asks from somewhere without a key."""
        return Principal(Role.ANONYMOUS, self._limits[Role.ANONYMOUS], subject)

    async def key(self, key: str) -> Known:
        """The owner of a key; UnauthenticatedError where it opens nothing (any more)."""
        known = await self._known("key", key, _BY_KEY) if is_well_formed(key) else None
        if known is None:
            raise UnauthenticatedError("the API key is not valid", hint="create a new one at /account")
        return known

    async def session(self, cookie: str) -> Known | None:
        """The owner of a session in a browser; None where it has ended."""
        return await self._known("session", cookie, _BY_SESSION)

    def forget(self) -> None:
        """Forgets what was found, so that the next question asks the database."""
        self._entries.clear()

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _known(self, purpose: str, secret: str, statement: str) -> Known | None:
        digests = self._pepper.digests(purpose, secret)
        digest = digests[0]
        entry = self._entries.get(digest)
        if entry is None or self._monotonic() - entry.checked_at > FRESH_SECONDS:
            task = self._asking.get(digest)
            if task is None:
                task = asyncio.create_task(self._ask(digest, digests, statement))
                self._asking[digest] = task
                task.add_done_callback(lambda _: self._asking.pop(digest, None))
            # Shielded: a client that goes away must not end the question of others.
            entry = await asyncio.shield(task)
        return entry.known

    async def _ask(self, digest: bytes, digests: list[bytes], statement: str) -> _Entry:
        asked_at = self._monotonic()
        loop = asyncio.get_running_loop()
        try:
            known = await loop.run_in_executor(self._threads, self._read, digests, statement)
        except ServingError:
            old = self._entries.get(digest)
            if old is None or asked_at - old.checked_at > _STALE_SECONDS:
                raise
            return old
        entry = _Entry(known, asked_at)
        self._entries[digest] = entry
        self._entries.move_to_end(digest)
        while len(self._entries) > _MOST_ENTRIES:
            self._entries.popitem(last=False)
        return entry

    def _read(self, digests: list[bytes], statement: str) -> Known | None:
        values = {"digests": digests, "now": self._clock()}
        with self._database.transaction() as connection:
            row = connection.execute(statement.encode(), values).fetchone()
        if row is None or not row[5]:
            return None
        account_id, key_id, name, role, is_admin = row[:5]
        role = Role(role)
        subject = f"account:{account_id}" if key_id is None else f"key:{key_id}"
        principal = Principal(role, self._limits[role], subject, account_id, key_id, name, is_admin)
        return Known(principal, float(row[6]))
