"""A pool of workers: gives each query a process, its time and its turn, and ends what is late."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observer.errors import QueryError, ServingError
from observer.query.sql.process import Nursery, WorkerEndedError, WorkerProcess
from observer.query.sql.question import Answer, BusyError, QueryKilledError, Question, Share, TooLargeError
from observer.query.sql.queue import FairQueue

GRACE_SECONDS = 0.5
"""How long after its limit a query may still say so itself; then its process is killed."""

_MOST_ASKED = 2_000
"""Queries of one worker, so that nothing that leaks lives long. Opening a release takes as long as a hundred."""


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How much runs at one time and how long others wait.

    `workers` processes of at most `memory` each (in DuckDB's words), `nice` to others. `most_waiting` queries wait
    altogether, `most_waiting_each` of one caller, none longer than `waiting_seconds`.
    """

    workers: int = 3
    memory: str = "512MB"
    nice: int = 10
    most_waiting: int = 200
    most_waiting_each: int = 64
    waiting_seconds: float = 10.0


@dataclass(eq=False, slots=True)
class _Ticket:
    question: Question
    release: int
    share: Share
    answer: asyncio.Future[Answer]
    task: asyncio.Task[None] | None = None


class WorkerPool:
    """Runs queries in processes. For one event loop."""

    def __init__(self, releases_dir: Path, settings: PoolSettings) -> None:
        self._releases_dir = releases_dir
        self._settings = settings
        self._nursery = Nursery(settings.memory, settings.nice)
        # One caller alone never has all workers.
        self._queue: FairQueue[_Ticket] = FairQueue(
            most=settings.most_waiting,
            most_each=settings.most_waiting_each,
            most_running=max(1, settings.workers - 1),
        )
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._running = 0
        self._starting: set[asyncio.Task[None]] = set()

    async def run(self, question: Question, release: int, share: Share) -> Answer:
        """The answer, computed by a worker.

        QueryError where the query is refused or fails, QueryKilledError where it took too much, BusyError where
        there is no turn for it, ServingError where no worker can be started. A caller that goes away ends its query.
        """
        ticket = _Ticket(question, release, share, asyncio.get_running_loop().create_future())
        self._queue.put(share.subject, ticket)
        self._dispatch()
        try:
            await asyncio.wait([ticket.answer], timeout=self._settings.waiting_seconds)
            if not ticket.answer.done() and ticket.task is None:
                raise BusyError("the query had no turn in time", status=503, retry_seconds=5)
            return await ticket.answer
        finally:
            self._queue.discard(share.subject, ticket)
            if ticket.task is not None and not ticket.answer.done():
                ticket.task.cancel()
            ticket.answer.cancel()

    @property
    def layers(self) -> dict[str, bool] | None:
        """The layers of the sandbox and whether each holds; None before the first worker."""
        workers = [*self._idle, *self._busy]
        return dict(workers[0].layers) if workers else None

    async def close(self) -> None:
        """Ends all workers."""
        for task in list(self._starting):
            task.cancel()
        for worker in [*self._idle, *self._busy]:
            worker.kill()
        self._idle.clear()
        self._nursery.close()

    def _dispatch(self) -> None:
        while self._running < self._settings.workers and (turn := self._queue.take()):
            subject, ticket = turn
            self._running += 1
            ticket.task = asyncio.create_task(self._serve(subject, ticket))

    async def _serve(self, subject: str, ticket: _Ticket) -> None:
        try:
            answer = await self._answer(ticket)
            if not ticket.answer.done():
                ticket.answer.set_result(answer)
        except asyncio.CancelledError:
            ticket.answer.cancel()
        except Exception as error:
            if not ticket.answer.done():
                ticket.answer.set_exception(error)
        finally:
            self._running -= 1
            self._queue.release(subject)
            self._dispatch()

    async def _answer(self, ticket: _Ticket) -> Answer:
        question, share = ticket.question, ticket.share
        worker = await self._worker(ticket.release)
        order = {
            "sql": question.sql,
            "dialect": question.dialect.value,
            "form": question.form.value,
            "seconds": share.seconds,
            "rows": share.rows,
            "bytes": share.bytes,
        }
        self._busy.add(worker)
        is_sound = False
        try:
            async with asyncio.timeout(share.seconds + GRACE_SECONDS):
                head, body = await worker.ask(order)
            is_sound = head.get("error") not in ("failed", "memory") and worker.asked < _MOST_ASKED
        except TimeoutError:
            raise QueryKilledError(
                f"the query took longer than {share.seconds:g} seconds", hint="ask for less, or use async-sql"
            ) from None
        except WorkerEndedError:
            raise QueryKilledError("the query ended the process that ran it", hint="ask for less at once") from None
        finally:
            self._busy.discard(worker)
            self._put_back(worker, is_sound=is_sound)
        return _read(head, body, ticket.release)

    async def _worker(self, release: int) -> WorkerProcess:
        self._idle = [worker for worker in self._idle if worker.is_alive or self._end(worker)]
        for place, worker in enumerate(self._idle):
            if worker.release == release:
                return self._idle.pop(place)
        if len(self._idle) + len(self._busy) >= self._settings.workers and self._idle:
            self._idle.pop(0).kill()
        return await self._nursery.start(self._releases_dir / str(release))

    def _put_back(self, worker: WorkerProcess, *, is_sound: bool) -> None:
        if is_sound and worker.is_alive:
            self._idle.append(worker)
            return
        worker.kill()
        task = asyncio.create_task(self._replace(worker.release))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _replace(self, release: int) -> None:
        """Has a new worker ready before it is asked for."""
        with contextlib.suppress(ServingError):
            worker = await self._nursery.start(self._releases_dir / str(release))
            if len(self._idle) + self._running < self._settings.workers:
                self._idle.append(worker)
            else:
                worker.kill()

    @staticmethod
    def _end(worker: WorkerProcess) -> bool:
        worker.kill()
        return False


def _read(head: dict[str, Any], body: bytes, release: int) -> Answer:
    kind = head.get("error")
    if kind is None:
        return Answer(body, release, int(head["rows"]), float(head["seconds"]), bool(head["lasting"]))
    if kind == "memory":
        raise TooLargeError("the query took more memory than it may", hint="aggregate or filter earlier")
    if kind == "failed":
        raise QueryError("the engine failed on this query", hint="write it in another way")
    error = {"killed": QueryKilledError, "large": TooLargeError}.get(str(kind), QueryError)
    hint = head.get("hint")
    raise error(str(head["what"]), hint=str(hint) if hint else None)
