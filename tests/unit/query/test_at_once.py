"""Statements asked on the event loop give what a reader gives, within their time, of the release that is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest

from observer.errors import QueryError
from observer.postgres import PostgresUrls
from observer.query import ReadModel
from observer.query.at_once import positional
from observer.query.request import Placeholder, RowQuery
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows

Answer = tuple[bytes, int] | None
QUERIES = {
    "text": RowQuery("projects", where={"project_name": {"_eq": "quill"}}),
    "placeholder": RowQuery("projects", ("project_name",), {"project_name": {"_eq": Placeholder("name")}}),
    "list": RowQuery("projects", ("project_name",), {"project_name": {"_in": ["quill", "harbor", "' or true"]}}),
    "numbers": RowQuery("key_metrics", ("metric_name", "amount"), {"amount": {"_gte": 1.5}}, [("amount", "desc")]),
    "day": RowQuery("timeseries_metrics", ("bucket",), {"bucket": {"_gt": "2024-02-01"}}, [("bucket", "asc")], limit=7),
    "time": RowQuery("events", ("event_type",), {"time": {"_lt": "2024-03-20T12:00:00"}}, [("time", "desc")], limit=9),
    "pattern": RowQuery("projects", ("project_name",), {"project_name": {"_like": "%u%"}}, [("project_name", "asc")]),
    "page": RowQuery("projects", ("project_name",), {}, [("project_name", "asc")], limit=1, offset=1),
    "percent": RowQuery("projects", {"a%b": "project_name"}, {"project_name": {"_neq": "%"}}, limit=2),
}
TEXTS = {"name": "harbor"}


def run(model: ReadModel, question: Coroutine[Any, Any, Any]) -> Any:
    """What a question gives on a loop of its own, with connections that end with it."""

    async def within() -> Any:
        model.at_once.open()
        try:
            return await question
        finally:
            model.at_once.close()

    return asyncio.run(within())


async def at_once(
    model: ReadModel, query: RowQuery, *, seconds: float = 5.0, texts: Mapping[str, str] = TEXTS
) -> Answer:
    with model.pinned() as reader:
        prepared, release = reader.prepare_rows(query), reader.release
    return await model.at_once.rows(release, prepared, texts, seconds)


@pytest.mark.parametrize("name", QUERIES)
def test_rows_are_those_of_a_reader(read_model: ReadModel, name: str) -> None:
    with read_model.pinned() as reader:
        expected = reader.prepared_rows(reader.prepare_rows(QUERIES[name]), TEXTS)

    assert run(read_model, at_once(read_model, QUERIES[name])) == expected
    assert expected[1] > 0


def test_parameters_are_numbered_once_each() -> None:
    statement = "select '100%%' where a = %(v0)s::text and b = %(v1)s and c = %(v0)s limit %(limit)s::bigint"

    assert positional(statement) == (
        "select '100%' where a = $1::text and b = $2 and c = $1 limit $3::bigint",
        ("v0", "v1", "limit"),
    )


def test_many_questions_share_few_connections(read_model: ReadModel, sample_release: tuple[PostgresUrls, Path]) -> None:
    async def many() -> list[Answer]:
        return await asyncio.gather(*(at_once(read_model, QUERIES["page"]) for _ in range(40)))

    async def counted() -> tuple[list[Answer], int]:
        answers = await many()
        return answers, len(read_model.at_once._groups[5.0]._all)

    answers, connections = run(read_model, counted())

    assert len(set(answers)) == 1
    assert answers[0] is not None
    assert 1 <= connections <= 4


def test_a_connection_that_has_lost_its_way_is_given_up(read_model: ReadModel, monkeypatch: pytest.MonkeyPatch) -> None:
    fetchrow = asyncpg.Connection.fetchrow

    async def lost(*_: object) -> object:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    async def thrice() -> tuple[list[Answer], int]:
        answers = [await at_once(read_model, QUERIES["page"])]
        monkeypatch.setattr(asyncpg.Connection, "fetchrow", lost)
        answers.append(await at_once(read_model, QUERIES["page"]))
        left = len(read_model.at_once._groups[5.0]._all)
        monkeypatch.setattr(asyncpg.Connection, "fetchrow", fetchrow)
        answers.append(await at_once(read_model, QUERIES["page"]))
        return answers, left

    answers, left = run(read_model, thrice())

    assert answers[0] == answers[2] is not None
    assert (answers[1], left) == (None, 0)


def test_nothing_is_answered_before_opening_after_closing_or_at_an_address_that_is_not_understood(
    read_model: ReadModel, sample_release: tuple[PostgresUrls, Path]
) -> None:
    urls, folder = sample_release
    unread = ReadModel(urls.reader + "&application_name=somebody", folder)

    assert asyncio.run(at_once(read_model, QUERIES["text"])) is None
    assert run(read_model, at_once(read_model, QUERIES["text"])) is not None
    assert asyncio.run(at_once(read_model, QUERIES["text"])) is None
    assert run(unread, at_once(unread, QUERIES["text"])) is None
    unread.close()


def test_a_question_ends_at_its_time(tmp_path: Path) -> None:
    with temporary_postgres() as urls:
        publish_rows(urls.owner, tmp_path)
        with ReadModel(urls.reader, tmp_path) as model, psycopg.connect(urls.owner) as owner:
            with model.pinned() as reader:
                prepared, release = reader.prepare_rows(QUERIES["text"]), reader.release
            # Whoever reads the table waits, and waiting counts.
            owner.execute("lock table release_1.projects in access exclusive mode")
            with pytest.raises(QueryError, match="took too long"):
                run(model, model.at_once.rows(release, prepared, TEXTS, 0.2))


def test_another_release_is_looked_into_and_a_removed_one_is_left_to_others(tmp_path: Path) -> None:
    with temporary_postgres() as urls:
        publish_rows(urls.owner, tmp_path)
        with ReadModel(urls.reader, tmp_path) as model:

            async def both() -> tuple[Answer, Answer, Answer]:
                first = model.current_release()
                with model.pinned() as reader:
                    prepared = reader.prepare_rows(RowQuery("quarantine", limit=None))
                before = await model.at_once.rows(first, prepared, {}, 5.0)
                publish_rows(urls.owner, tmp_path, {**sample_rows(), "quarantine": []}, snapshot_id=2)
                after = await model.at_once.rows(model.current_release(), prepared, {}, 5.0)
                with psycopg.connect(urls.owner) as owner:
                    owner.execute("drop schema release_1 cascade")
                gone = await model.at_once.rows(replace(first), prepared, {}, 5.0)
                return before, after, gone

            before, after, gone = run(model, both())

    assert before is not None
    assert before[1] > 0
    assert after == (b"[]", 0)
    assert gone is None
