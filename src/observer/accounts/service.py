"""Everything about accounts over one database, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from observer.accounts.account import AccountStore
from observer.accounts.application import ApplicationStore
from observer.accounts.database import AccountDatabase
from observer.accounts.key import Pepper, read_pepper
from observer.accounts.limiter import Limiter
from observer.accounts.principal import DEFAULT_LIMITS, Limits, Role
from observer.accounts.report import ReportStore
from observer.accounts.resolver import Resolver
from observer.accounts.session import SessionStore
from observer.accounts.shared_limiter import SharedLimiter
from observer.accounts.usage import Prices, UsageMeter
from observer.ports import Clock


@dataclass(frozen=True, slots=True)
class AccountOptions:
    """How accounts work here. `key_lifetime` None lets keys live for ever; a monthly cost of 0 is not shown."""

    limits: Mapping[Role, Limits] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    prices: Prices = field(default_factory=Prices)
    key_lifetime: timedelta | None = timedelta(days=365)
    session_lifetime: timedelta = timedelta(days=14)
    monthly_cost: float = 0.0
    currency: str = "USD"


class Accounts:
    """The stores of accounts over one database. Opens no connection before the first question."""

    def __init__(
        self, owner_url: str, accounts_url: str, pepper_file: Path, clock: Clock, options: AccountOptions | None = None
    ) -> None:
        self.options = options or AccountOptions()
        self.clock = clock
        self.database = AccountDatabase(owner_url, accounts_url)
        self.pepper: Pepper = read_pepper(pepper_file)
        self.store = AccountStore(self.database, self.pepper, clock)
        self.sessions = SessionStore(self.database, self.pepper, clock, self.options.session_lifetime)
        self.applications = ApplicationStore(self.database, clock)
        self.reports = ReportStore(self.database, clock)
        self.usage = UsageMeter(self.database, self.options.prices, clock)

    def resolver(self) -> Resolver:
        """A resolver for one event loop."""
        return Resolver(self.database, self.pepper, self.options.limits, self.clock)

    def shared_limiter(self) -> SharedLimiter:
        """Rates that all servers over this database count together."""
        return SharedLimiter(self.database, Limiter())

    def close(self) -> None:
        """Writes the usage of the last seconds and closes the connections."""
        self.usage.close()
        self.database.close()
