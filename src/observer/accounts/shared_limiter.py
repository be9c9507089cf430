"""Rates that several servers of one observatory count together, in PostgreSQL."""

from __future__ import annotations

from observer.accounts.database import AccountDatabase
from observer.accounts.limiter import WINDOW_SECONDS, Limiter, Verdict, verdict_of
from observer.errors import ServingError

_TAKE = """
insert into accounts.rates as kept (subject, arrival)
values (%(subject)s, clock_timestamp() + make_interval(secs => %(step)s))
on conflict (subject) do update
    set arrival = greatest(kept.arrival, clock_timestamp()) + make_interval(secs => %(step)s)
    where %(is_owed)s or kept.arrival <= clock_timestamp()
        or kept.arrival + make_interval(secs => %(step)s - %(window)s) <= clock_timestamp()
returning extract(epoch from arrival - clock_timestamp())::double precision
"""
_OWED = """
select extract(epoch from arrival - clock_timestamp())::double precision from accounts.rates where subject = %s
"""


class SharedLimiter:
    """The same algorithm as `Limiter`, with one row a subject; blocks for a round trip, so call it from a thread.

    While PostgreSQL does not answer, each server counts for itself.
    """

    def __init__(self, database: AccountDatabase, fallback: Limiter) -> None:
        self._database = database
        self._fallback = fallback

    def take(self, subject: str, quota: int, cost: float = 1.0) -> Verdict:
        """Takes `cost` of a subject's quota a minute, if it is there."""
        step = cost * WINDOW_SECONDS / quota
        values = {"subject": subject, "step": step, "window": WINDOW_SECONDS, "is_owed": False}
        try:
            with self._database.transaction() as connection:
                row = connection.execute(_TAKE, values).fetchone()
                if row is not None:
                    return verdict_of(quota, row[0])
                owed = connection.execute(_OWED, (subject,)).fetchone()
                return verdict_of(quota, owed[0] if owed else 0.0, refused_step=step)
        except ServingError:
            return self._fallback.take(subject, quota, cost)

    def spend(self, subject: str, quota: int, cost: float) -> None:
        """Takes what a request turned out to cost, also where it is more than is left."""
        step = cost * WINDOW_SECONDS / quota
        values = {"subject": subject, "step": step, "window": WINDOW_SECONDS, "is_owed": True}
        try:
            with self._database.transaction() as connection:
                connection.execute(_TAKE, values)
        except ServingError:
            self._fallback.spend(subject, quota, cost)
