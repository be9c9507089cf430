"""Sessions of browsers, and the one-time links that begin them."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import timedelta

import psycopg

from observer.accounts.account import insert_account
from observer.accounts.database import AccountDatabase, record
from observer.accounts.key import Pepper
from observer.errors import NotFoundError, QueryError, UnauthenticatedError
from observer.ports import Clock

LINK_MINUTES = 15
_MOST_LINKS = 3
_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,63}")


class SessionStore:
    """Begins and ends sessions. What a browser holds is random; what is kept of it is a digest."""

    def __init__(self, database: AccountDatabase, pepper: Pepper, clock: Clock, lifetime: timedelta) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self.lifetime = lifetime

    def mail_link(self, address: str) -> str | None:
        """A token that signs in whoever reads this address's mail, once, within LINK_MINUTES.

        None where the address has got enough of them lately. QueryError for what is no address. Whether there is an
        account makes no difference here: it is made when the token is used.
        """
        identity = self._identity("email", mail_address(address))
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._database.transaction() as connection:
            connection.execute("delete from accounts.sign_ins where expires_at < %s", (now,))
            row = connection.execute(
                "select count(*) from accounts.sign_ins where identity = %s", (identity,)
            ).fetchone()
            if row and row[0] >= _MOST_LINKS:
                return None
            self._keep_link(connection, token, identity=identity)
        return token

    def account_link(self, account_id: int, *, actor: str) -> str:
        """A token that signs in as an account, once, for an observatory that sends no mail."""
        token = secrets.token_urlsafe(32)
        with self._database.transaction() as connection:
            found = connection.execute(
                "select 1 from accounts.accounts where account_id = %s and closed_at is null", (account_id,)
            ).fetchone()
            if not found:
                raise NotFoundError(f"there is no account {account_id}")
            self._keep_link(connection, token, account_id=account_id)
            record(connection, actor, "sign-in link made", account_id)
        return token

    def sign_in_by_link(self, token: str) -> str:
        """Uses a token up; the new session. UnauthenticatedError where it is used, too old or none."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "delete from accounts.sign_ins where digest = any(%s) and expires_at > %s "
                "returning identity, account_id",
                (self._pepper.digests("sign-in", token), self._clock()),
            ).fetchone()
            if row is None:
                raise UnauthenticatedError("the link is used or too old", hint="ask for a new one")
            account_id = row[1] if row[0] is None else self._owner(connection, "email", row[0], None)
            return self._begin(connection, account_id, "link")

    def sign_in_by_github(self, user_id: int, login: str) -> str:
        """The new session of a GitHub user, whose account is made at the first time."""
        with self._database.transaction() as connection:
            identity = self._identity("github", str(user_id))
            return self._begin(connection, self._owner(connection, "github", identity, login), "GitHub")

    def end(self, session: str) -> None:
        """Ends a session, if there is one."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "delete from accounts.sessions where digest = any(%s) returning account_id",
                (self._pepper.digests("session", session),),
            ).fetchone()
            if row:
                record(connection, f"account {row[0]}", "signed out", row[0])

    def end_all(self, account_id: int, *, actor: str) -> int:
        """Ends all sessions of an account; their number."""
        with self._database.transaction() as connection:
            count = connection.execute("delete from accounts.sessions where account_id = %s", (account_id,)).rowcount
            record(connection, actor, "sessions ended", account_id, str(count))
        return count

    def form_token(self, session: str) -> str:
        """What forms of a session carry, so that no other site can send them."""
        return self._pepper.digest("form", session).hex()

    def is_form_token(self, session: str, token: str) -> bool:
        """Whether a form came from a page of this session."""
        valid = [digest.hex() for digest in self._pepper.digests("form", session)]
        return any(hmac.compare_digest(each.encode(), token.encode()) for each in valid)

    def _identity(self, kind: str, name: str) -> bytes:
        return self._pepper.digest(f"identity:{kind}", name)

    def _keep_link(
        self,
        connection: psycopg.Connection,
        token: str,
        *,
        identity: bytes | None = None,
        account_id: int | None = None,
    ) -> None:
        connection.execute(
            "insert into accounts.sign_ins (digest, identity, account_id, expires_at) values (%s, %s, %s, %s)",
            (
                self._pepper.digest("sign-in", token),
                identity,
                account_id,
                self._clock() + timedelta(minutes=LINK_MINUTES),
            ),
        )

    def _owner(self, connection: psycopg.Connection, kind: str, identity: bytes, name: str | None) -> int:
        find = "select account_id from accounts.identities where digest = %s"
        row = connection.execute(find, (identity,)).fetchone()
        if row is None:
            # Two browsers of a newcomer at once make one account.
            connection.execute("lock table accounts.identities in share row exclusive mode")
            row = connection.execute(find, (identity,)).fetchone()
        if row:
            return int(row[0])
        account = insert_account(connection, name or f"member-{secrets.token_hex(3)}", actor=f"sign-in by {kind}")
        connection.execute(
            "insert into accounts.identities (digest, kind, account_id) values (%s, %s, %s)",
            (identity, kind, account.account_id),
        )
        return account.account_id

    def _begin(self, connection: psycopg.Connection, account_id: int, means: str) -> str:
        session, now = secrets.token_urlsafe(32), self._clock()
        connection.execute("delete from accounts.sessions where expires_at < %s", (now,))
        connection.execute(
            "insert into accounts.sessions (digest, account_id, created_at, expires_at) values (%s, %s, %s, %s)",
            (self._pepper.digest("session", session), account_id, now, now + self.lifetime),
        )
        record(connection, f"account {account_id}", "signed in", account_id, f"by {means}")
        return session


def mail_address(text: str) -> str:
    """An e-mail address in one spelling; QueryError for what is none."""
    address = text.strip().lower()
    if not _ADDRESS.fullmatch(address):
        raise QueryError("this is no e-mail address", hint="write it like ada@example.org")
    return address
