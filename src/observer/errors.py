"""The one tree of errors: each says what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class ObserverError(Exception):
    """Something that a person can act on; programming errors are never of this type.

    `what` is one sentence, `where` a file, line, connector or setting, `hint` what to do.
    """

    status = 500

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of an error: error, message, hint, status."""
        return {
            "error": type(self).__name__,
            "message": str(self),
            "hint": self.hint,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place of the content: a file, a line counted from 1, a sentence, advice."""

    path: str
    line: int | None
    what: str
    hint: str | None = None
    code: str = "error"

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.what}" + (f"; {self.hint}" if self.hint else "")


class ContentError(ObserverError):
    """Content (YAML, SQL, notebooks) is refused. Carries all problems that were found, not the first."""

    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.path, p.line or 0, p.what))
        count = len(self.problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} in the content")

    @classmethod
    def one(cls, path: str | Path, line: int | None, what: str, *, hint: str | None = None) -> ContentError:
        return cls([Problem(str(path), line, what, hint)])

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems) or self.what


class ConfigError(ObserverError):
    """A setting is wrong or missing."""


class SourceError(ObserverError):
    """A connector cannot do what it was asked; running it again will not help."""


class TransientSourceError(SourceError):
    """An upstream failed for now; the runner tries again."""


class WarehouseError(ObserverError):
    """The warehouse refused a load, a query or a build."""


class BuildError(WarehouseError):
    """A model or a check failed; nothing is published."""


class ServingError(ObserverError):
    """The release cannot be served."""

    status = 503


class TransientServingError(ServingError):
    """The database is away for now; the same question can be asked again."""


class QueryError(ObserverError):
    """A reader asked for something that cannot be answered."""

    status = 400


class NotFoundError(QueryError):
    """A reader asked for an entity, metric or release that does not exist."""

    status = 404


class UnauthenticatedError(QueryError):
    """A reader's key or session is none, or none any more."""

    status = 401


class ForbiddenError(QueryError):
    """A reader may not do this."""

    status = 403


class LimitError(QueryError):
    """A reader asks for more than their share; `retry_seconds` is when to come again."""

    status = 429

    def __init__(self, what: str, *, retry_seconds: float = 1.0, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.retry_seconds = retry_seconds
