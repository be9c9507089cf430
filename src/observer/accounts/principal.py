"""Who asks, and what they may: roles, their limits, and the principal of one request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a caller is to the observatory; the Data Collective's members are developers."""

    ANONYMOUS = "anonymous"
    USER = "user"
    DEVELOPER = "developer"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller may take. Zero means no limit.

    `requests_per_minute` is a rate (a minute's worth may be taken at once), `concurrent_requests` run at one time,
    `timeout_seconds` is the longest that one question may run, `graphql_nodes` the fields with a selection that one
    GraphQL document may hold, `rows` and `answer_bytes` the most of one SQL answer, `units_per_month` the metered
    usage of an account. `may_aggregate` opens GraphQL's aggregate fields.
    """

    requests_per_minute: int = 0
    concurrent_requests: int = 0
    timeout_seconds: float = 60.0
    graphql_nodes: int = 0
    rows: int = 1_000_000
    answer_bytes: int = 1_000_000_000
    units_per_month: float = 0.0
    may_aggregate: bool = True


DEFAULT_LIMITS = {
    Role.ANONYMOUS: Limits(10, 4, 5.0, 10, 10_000, 50_000_000, may_aggregate=False),
    Role.USER: Limits(60, 8, 10.0, 100, 100_000, 200_000_000, may_aggregate=False),
    Role.DEVELOPER: Limits(1000, 32, 60.0, 1000, 1_000_000, 1_000_000_000),
}
"""Requests, nodes, time and aggregates are those that Open Source Observer published; the others are ours."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. Holds no secret, so it may be logged.

    `subject` names whose share is used up, for limits and fair queues: `key:7`, `account:3` (a session in a browser),
    `address:192.0.2.1` or `local`.
    """

    role: Role
    limits: Limits
    subject: str
    account_id: int | None = None
    key_id: int | None = None
    name: str | None = None
    is_admin: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody knows who asks."""
        return self.account_id is None


LOCAL = Principal(Role.ANONYMOUS, Limits(), "local")
"""A caller on the observatory's own machine, without a key: no rate limit."""
