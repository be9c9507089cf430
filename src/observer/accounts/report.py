"""Reports that a number looks wrong, each with the number as it was shown and what was behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from observer.accounts.database import AccountDatabase, record
from observer.errors import LimitError, NotFoundError, QueryError
from observer.ports import Clock

MOST_CHARACTERS = 2000
MOST_A_DAY = 500
"""Reports that are taken within a day, from all together: more are no readers."""


@dataclass(frozen=True, slots=True)
class Number:
    """The number that a report is about, as it was shown.

    `entity` is a reference such as project/<name>, `bucket` the first day of the period, `amount` None where `state` is
    unknown. `evidence` is JSON of what the release told of it.
    """

    metric: str
    entity: str
    title: str
    grain: str
    bucket: date
    amount: float | None
    state: str
    unit: str
    coverage_ratio: float
    release_number: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a reader wrote about a number, and what was answered; `answer` is None while it is open."""

    report_id: int
    submitted_at: datetime
    account_id: int | None
    message: str
    metric: str
    entity: str
    title: str
    grain: str
    bucket: date
    amount: float | None
    state: str
    unit: str
    coverage_ratio: float
    release_number: int
    evidence: str
    answered_at: datetime | None
    answer: str | None

    @property
    def is_open(self) -> bool:
        return self.answer is None


_COLUMNS = (
    "report_id, submitted_at, account_id, message, metric, entity, title, grain, bucket, amount, state, unit, "
    "coverage_ratio, release_number, evidence, answered_at, answer"
)


class ReportStore:
    """Files, lists and answers reports."""

    def __init__(self, database: AccountDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def file(self, about: Number, message: str, *, account_id: int | None = None) -> int:
        """Files a report and returns its number; the same words about the same number give the report that is open.

        QueryError for a message that is missing or too long, LimitError where too many came today.
        """
        # What cannot be seen is dropped here: terminals, where maintainers read it, would obey some of it.
        text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in message).strip()
        if not text:
            raise QueryError("the report does not say what looks wrong", hint="a sentence or two is enough")
        if len(text) > MOST_CHARACTERS:
            raise QueryError(f"the report has more than {MOST_CHARACTERS} characters", hint="make it shorter")
        now = self._clock()
        with self._database.transaction() as connection:
            # One after the other: two equal reports at a time become one.
            connection.execute("lock table accounts.reports in share row exclusive mode")
            known = connection.execute(
                "select report_id from accounts.reports where message = %s and metric = %s and entity = %s "
                "and grain = %s and bucket = %s and answer is null",
                (text, about.metric, about.entity, about.grain, about.bucket),
            ).fetchone()
            if known:
                return int(known[0])
            day = connection.execute(
                "select count(*) from accounts.reports where submitted_at > %s", (now - timedelta(days=1),)
            ).fetchone()
            if day and day[0] >= MOST_A_DAY:
                raise LimitError("too many reports came today", retry_seconds=3600, hint="come again tomorrow")
            row = connection.execute(
                "insert into accounts.reports "
                "(submitted_at, account_id, message, metric, entity, title, grain, bucket, "
                "amount, state, unit, coverage_ratio, release_number, evidence) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning report_id",
                (now, account_id, text, about.metric, about.entity, about.title, about.grain, about.bucket,
                 about.amount, about.state, about.unit, about.coverage_ratio, about.release_number,
                 about.evidence),
            ).fetchone()  # fmt: skip
            assert row is not None  # noqa: S101 - it was inserted above
            return int(row[0])

    def report(self, report_id: int) -> Report:
        """The report of this number; NotFoundError where there is none."""
        found = self._select("where report_id = %s", (report_id,))
        if not found:
            raise NotFoundError(f"there is no report {report_id}")
        return found[0]

    def reports(self, *, only_open: bool = True, limit: int = 200) -> list[Report]:
        """Reports, newest first."""
        return self._select(
            ("where answer is null " if only_open else "") + "order by report_id desc limit %s", (limit,)
        )

    def answer(self, report_id: int, answer: str, *, actor: str) -> Report:
        """Answers a report, or answers it again. NotFoundError where there is none, QueryError for no text."""
        text = answer.strip()
        if not 1 <= len(text) <= MOST_CHARACTERS:
            raise QueryError(f"the answer has not between 1 and {MOST_CHARACTERS} characters")
        with self._database.transaction() as connection:
            done = connection.execute(
                "update accounts.reports set answer = %s, answered_at = %s where report_id = %s",
                (text, self._clock(), report_id),
            )
            if not done.rowcount:
                raise NotFoundError(f"there is no report {report_id}")
            record(connection, actor, "report answered", None, f"report {report_id}")
        return self.report(report_id)

    def _select(self, condition: str, values: tuple[object, ...]) -> list[Report]:
        statement = f"select {_COLUMNS} from accounts.reports {condition}"  # noqa: S608 - constants of ours
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(Report)) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()
