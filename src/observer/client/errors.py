"""What can go wrong for a client; the message is the server's, which says what to do."""

from __future__ import annotations


class ClientError(Exception):
    """Any failure of a question; `status` is that of HTTP, None where there was no answer."""

    def __init__(self, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


class AnswerError(ClientError):
    """The server refuses the question, or cannot answer it."""


class NotFoundError(AnswerError):
    """There is no such entity, metric or release."""


class AuthenticationError(AnswerError):
    """The API key is none, or none any more."""


class RateLimitedError(AnswerError):
    """More than one's share, also after waiting; `retry_seconds` is when to come again."""

    def __init__(self, message: str, *, retry_seconds: float, hint: str | None = None) -> None:
        super().__init__(message, status=429, hint=hint)
        self.retry_seconds = retry_seconds


class ConnectionFailedError(ClientError):
    """No answer came."""
