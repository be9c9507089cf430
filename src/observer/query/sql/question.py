"""What is asked in SQL and what comes back, as the API and the workers tell it each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from observer.errors import QueryError


class Dialect(StrEnum):
    """The language of a query: Trino's, as published notebooks write it, or DuckDB's."""

    TRINO = "trino"
    DUCKDB = "duckdb"


class Form(StrEnum):
    """The form of an answer.

    `minimal` is one JSON object with `columns` and `data`, `json` one JSON array of row objects, `jsonl` a line with
    the column names and a line for each row, `arrow` an Arrow IPC stream, `parquet` a Parquet file.
    """

    MINIMAL = "minimal"
    JSON = "json"
    JSONL = "jsonl"
    ARROW = "arrow"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Share:
    """Who asks and what one answer may take: `subject` names the caller in the fair queue.

    `seconds` is the longest that a query may run, `rows` and `bytes` the most that its answer may hold.
    """

    subject: str = "local"
    seconds: float = 10.0
    rows: int = 1_000_000
    bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question:
    """One query in the form in which it is run and remembered: without comments, blanks made one."""

    sql: str
    dialect: Dialect
    form: Form


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer, the release that it came from and how many rows it has.

    `seconds` is how long the worker took; an answer that was remembered took none. `is_lasting` is False for answers
    that depend on the time of the question.
    """

    body: bytes
    release: int
    rows: int
    seconds: float = 0.0
    is_lasting: bool = True


class QueryKilledError(QueryError):
    """A query was ended because it took more time or memory than it may."""

    status = 408


class TooLargeError(QueryError):
    """A query or its answer is larger than may be."""

    status = 413


class BusyError(QueryError):
    """The caller has too many queries waiting, or everybody together; `retry_seconds` is when to come again."""

    def __init__(self, what: str, *, status: int, retry_seconds: int = 1) -> None:
        super().__init__(what, hint=f"try again in {retry_seconds} second{'' if retry_seconds == 1 else 's'}")
        self.status = status
        self.retry_seconds = retry_seconds
