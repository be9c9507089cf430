"""What every connector over HTTP keeps when its upstream fails, lies or changes: an upstream on 127.0.0.1 plays it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.testing.connector_suite import ConnectorCase, ConnectorSuite, run, tables
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.upstream.server import Answer, conditional_requests
from observer.testing.warehouse import FakeWarehouse

Change = Callable[[Any], Any]

_EXPECTED: dict[str, list[dict[str, object]]] = {}


@dataclass(frozen=True, slots=True)
class FaultCase(ConnectorCase):
    """A case with its upstream.

    `path` is the request behind `stream`, whose answers the suite breaks. `waits` collects what the source would have
    waited. `is_missing_fatal` says whether 404 ends the sync; where not, the records of that answer are left out.
    """

    upstream: Upstream
    waits: list[float]
    path: str
    stream: str
    is_missing_fatal: bool = False

    def sync(self, warehouse: FakeWarehouse, **options: Any) -> Any:
        """One sync of the stream under test."""
        return run(self.source, self.config, warehouse, streams=[self.stream], **options)

    def rows_of(self, warehouse: FakeWarehouse) -> list[dict[str, object]]:
        """What the stream under test holds."""
        return tables(warehouse, self.source.name, [self.stream])[self.stream]

    @property
    def expected(self) -> list[dict[str, object]]:
        """What it holds when nothing goes wrong; every upstream of one connector holds the same."""
        if self.source.name not in _EXPECTED:
            warehouse = FakeWarehouse()
            self.sync(warehouse)
            self.waits.clear()
            self.upstream.asked.clear()
            _EXPECTED[self.source.name] = self.rows_of(warehouse)
        return _EXPECTED[self.source.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCase(FaultCase):
    """A case whose upstream answers with JSON.

    `with_new_field` adds a field `brand_new` to each record of the parsed answer, `without_key` takes the key away from
    one, `emptied` takes all records away, `rearranged` turns their order round and repeats one.
    """

    with_new_field: Change
    without_key: Change
    emptied: Change
    rearranged: Change

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        """The upstream with the answer under test changed."""
        before = dict(self.upstream.answers)
        self.upstream.answers[self.path] = _changed(before[self.path], change)
        try:
            yield
        finally:
            self.upstream.answers.clear()
            self.upstream.answers.update(before)


class HttpFaultSuite(ConnectorSuite):
    """What holds whatever the upstream answers with. Give a fixture `case` of type FaultCase."""

    @pytest.mark.parametrize("status", [401, 403])
    def test_missing_rights_are_an_error_of_the_config(self, case: FaultCase, status: int) -> None:
        case.upstream.fail(case.path, *[Reply.json({"error": "no"}, status)] * 9)

        with pytest.raises(ConfigError, match=str(status)):
            case.sync(FakeWarehouse())

    def test_what_is_not_there_is_left_out_or_ends_the_sync_as_declared(self, case: FaultCase) -> None:
        expected = case.expected
        case.upstream.fail(case.path, *[Reply.json({"error": "not found"}, 404)] * 9)
        warehouse = FakeWarehouse()

        if case.is_missing_fatal:
            with pytest.raises(SourceError, match="404"):
                case.sync(warehouse)
            return
        case.sync(warehouse)

        rows = case.rows_of(warehouse)
        assert len(rows) < len(expected)
        assert all(row in expected for row in rows)

    def test_a_limit_is_waited_for_as_long_as_it_says(self, case: FaultCase) -> None:
        expected = case.expected
        case.upstream.fail(case.path, Reply(429, b"", {"Retry-After": "7"}))
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected
        assert case.waits == [7.0]

    @pytest.mark.parametrize("status", [500, 503])
    def test_failures_of_the_upstream_are_tried_again(self, case: FaultCase, status: int) -> None:
        expected = case.expected
        case.upstream.fail(case.path, Reply(status), Reply(status))
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected
        # One more where the machine was so busy that a connection was lost as well.
        assert len(case.waits) in (2, 3)

    def test_an_upstream_that_stays_down_ends_the_sync_for_now_after_few_requests(self, case: FaultCase) -> None:
        case.upstream.fail("*", *[Reply(503)] * 500)
        warehouse = FakeWarehouse()

        with pytest.raises(TransientSourceError):
            case.sync(warehouse)

        assert case.rows_of(warehouse) == []
        assert len(case.upstream.asked) <= 40
        case.upstream.faults.clear()
        case.sync(warehouse)
        assert case.rows_of(warehouse) == case.expected

    def test_a_silent_upstream_is_asked_again(self, case: FaultCase) -> None:
        expected = case.expected
        case.upstream.fail(case.path, Reply(200, b"{}", delay=1.5))
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected

    def test_an_answer_that_is_cut_off_loses_no_row(self, case: FaultCase) -> None:
        expected = case.expected
        whole = _body(case.upstream.answers[case.path])
        case.upstream.fail(case.path, Reply(200, whole, cut_at=len(whole) // 2))
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected

    @pytest.mark.parametrize("date", ["Sun, 01 Nov 2026 10:00:00 GMT", "Sun, 01 Nov 2026 14:00:00 GMT"])
    def test_a_clock_that_goes_wrong_changes_no_row(self, case: FaultCase, date: str) -> None:
        expected = case.expected
        before = case.upstream.answers[case.path]
        case.upstream.answers[case.path] = lambda asked: _with_header(before, asked, "Date", date)
        warehouse = FakeWarehouse()

        case.sync(warehouse)
        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected


class HttpConnectorSuite(HttpFaultSuite):
    """What holds beside that where the upstream answers with JSON. Give a fixture `case` of type HttpCase."""

    def test_half_a_document_loses_no_row(self, case: HttpCase) -> None:
        expected = case.expected
        whole = _body(case.upstream.answers[case.path])
        half = Reply(200, whole[: len(whole) // 2], {"Content-Type": "application/json"})
        case.upstream.fail(case.path, half)
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected

    def test_an_empty_page_takes_only_its_own_rows_away(self, case: HttpCase) -> None:
        expected = case.expected
        warehouse = FakeWarehouse()

        with case.changed(case.emptied):
            case.sync(warehouse)

        rows = case.rows_of(warehouse)
        assert len(rows) < len(expected)
        assert all(row in expected for row in rows)

    def test_repeated_and_rearranged_records_make_the_same_rows(self, case: HttpCase) -> None:
        expected = case.expected
        warehouse = FakeWarehouse()

        with case.changed(case.rearranged):
            case.sync(warehouse)

        assert case.rows_of(warehouse) == expected

    def test_an_unknown_field_costs_nothing_and_raises_an_alarm(
        self, case: HttpCase, caplog: pytest.LogCaptureFixture
    ) -> None:
        expected = case.expected
        warehouse = FakeWarehouse()

        with case.changed(case.with_new_field), caplog.at_level(logging.WARNING):
            report = case.sync(warehouse)

        rows = [{k: v for k, v in row.items() if k != "brand_new"} for row in case.rows_of(warehouse)]
        assert rows == expected
        assert report.unknown_fields == {case.stream: ("brand_new",)} or "brand_new" in caplog.text

    def test_a_record_without_its_key_is_refused_with_the_reason_and_the_others_land(self, case: HttpCase) -> None:
        expected = case.expected
        warehouse = FakeWarehouse()

        with case.changed(case.without_key):
            report = case.sync(warehouse)

        assert report.quarantined == 1
        (refused,) = warehouse.query("select stream, reason from raw.quarantine").to_pylist()
        assert refused["stream"] == case.stream
        assert refused["reason"]
        assert len(case.rows_of(warehouse)) == len(expected) - 1

    def test_the_second_sync_asks_conditionally(self, case: HttpCase) -> None:
        warehouse = FakeWarehouse()
        case.sync(warehouse)
        case.upstream.asked.clear()

        case.sync(warehouse)

        again = [asked for asked in case.upstream.asked if asked.path == case.path]
        assert conditional_requests(again) == len(again)


def _body(answer: Answer) -> bytes:
    return answer.body if isinstance(answer, Reply) else b'{"cut": "where it hurts"}'


def _changed(answer: Answer, change: Change) -> Answer:
    if not isinstance(answer, Reply):
        return lambda asked: _changed_reply(answer(asked), change)
    return _changed_reply(answer, change)


def _changed_reply(answer: Reply, change: Change) -> Reply:
    kept = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
    return Reply(200, json.dumps(change(json.loads(answer.body))).encode(), kept)


def _with_header(answer: Answer, asked: Asked, name: str, value: str) -> Reply:
    reply = answer(asked) if callable(answer) else answer
    return Reply(reply.status, reply.body, {**reply.headers, name: value}, reply.delay, reply.cut_at)
