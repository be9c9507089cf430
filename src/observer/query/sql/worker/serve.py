"""One worker: opens a release, locks itself in, and answers queries until it is told no more.

It runs text of strangers. Nothing that it says is believed but the bytes of an answer and the words of a refusal.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from observer.errors import ObserverError, QueryError
from observer.query.sql.channel import receive, send
from observer.query.sql.question import Dialect, Form, QueryKilledError, TooLargeError
from observer.query.sql.worker.command import Listing, explained, listing
from observer.query.sql.worker.deadline import Deadline
from observer.query.sql.worker.encode import Counter, check_columns, encode_arrow, encode_rows
from observer.query.sql.worker.engine import Engine, open_engine
from observer.query.sql.worker.gate import Gate
from observer.query.sql.worker.templates import Templates
from observer.query.sql.worker.translate import translate
from observer.sandbox.confine import Room, die_with_parent, enter

# Address space is counted, not memory: libraries, stacks and arenas need room beside the engine's limit.
_HEADROOM = 1536 * 1024 * 1024
_TABULAR = (Form.ARROW, Form.PARQUET)


@dataclass(slots=True)
class _Reply:
    body: bytes
    rows: int
    is_lasting: bool = True


class Worker:
    """Answers one query after the other over one open release."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session = engine.connection.cursor()
        self._gate = Gate(engine.connection.cursor(), engine.names)
        self._templates = {dialect: Templates(partial(self._prepare, dialect)) for dialect in Dialect}
        self._deadline = Deadline()

    def answer(self, order: dict[str, Any]) -> _Reply:
        """The answer to one order of the pool; ObserverError or duckdb.Error where there is none."""
        sql, form = str(order["sql"]), Form(order["form"])
        counter = Counter(int(order["rows"]), int(order["bytes"]))
        found = listing(sql, self._engine.names)
        if found is not None:
            return _listed(found, form, counter)
        inner = explained(sql)
        query, is_volatile = self._templates[Dialect(order["dialect"])].prepared(inner or sql)
        is_done = False
        try:
            with self._deadline.of(self._session.interrupt, float(order["seconds"])):
                if inner:
                    reply = self._plan(self._session, query, form, counter)
                else:
                    reply = _run(self._session, query, form, counter, is_lasting=not is_volatile)
            is_done = True
            return reply
        except duckdb.InterruptException:
            raise QueryKilledError(
                f"the query took longer than {order['seconds']:g} seconds", hint="ask for less, or use async-sql"
            ) from None
        finally:
            if not is_done:
                # What was broken off holds memory as long as its session.
                self._session.close()
                self._session = self._engine.connection.cursor()

    def _prepare(self, dialect: Dialect, sql: str) -> tuple[str, bool]:
        query = translate(sql, dialect)
        return query, self._gate.check(query)

    def _plan(self, connection: duckdb.DuckDBPyConnection, query: str, form: Form, counter: Counter) -> _Reply:
        rows = connection.execute(f"explain {query}").fetchall()
        text = "\n".join(str(row[1]) for row in rows).replace(self._engine.folder, "")
        return _listed(Listing(("Query Plan",), ((text,),)), form, counter)


def serve(descriptor: int, folder: Path, memory: str, nice: int) -> None:
    """Opens the release, reports the layers of the sandbox that hold, and answers until the channel ends."""
    try:
        engine = open_engine(folder, memory)
    except (ObserverError, duckdb.Error, OSError) as error:
        what = error.what if isinstance(error, ObserverError) else f"release {folder.name} cannot be opened"
        send(descriptor, {"ready": False, "error": what})
        return
    worker = Worker(engine)
    _warm_up(worker)
    layers = enter(Room((folder,), 2 * _bytes(memory) + _HEADROOM, nice))
    send(descriptor, {"ready": True, "layers": layers})
    while (order := receive(descriptor)) is not None and _respond(worker, descriptor, order):
        pass


def _respond(worker: Worker, descriptor: int, order: dict[str, Any]) -> bool:
    """Answers one order; False where this process should not go on."""
    started = time.monotonic()
    try:
        reply = worker.answer(order)
    except ObserverError as error:
        killed, large = isinstance(error, QueryKilledError), isinstance(error, TooLargeError)
        kind = "killed" if killed else "large" if large else "query"
        send(descriptor, {"error": kind, "what": error.what, "hint": error.hint})
        return True
    except (duckdb.FatalException, duckdb.InternalException, duckdb.IOException):
        send(descriptor, {"error": "failed"})
        return False
    except (MemoryError, duckdb.OutOfMemoryException):
        send(descriptor, {"error": "memory"})
        return False
    except duckdb.Error as error:
        send(descriptor, {"error": "query", "what": _told(error), "hint": None})
        return True
    except Exception:
        send(descriptor, {"error": "failed"})
        return False
    head = {"rows": reply.rows, "lasting": reply.is_lasting, "seconds": time.monotonic() - started}
    send(descriptor, head, reply.body)
    return True


def _run(
    connection: duckdb.DuckDBPyConnection, query: str, form: Form, counter: Counter, *, is_lasting: bool
) -> _Reply:
    if form in _TABULAR:
        relation = connection.sql(query)
        check_columns(relation.columns)
        try:
            body = encode_arrow(relation.to_arrow_reader(10_000), form, counter)
        except NotImplementedError as error:
            raise QueryError(f"{form.value} has no such type", hint="cast the column, or ask for JSON") from error
        return _Reply(body, counter.rows, is_lasting)
    result = connection.execute(query)
    columns = [str(column[0]) for column in result.description or ()]
    check_columns(columns)
    return _Reply(encode_rows(columns, result, form, counter), counter.rows, is_lasting)


def _listed(found: Listing, form: Form, counter: Counter) -> _Reply:
    if form in _TABULAR:
        import pyarrow as pa

        columns = [pa.array([row[place] for row in found.rows], pa.string()) for place in range(len(found.columns))]
        table = pa.table(dict(zip(found.columns, columns, strict=True)))
        return _Reply(encode_arrow(table.to_reader(), form, counter), counter.rows)
    return _Reply(encode_rows(found.columns, _Once(found), form, counter), counter.rows)


class _Once:
    """The rows of a listing, all at once."""

    def __init__(self, found: Listing) -> None:
        self._rows: list[Any] = list(found.rows)

    def fetchmany(self, size: int = 0) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows


def _told(error: duckdb.Error) -> str:
    """The engine's own sentence about a query that it cannot run."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else "the query cannot be run"
    return first.replace("trino_", "")[:500]


def _warm_up(worker: Worker) -> None:
    """Imports and reads now what could not be read later."""
    query = (
        "select now() as a, current_date as b, timestamp '2024-01-01 00:00:00' as c, decimal '1.5' as d, "
        "true as e, array[1] as f, map(array['a'], array[1]) as g, strptime('2024', '%Y') as h, "
        "now() at time zone 'America/New_York' as i, "
        "cast(now() as varchar) as j"
    )
    for form in Form:
        order = {"sql": query, "form": form, "dialect": Dialect.DUCKDB, "seconds": 30.0, "rows": 9, "bytes": 1 << 20}
        worker.answer(order)


def _bytes(memory: str) -> int:
    units = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
    return int(float(memory[:-2]) * units[memory[-2:].upper()])


def main(descriptor: int, folder: str, memory: str, nice: int) -> None:
    """The life of a forked worker; never returns."""
    try:
        die_with_parent()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        sys.setrecursionlimit(3_000)
        serve(descriptor, Path(folder), memory, nice)
    finally:
        os._exit(0)
