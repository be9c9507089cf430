"""One transaction for a whole build: readers of the lake see all of its tables or none of them.

Each table that is created by itself is a snapshot of the lake, after which every connection reads the whole catalogue
again; with hundreds of models that is most of the time of a build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from observer.errors import BuildError
from observer.model.crash import crash_point
from observer.transform.versions import keep_versions, open_versions, unequal

if TYPE_CHECKING:
    from dbt.adapters.duckdb.environments.local import LocalEnvironment


_BOUNDARIES = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})


class Transaction:
    """The transaction of a build, which dbt's connections share. Nothing is kept unless `commit` is called."""

    def __init__(self, *, is_full: bool) -> None:
        self._handle: Any = None
        self._is_full = is_full

    def commit(self) -> tuple[str, ...]:
        """Keeps what was built. Raises BuildError if the lake refuses it; then nothing is kept.

        Returns the models of which a full build made other rows than the builds before it of the same inputs.
        """
        import duckdb

        if self._handle is None:
            return ()
        try:
            cursor = self._handle.cursor()
            differing = tuple(unequal(cursor)) if self._is_full else ()
            keep_versions(cursor)
            crash_point("build.before_commit")
            cursor.execute("commit")
        except duckdb.Error as error:
            raise BuildError(f"the lake did not take the build: {str(error).splitlines()[0]}") from error
        crash_point("build.after_commit")
        return differing

    def rows(self, sql: str, limit: int) -> list[dict[str, object]]:
        """The first rows of a query over what was built so far; none if it cannot be asked any more."""
        import duckdb

        if self._handle is None:
            return []
        try:
            cursor = self._handle.cursor().execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(limit)]
        except duckdb.Error:
            return []

    def join(self, environment: LocalEnvironment, open_handle: Any) -> _SharedHandle:
        """The handle that all of dbt's connections get; opens the transaction with the first."""
        if self._handle is None:
            self._handle = open_handle(environment)
            cursor = self._handle.cursor()
            cursor.execute("begin transaction")
            open_versions(cursor, is_full=self._is_full)
        return _SharedHandle(self._handle)

    def end(self) -> None:
        """Lets go of the connection, and with it of what was not committed."""
        if self._handle is not None:
            self._handle.close()


class _SharedCursor:
    """The build's cursor, for which dbt's own transactions are no statements."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: str, bindings: Any = None) -> Any:
        crash_point("build.statement")
        return self._cursor if sql in _BOUNDARIES else self._cursor.execute(sql, bindings)


class _SharedHandle:
    """A connection's handle that ends with the build and not with the connection."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def cursor(self) -> _SharedCursor:
        return _SharedCursor(self._handle.cursor())

    def close(self) -> None:
        return None

    def rollback(self) -> None:
        return None


@contextmanager
def one_transaction(*, is_full: bool) -> Iterator[Transaction]:
    """While the block lasts, dbt's connections to DuckDB are one, with one transaction. For one thread of dbt.

    With `is_full` no model counts as unchanged.
    """
    from dbt.adapters.duckdb.environments.local import LocalEnvironment

    transaction = Transaction(is_full=is_full)
    open_handle = LocalEnvironment.handle

    def handle(environment: LocalEnvironment) -> _SharedHandle:
        with environment.lock:
            return transaction.join(environment, open_handle)

    LocalEnvironment.handle = handle  # type: ignore[method-assign]
    try:
        yield transaction
    finally:
        LocalEnvironment.handle = open_handle  # type: ignore[method-assign]
        transaction.end()
