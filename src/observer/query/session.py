"""One request's snapshot of one release: runs our own parametrised statements and nothing else."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import args_row
from psycopg.sql import SQL, Composed

from observer.errors import QueryError, ServingError
from observer.model.release import Release
from observer.query.request import MAX_PAGE

T = TypeVar("T")
BEGIN = "begin isolation level repeatable read read only"
Parameters = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Session:
    """A connection in a read-only REPEATABLE READ transaction whose search path is the release's schema.

    `now` is the time of the question, aware and in UTC; `known` is what was read for it and is needed again.
    """

    connection: psycopg.Connection
    release: Release
    now: datetime
    known: dict[Hashable, Any] = field(default_factory=dict, compare=False)

    def all(self, make: Callable[..., T], statement: str | Composed, values: Parameters = ()) -> list[T]:
        """The rows of a statement, each given to `make` column by column."""
        with self._known(), self.connection.cursor(row_factory=args_row(make)) as cursor:
            return cursor.execute(statement, values).fetchall()

    def first(self, make: Callable[..., T], statement: str | Composed, values: Parameters = ()) -> T | None:
        """The first row of a statement, None where there is none."""
        with self._known(), self.connection.cursor(row_factory=args_row(make)) as cursor:
            return cursor.execute(statement, values).fetchone()

    def limit_time(self, seconds: float) -> None:
        """Lets every statement of this transaction, which it begins where there is none, take this long at most."""
        statement = SQL("set local statement_timeout = {}").format(round(seconds * 1000))
        if self.connection.info.transaction_status is TransactionStatus.IDLE:
            statement = SQL("; ").join((SQL(BEGIN), statement))
        self.connection.execute(statement, prepare=False)

    @contextmanager
    def _known(self) -> Iterator[None]:
        """Says so where a release of an older version lacks what is asked for."""
        try:
            yield
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            raise ServingError(
                f"release {self.release.number} was published by an older version and does not hold this",
                hint="`observer run` publishes a new one",
            ) from error


def took_too_long() -> QueryError:
    """The error of a statement that was ended at its limit of time."""
    return QueryError("the answer took too long", hint="ask for less at a time")


def encode_cursor(*position: object) -> str:
    """A page's position as opaque text; parts are text, numbers or None."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type | tuple[type, ...]) -> list[object]:
    """The position in a cursor, of these types; QueryError where it is none of ours."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise QueryError("the cursor cannot be read", hint="take it unchanged from the page before") from error
    fits = isinstance(position, list) and len(position) == len(kinds)
    if not fits or not all(isinstance(part, kind) for part, kind in zip(position, kinds, strict=True)):
        raise QueryError("the cursor belongs to another list", hint="begin again without a cursor")
    return list(position)


def checked_limit(limit: int) -> int:
    """The limit, if it is between 1 and the most that a page may have."""
    if not 1 <= limit <= MAX_PAGE:
        raise QueryError(f"limit is {limit}", hint=f"ask for 1 to {MAX_PAGE}")
    return limit


def contains_pattern(text: str) -> str:
    """A LIKE pattern for texts that contain `text`, taken literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
