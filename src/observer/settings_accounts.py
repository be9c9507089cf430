"""Settings of accounts: keys, limits by role, prices, sign-in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from observer.settings_section import OptionalText, Section


class AccountsSettings(Section):
    """Who may ask. `require_key` closes the API to callers without a key. `trusted_proxies` are the addresses or
    networks of reverse proxies, comma-separated, whose X-Forwarded-For is believed. `local_open` lifts the limits of
    callers on this machine where `[observatory] public_url` is empty. `pepper_file`, relative to the data folder, holds
    what digests of keys are made with. `shared_limits` counts in PostgreSQL, for several servers over one observatory.
    `session_days` is how long a sign-in lasts, `key_days` the longest that a key does (0: for ever).
    """

    require_key: bool = False
    trusted_proxies: str = ""
    local_open: bool = True
    pages_per_minute: int = Field(default=600, ge=1)
    pepper_file: Path = Path("accounts.pepper")
    shared_limits: bool = False
    session_days: int = Field(default=14, ge=1, le=365)
    key_days: int = Field(default=365, ge=0)


class LimitSettings(Section):
    """What one caller of this role may take; 0 is no limit."""

    requests_per_minute: int = Field(ge=0)
    concurrent_requests: int = Field(ge=0)
    timeout_seconds: float = Field(gt=0)
    graphql_nodes: int = Field(ge=0)
    rows: int = Field(ge=1)
    answer_bytes: int = Field(ge=1)
    units_per_month: float = Field(default=0, ge=0)
    may_aggregate: bool


class AnonymousLimits(LimitSettings):
    """What a caller without a key may take; 0 is no limit. `graphql_nodes` are fields with a selection."""

    requests_per_minute: int = Field(default=10, ge=0)
    concurrent_requests: int = Field(default=4, ge=0)
    timeout_seconds: float = Field(default=5, gt=0)
    graphql_nodes: int = Field(default=10, ge=0)
    rows: int = Field(default=10_000, ge=1)
    answer_bytes: int = Field(default=50_000_000, ge=1)
    may_aggregate: bool = False


class UserLimits(LimitSettings):
    """What a key of an account may take; 0 is no limit."""

    requests_per_minute: int = Field(default=60, ge=0)
    concurrent_requests: int = Field(default=8, ge=0)
    timeout_seconds: float = Field(default=10, gt=0)
    graphql_nodes: int = Field(default=100, ge=0)
    rows: int = Field(default=100_000, ge=1)
    answer_bytes: int = Field(default=200_000_000, ge=1)
    may_aggregate: bool = False


class DeveloperLimits(LimitSettings):
    """What a key of a member of the Data Collective may take; 0 is no limit."""

    requests_per_minute: int = Field(default=1000, ge=0)
    concurrent_requests: int = Field(default=32, ge=0)
    timeout_seconds: float = Field(default=60, gt=0)
    graphql_nodes: int = Field(default=1000, ge=0)
    rows: int = Field(default=1_000_000, ge=1)
    answer_bytes: int = Field(default=1_000_000_000, ge=1)
    may_aggregate: bool = True


class PriceSettings(Section):
    """How usage is metered: units a minute of wall time by the class of model that was read, and units a gigabyte of
    answers. `monthly_cost` is what the observatory costs a month, in `currency`; accounts see their share of it.
    """

    mart: float = Field(default=3.0, ge=0)
    source: float = Field(default=2.0, ge=0)
    intermediate: float = Field(default=1.0, ge=0)
    gigabyte: float = Field(default=1.0, ge=0)
    monthly_cost: float = Field(default=0.0, ge=0)
    currency: str = "USD"


class SignInSettings(Section):
    """Sign-in on the website; off where neither mail nor GitHub is configured. Both need `[observatory] public_url`.

    `smtp_host`, `smtp_port`, `smtp_user`, `mail_from`: the server that sends links; its password is in the variable
    that `smtp_password_env` names. `smtp_security` is starttls, tls or none. `github_client_id` is of an OAuth app; its
    callback is PUBLIC_URL/sign-in/github/callback, its secret in the variable that `github_secret_env` names.
    """

    smtp_host: OptionalText = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: OptionalText = None
    smtp_password_env: str = "OBSERVER_SMTP_PASSWORD"  # noqa: S105 - a name, no password
    mail_from: OptionalText = None
    github_client_id: OptionalText = None
    github_secret_env: str = "OBSERVER_GITHUB_SECRET"  # noqa: S105 - a name, no secret
    github_url: str = "https://github.com"
    github_api_url: str = "https://api.github.com"
