"""What the host makes of sources that fail, lie, talk too much or know secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from observer.connectors import messages as m
from observer.connectors.host import Limits, SyncReport, check, discover, sync
from observer.connectors.streams import Stream, catalog
from observer.errors import ConfigError, ObserverError, SourceError, TransientSourceError
from observer.model.load import WriteMode
from observer.ports import Json
from observer.testing.source import QuietProgress, Script, ScriptedSource
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ITEMS = Stream("items", pa.schema([("id", pa.int64()), ("name", pa.string())]), ("id",), WriteMode.UPSERT)
NOTES = Stream("notes", pa.schema([("id", pa.int64())]), ("id",), WriteMode.APPEND_NEW)
TOKEN = "s3cr3t/token+value"


class SecretSource(ScriptedSource):
    """A source with a secret in its config, which it cannot keep to itself."""

    def spec(self) -> Json:
        properties = {
            "token": {"type": "string", "airbyte_secret": True},
            "pages": {"type": "integer"},
            "login": {"oneOf": [{"properties": {"password": {"airbyte_secret": True}}}]},
        }
        schema = {"type": "object", "required": ["token", "url"], "additionalProperties": False}
        return {"connectionSpecification": schema | {"properties": properties | {"url": {"type": "string"}}}}

    def check(self, config: Json) -> None:
        raise SourceError(f"refused {config['token']}", where=f"https://host/?token={config['token']}")


CONFIG: Json = {"token": TOKEN, "url": "https://example.org"}


def test_everything_wrong_with_a_config_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        discover(SecretSource(lambda state: [], [ITEMS]), {"token": 7, "pages": "many", "colour": "red"})

    text = str(caught.value)
    assert "[connectors.demo-source]" in text
    for part in ("missing url", "unknown colour", "token: must be of type string", "pages: must be of type integer"):
        assert part in text


def test_a_wrong_secret_is_not_repeated() -> None:
    source = SecretSource(lambda state: [], [ITEMS])

    with pytest.raises(ConfigError) as caught:
        check(source, {"token": ["hunter22"], "url": "x"})

    assert "hunter22" not in str(caught.value)


def test_secrets_are_taken_out_of_errors() -> None:
    with pytest.raises(SourceError) as caught:
        check(SecretSource(lambda state: [], [ITEMS]), CONFIG)

    assert TOKEN not in str(caught.value)
    assert "refused ***" in str(caught.value)


def test_secrets_and_escapes_are_taken_out_of_logs_and_quarantine(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    warehouse = FakeWarehouse()
    script = [
        m.log("INFO", f"\x1b[31mred {TOKEN} \x1b]0;title\x07\x07end\nnext line"),
        m.log("WARN", "encoded czNjcjN0L3Rva2VuK3ZhbHVl and s3cr3t%2Ftoken%2Bvalue"),
        m.quarantine("items", "f", 1, f"bad {TOKEN}", f"{{{TOKEN}}}"),
        m.record("items", {"id": "x", "name": TOKEN}, NOW),
    ]

    sync(
        SecretSource(lambda state: script, [ITEMS]),
        config=CONFIG,
        warehouse=warehouse,
        clock=lambda: NOW,
        progress=QuietProgress(),
    )

    stored = str(warehouse.query("select * from raw.quarantine").to_pylist())
    for text in (caplog.text, stored):
        assert TOKEN not in text
        assert "\x1b" not in text
    assert "red ***  end next line" in caplog.text
    assert "encoded *** and ***" in caplog.text
    assert [record.levelname for record in caplog.records][:2] == ["INFO", "WARNING"]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [("config_error", ConfigError), ("transient_error", TransientSourceError), ("system_error", SourceError)],
)
def test_an_error_message_becomes_the_error_of_its_kind(failure: str, kind: type[ObserverError]) -> None:
    error = m.error("it broke", transient=failure == "transient_error", config=failure == "config_error")

    with pytest.raises(kind, match="demo-source: it broke") as caught:
        run(source_of(lambda state: [error]), FakeWarehouse())

    assert type(caught.value) is kind


def test_records_after_an_error_message_are_kept_and_nothing_is_replaced() -> None:
    warehouse = FakeWarehouse()

    with pytest.raises(SourceError, match="it broke"):
        run(source_of(lambda state: [m.error("it broke"), item(1)]), warehouse)

    assert ids(warehouse) == [1]


def test_a_transient_error_is_tried_again_from_the_committed_state() -> None:
    warehouse = FakeWarehouse()
    waits: list[float] = []

    def script(state: Sequence[Json]) -> Iterator[Json]:
        begin = _cursor(state)
        yield item(begin + 1)
        yield m.stream_state("items", {"n": begin + 1})
        if begin < 2:
            raise TransientSourceError("try later")

    source = source_of(script)
    report = _sync(source, warehouse, waits)

    assert ids(warehouse) == [1, 2, 3]
    assert (report, waits) == (3, [1.0, 1.0])


def test_a_source_that_stays_down_is_given_up_after_growing_waits() -> None:
    waits: list[float] = []

    def script(state: Sequence[Json]) -> Iterator[Json]:
        yield m.log("INFO", "hello")
        raise TransientSourceError("down")

    with pytest.raises(TransientSourceError, match="down"):
        _sync(source_of(script), FakeWarehouse(), waits, Limits(attempts=9))

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_source_that_gets_no_further_is_given_up_even_if_it_sends_records() -> None:
    waits: list[float] = []

    def script(state: Sequence[Json]) -> Iterator[Json]:
        yield item(len(waits))
        yield m.stream_state("items", {"n": 0})
        raise TransientSourceError("down")

    with pytest.raises(TransientSourceError):
        _sync(source_of(script), FakeWarehouse(), waits)

    assert len(waits) == 4


def test_other_errors_are_not_tried_again() -> None:
    waits: list[float] = []

    with pytest.raises(SourceError):
        _sync(source_of(lambda state: [m.error("never")]), FakeWarehouse(), waits)

    assert waits == []


def test_a_programming_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(source_of(lambda state: [item(1 // 0)]), FakeWarehouse())


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (m.record("others", {"id": 1}, NOW), "'others', which was not asked for"),
        (m.stream_state("others", {"n": 1}), "'others', which was not asked for"),
        ({"type": "STATE", "state": {"data": {"n": 1}}}, "neither of type STREAM nor GLOBAL"),
        ({"type": "STATE", "state": {"type": "STREAM", "stream": {}}}, "without a stream descriptor"),
        ({"type": "RECORD", "record": {"stream": "items"}}, "without stream or data"),
        ({"type": "RECORD", "record": {"stream": "items", "data": []}}, "without stream or data"),
        ({"type": "RECORD"}, "without its body"),
        ({"type": "TRACE", "trace": 7}, "without its body"),
    ],
)
def test_a_message_out_of_order_is_an_error(message: Json, says: str) -> None:
    warehouse = FakeWarehouse()

    with pytest.raises(SourceError, match=says):
        run(source_of(lambda state: [item(1), m.stream_state("items", {"n": 1}), message]), warehouse)

    assert warehouse.state("demo-source") == {"items": {"n": 1}}


def test_a_state_before_its_records_is_not_believed() -> None:
    warehouse = FakeWarehouse()

    with pytest.raises(SourceError, match="before the records that it covers"):
        run(source_of(lambda state: [m.stream_state("items", {"n": 9}), item(1)]), warehouse)

    assert warehouse.state("demo-source") == {}


def test_a_state_without_records_is_kept() -> None:
    warehouse = FakeWarehouse()

    run(source_of(lambda state: [m.stream_state("items", {"n": 0}), m.stream_state("notes", {"n": 0})]), warehouse)

    assert warehouse.state("demo-source") == {"items": {"n": 0}, "notes": {"n": 0}}


def test_a_state_that_is_repeated_before_new_records_does_no_harm() -> None:
    warehouse = FakeWarehouse()
    run(source_of(lambda state: [item(1), m.stream_state("items", {"n": 1})]), warehouse)

    run(source_of(lambda state: [m.stream_state("items", {"n": 1}), item(2)]), warehouse)

    assert ids(warehouse) == [1, 2]


def test_a_state_that_counts_other_records_than_came_is_not_believed() -> None:
    warehouse = FakeWarehouse()
    state = m.stream_state("items", {"n": 3})
    body = state["state"]
    assert isinstance(body, dict)
    body["sourceStats"] = {"recordCount": 3.0}

    with pytest.raises(SourceError, match="a STATE covers 3 records, 2 came"):
        run(source_of(lambda _: [item(1), item(2), state]), warehouse)

    assert warehouse.state("demo-source") == {}


def test_a_stream_that_began_and_did_not_complete_is_an_error() -> None:
    body = {"stream_descriptor": {"name": "items"}, "status": "STARTED"}
    started = {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": body}}
    warehouse = FakeWarehouse()

    with pytest.raises(SourceError, match="ended before the stream items was complete"):
        run(source_of(lambda state: [started, item(1), m.stream_state("items", {"n": 1})]), warehouse)

    assert warehouse.state("demo-source") == {"items": {"n": 1}}


@pytest.mark.parametrize(
    ("streams", "says"),
    [
        ([], "no streams"),
        ([{"name": "../up", "json_schema": {}}], "cannot be named"),
        ([{"name": "a"}], "has no JSON schema"),
        ([{"name": "a", "json_schema": {}}, {"name": "A", "json_schema": {}}], "two streams are named A"),
    ],
)
def test_a_catalogue_that_makes_no_sense_is_refused(streams: list[Mapping[str, object]], says: str) -> None:
    source = source_of(lambda state: [])
    source.discover = lambda config: {"streams": streams}  # type: ignore[method-assign]

    with pytest.raises(SourceError, match=says):
        run(source, FakeWarehouse())


def test_a_stream_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no stream 'thing'; its streams are items, notes"):
        run(source_of(lambda state: []), FakeWarehouse(), streams=["thing"])


@pytest.mark.parametrize(
    "value",
    ["nul\x00byte", "half \ud800 surrogate", {"deep": float("nan")}],
    ids=["nul", "surrogate", "nan"],
)
def test_poisoned_text_goes_to_quarantine(value: object) -> None:
    warehouse = FakeWarehouse()

    report = run(source_of(lambda state: [item(1, value), item(2)]), warehouse)

    assert ids(warehouse) == [2]
    assert report.quarantined == 1


@pytest.mark.parametrize(
    "value", [10**30, 1.5, True, "1e3", [], float("inf"), "9" * 5000], ids=lambda value: str(value)[:9]
)
def test_poisoned_numbers_go_to_quarantine(value: object) -> None:
    warehouse = FakeWarehouse()

    run(source_of(lambda state: [m.record("items", {"id": value}, NOW), item(2)]), warehouse)

    assert ids(warehouse) == [2]


def test_a_catalogue_is_what_the_source_declares() -> None:
    source = source_of(lambda state: [])

    assert discover(source, {}) == catalog(source.streams)


def source_of(script: Script) -> ScriptedSource:
    return ScriptedSource(script, [ITEMS, NOTES])


def item(number: int, name: object = "a") -> Json:
    return m.record("items", {"id": number, "name": name}, NOW)


def run(source: ScriptedSource, warehouse: FakeWarehouse, streams: Sequence[str] | None = None) -> SyncReport:
    return sync(
        source, config={}, warehouse=warehouse, clock=lambda: NOW, progress=QuietProgress(), streams=streams,
        sleep=lambda seconds: None,
    )  # fmt: skip


def ids(warehouse: FakeWarehouse) -> list[int]:
    rows = warehouse.query("select id from raw.demo_source__items order by id").to_pylist()
    return [int(row["id"]) for row in rows]


def _cursor(state: Sequence[Json]) -> int:
    for body in state:
        stream = body["stream"]
        assert isinstance(stream, dict)
        return int(stream["stream_state"]["n"])
    return 0


def _sync(source: ScriptedSource, warehouse: FakeWarehouse, waits: list[float], limits: Limits | None = None) -> int:
    report = sync(
        source,
        config={},
        warehouse=warehouse,
        clock=lambda: NOW,
        progress=QuietProgress(),
        limits=limits,
        sleep=waits.append,
    )
    return report.attempts
