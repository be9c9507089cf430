"""The two means of sign-in that reach outside: a link by mail, and GitHub's OAuth."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import urlencode

from observer.errors import ServingError, UnauthenticatedError

_LOG = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server that takes our mail; `security` is of the connection, none for one on this machine."""

    host: str
    port: int
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class Mailer:
    """Sends links in the background, so that nobody learns from the time it takes to whom mail is sent."""

    def __init__(self, server: MailServer, title: str) -> None:
        self._server = server
        self._title = title
        self._threads = ThreadPoolExecutor(2, "mail")

    def send_link(self, address: str, link: str, minutes: int) -> Future[None]:
        """Begins to send a link for signing in. A failure is logged, without the address."""
        message = EmailMessage()
        message["Subject"] = f"Sign in to {self._title}"
        message["From"] = self._server.sender
        message["To"] = address
        message["Message-ID"] = f"<{secrets.token_hex(16)}@{self._server.sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(
            f"Follow this link to sign in to {self._title}. It works once, within {minutes} minutes:\n\n{link}\n\n"
            "If you did not ask for it, ignore this message: nothing happens.\n"
        )
        return self._threads.submit(self._send, message)

    def close(self) -> None:
        """Waits for mail that is being sent."""
        self._threads.shutdown()

    def _send(self, message: EmailMessage) -> None:
        server = self._server
        context = ssl.create_default_context()
        try:
            connection = (
                smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context)
                if server.security == "tls"
                else smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
            )
            with connection:
                if server.security == "starttls":
                    connection.starttls(context=context)
                if server.user and server.password:
                    connection.login(server.user, server.password)
                connection.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            # Only the kind: the text of a refusal may repeat the address.
            _LOG.error("a link for signing in could not be sent: %s", type(error).__name__)


@dataclass(frozen=True, slots=True)
class GitHubUser:
    """Who GitHub says somebody is."""

    user_id: int
    login: str


@dataclass(frozen=True, slots=True)
class GitHub:
    """An OAuth app at GitHub, or at a GitHub of one's own. Asks for no right beyond the public profile."""

    client_id: str
    client_secret: str = field(repr=False)
    callback: str
    url: str = "https://github.com"
    api_url: str = "https://api.github.com"

    def address(self, state: str, verifier: str) -> str:
        """Where to send a browser; GitHub sends it back to `callback` with `state` and a code."""
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "state": state,
            "code_challenge": digest,
            "code_challenge_method": "S256",
            "allow_signup": "false",
        }
        return f"{self.url.rstrip('/')}/login/oauth/authorize?{urlencode(query)}"

    def user(self, code: str, verifier: str) -> GitHubUser:
        """Who came back with a code. The access token is used once and thrown away.

        Raises UnauthenticatedError for a code that is none, ServingError where GitHub does not answer.
        """
        import httpx

        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": verifier,
        }
        try:
            with httpx.Client(timeout=_TIMEOUT_SECONDS, headers={"Accept": "application/json"}) as client:
                answer = client.post(f"{self.url.rstrip('/')}/login/oauth/access_token", data=form)
                token = _read(answer.raise_for_status().json(), "access_token")
                head = {"Authorization": f"Bearer {token}"}
                found = client.get(f"{self.api_url.rstrip('/')}/user", headers=head).raise_for_status().json()
        except httpx.HTTPError as error:
            raise ServingError("GitHub does not answer", hint="try again in a moment") from error
        except ValueError as error:
            raise ServingError("GitHub's answer cannot be read") from error
        return GitHubUser(int(_read(found, "id")), _read(found, "login")[:100])


def new_state() -> tuple[str, str]:
    """A fresh state and PKCE verifier for one round to GitHub."""
    return secrets.token_urlsafe(24), secrets.token_urlsafe(48)


@dataclass(frozen=True, slots=True)
class SignInMeans:
    """How people sign in here, beside links from the command line."""

    mailer: Mailer | None = None
    github: GitHub | None = None


def _read(answer: object, name: str) -> str:
    value = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(value, (str, int)) or value == "":
        raise UnauthenticatedError("GitHub does not say who you are", hint="sign in again")
    return str(value)
