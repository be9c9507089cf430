"""Applications to the Data Collective, whose members get a developer's limits, and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from observer.accounts.database import AccountDatabase, record
from observer.accounts.principal import Role
from observer.errors import NotFoundError, QueryError
from observer.ports import Clock

MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody told of themselves, and what was decided; `is_accepted` is None until then."""

    application_id: int
    account_id: int
    name: str
    purpose: str
    experience: str
    links: str
    submitted_at: datetime
    decided_at: datetime | None
    is_accepted: bool | None
    note: str | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what to which account, and when."""

    at: datetime
    actor: str
    action: str
    account_id: int | None
    detail: str


_SELECT = """
select application_id, account_id, name, purpose, experience, links, submitted_at, decided_at, is_accepted, note
from accounts.applications inner join accounts.accounts using (account_id)
"""


class ApplicationStore:
    """Takes, lists and decides applications."""

    def __init__(self, database: AccountDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def apply(self, account_id: int, *, purpose: str, experience: str = "", links: str = "") -> None:
        """Files an application. QueryError where one is open already, or a text is missing or too long."""
        texts = [text.strip() for text in (purpose, experience, links)]
        if not texts[0]:
            raise QueryError("the application does not say what you want to do", hint="a sentence or two is enough")
        if any(len(text) > MOST_CHARACTERS for text in texts):
            raise QueryError(f"a text has more than {MOST_CHARACTERS} characters", hint="make it shorter")
        try:
            with self._database.transaction() as connection:
                connection.execute(
                    "insert into accounts.applications (account_id, purpose, experience, links, submitted_at) "
                    "values (%s, %s, %s, %s, %s)",
                    (account_id, *texts, self._clock()),
                )
                record(connection, f"account {account_id}", "application filed", account_id)
        except psycopg.errors.UniqueViolation as error:
            raise QueryError("an application is open already", hint="wait until it is reviewed") from error

    def decide(self, application_id: int, *, is_accepted: bool, note: str = "", actor: str) -> Application:
        """Accepts, which makes the account a developer's, or declines. NotFoundError where none is open."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "update accounts.applications set decided_at = %s, is_accepted = %s, note = %s "
                "where application_id = %s and decided_at is null returning account_id",
                (self._clock(), is_accepted, note.strip()[:MOST_CHARACTERS], application_id),
            ).fetchone()
            if row is None:
                raise NotFoundError(f"there is no open application {application_id}")
            if is_accepted:
                connection.execute(
                    "update accounts.accounts set role = %s where account_id = %s", (Role.DEVELOPER.value, row[0])
                )
            verdict = "application accepted" if is_accepted else "application declined"
            record(connection, actor, verdict, row[0], f"application {application_id}")
            with connection.cursor(row_factory=class_row(Application)) as cursor:
                found = cursor.execute(_SELECT + "where application_id = %s", (application_id,)).fetchone()
        assert found is not None  # noqa: S101 - updated above, in the same transaction
        return found

    def applications(self, *, only_open: bool = True) -> list[Application]:
        """Applications, oldest first."""
        condition = "where decided_at is null " if only_open else ""
        return self._all(condition + "order by application_id", ())

    def of_account(self, account_id: int) -> list[Application]:
        """The applications of an account, newest first."""
        return self._all("where account_id = %s order by application_id desc", (account_id,))

    def audit(self, *, account_id: int | None = None, limit: int = 200) -> list[AuditLine]:
        """The newest lines of the audit log, of one account or all."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(AuditLine)) as cursor:
            return cursor.execute(
                "select at, actor, action, account_id, detail from accounts.audit "
                "where %(account)s::bigint is null or account_id = %(account)s order by audit_id desc limit %(limit)s",
                {"account": account_id, "limit": limit},
            ).fetchall()

    def _all(self, condition: str, values: tuple[object, ...]) -> list[Application]:
        with (
            self._database.transaction() as connection,
            connection.cursor(row_factory=class_row(Application)) as cursor,
        ):
            return cursor.execute((_SELECT + condition).encode(), values).fetchall()
