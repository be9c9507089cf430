"""What a sync brings into the warehouse, seen from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.connectors import messages as m
from observer.connectors.host import Limits, SyncReport, parse_state, protocol_state, sync
from observer.connectors.streams import Stream
from observer.errors import SourceError
from observer.model.load import Load, LoadReport, WriteMode
from observer.ports import Json, Progress, Source
from observer.testing.source import QuietProgress, Script, ScriptedSource
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ITEMS = Stream("items", pa.schema([("id", pa.int64()), ("name", pa.string())]), ("id",), WriteMode.UPSERT)
NOTES = Stream("notes", pa.schema([("id", pa.int64())]), ("id",), WriteMode.APPEND_NEW)
ALL = Stream("all-of-it", pa.schema([("id", pa.int64())]), ("id",), WriteMode.OVERWRITE)


def source_of(script: Script, streams: Sequence[Stream] = (ITEMS, NOTES)) -> ScriptedSource:
    return ScriptedSource(script, streams)


class RecordingWarehouse(FakeWarehouse):
    """Remembers the loads that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[Load] = []

    def load(self, load: Load) -> LoadReport:
        self.loads.append(load)
        return super().load(load)


def item(number: int, name: object = "a", **more: object) -> Json:
    return m.record("items", {"id": number, "name": name, **more}, NOW)


def run(
    source: Source,
    warehouse: FakeWarehouse,
    *,
    limits: Limits | None = None,
    streams: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> SyncReport:
    return sync(
        source,
        config={},
        warehouse=warehouse,
        clock=lambda: NOW,
        progress=progress or QuietProgress(),
        streams=streams,
        limits=limits,
        sleep=lambda seconds: None,
        monotonic=lambda: 0.0,
    )


def ids(warehouse: FakeWarehouse, table: str = "items") -> list[int]:
    rows = warehouse.query(f'select id from raw."demo_source__{table}" order by id')
    return [int(row["id"]) for row in rows.to_pylist()]


def test_records_and_state_arrive() -> None:
    warehouse = FakeWarehouse()

    report = run(source_of(lambda state: [item(1), item(2), m.stream_state("items", {"n": 2})]), warehouse)

    assert ids(warehouse) == [1, 2]
    assert warehouse.state("demo-source") == {"items": {"n": 2}}
    assert report.rows == 2


def test_a_sync_resumes_from_the_last_state() -> None:
    warehouse = FakeWarehouse()
    source = source_of(lambda state: [item(1), m.stream_state("items", {"n": 1}), m.global_state({"all": 1})])
    run(source, warehouse)

    run(source, warehouse)

    descriptor = {"stream_descriptor": {"name": "items"}, "stream_state": {"n": 1}}
    assert source.states[0] == []
    assert source.states[1] == [
        {"type": "GLOBAL", "global": {"shared_state": {"all": 1}, "stream_states": [descriptor]}}
    ]


@pytest.mark.parametrize(
    "state",
    [{}, {"items": {"n": 1}}, {"": {"a": 1}}, {"": {"a": 1}, "items": {"n": 1}, "notes": {}}],
    ids=["none", "stream", "global", "both"],
)
def test_a_state_survives_the_way_to_the_protocol_and_back(state: dict[str, Json]) -> None:
    back: dict[str, Json] = {}
    for body in protocol_state(state):
        back |= parse_state(body)

    assert back == state


def test_a_second_sync_with_nothing_new_changes_nothing() -> None:
    warehouse = FakeWarehouse()
    source = source_of(lambda state: [item(1), m.stream_state("items", {"n": 1})])
    run(source, warehouse)
    snapshot = warehouse.snapshot_id()

    report = run(source, warehouse)

    assert report.rows == 0
    assert warehouse.snapshot_id() == snapshot


def test_several_states_share_a_load_until_there_are_enough_rows() -> None:
    warehouse = RecordingWarehouse()
    script = [message for n in range(1, 8) for message in (item(n), m.stream_state("items", {"n": n}))]

    run(source_of(lambda state: script), warehouse, limits=Limits(rows=3))

    assert [dict(load.state) for load in warehouse.loads] == [{"items": {"n": n}} for n in (3, 6, 7)]
    assert len({load.load_id for load in warehouse.loads}) == 3


def test_a_state_is_committed_with_exactly_the_records_before_it() -> None:
    warehouse = RecordingWarehouse()

    def script(state: Sequence[Json]) -> Iterator[Json]:
        for n in range(1, 5):
            yield item(n)
            assert all(load.state["items"]["n"] == len(ids(warehouse)) for load in warehouse.loads[-1:])
            yield m.stream_state("items", {"n": n})

    run(source_of(script), warehouse, limits=Limits(rows=1))

    assert len(warehouse.loads) == 4


def test_a_slow_source_is_committed_by_time() -> None:
    warehouse = RecordingWarehouse()
    script = [message for n in range(1, 4) for message in (item(n), m.stream_state("items", {"n": n}))]
    moments = iter(range(0, 1000, 20))

    sync(
        source_of(lambda state: script),
        config={},
        warehouse=warehouse,
        clock=lambda: NOW,
        progress=QuietProgress(),
        limits=Limits(seconds=30),
        monotonic=lambda: float(next(moments)),
    )

    assert len(warehouse.loads) == 2


def test_records_after_the_last_state_are_kept() -> None:
    warehouse = FakeWarehouse()

    run(source_of(lambda state: [item(1), m.stream_state("items", {"n": 1}), item(2)]), warehouse)

    assert ids(warehouse) == [1, 2]
    assert warehouse.state("demo-source") == {"items": {"n": 1}}


def test_what_failed_reads_committed_stays() -> None:
    warehouse = FakeWarehouse()

    def script(state: Sequence[Json]) -> Iterator[Json]:
        yield from (item(1), m.stream_state("items", {"n": 1}))
        raise SourceError("the pen is dry")

    with pytest.raises(SourceError, match="demo-source: the pen is dry"):
        run(source_of(script), warehouse)

    assert ids(warehouse) == [1]
    assert warehouse.state("demo-source") == {"items": {"n": 1}}


def test_load_ids_are_the_same_for_the_same_sync() -> None:
    first, second = RecordingWarehouse(), RecordingWarehouse()
    source = source_of(lambda state: [item(1), m.stream_state("items", {"n": 1})])

    run(source, first)
    run(source, second)

    assert [load.load_id for load in first.loads] == [load.load_id for load in second.loads]


def test_only_the_named_streams_are_asked_for() -> None:
    source = source_of(lambda state: [item(1)])

    run(source, FakeWarehouse(), streams=["items"])

    names = [stream["stream"]["name"] for stream in source.catalogs[0]["streams"]]  # type: ignore[attr-defined]
    assert names == ["items"]


def test_a_sync_of_some_streams_keeps_no_state_of_all() -> None:
    warehouse = FakeWarehouse()
    script = [item(1), m.stream_state("items", {"n": 1}), m.global_state({"n": 1})]

    run(source_of(lambda state: script), warehouse, streams=["items"])

    assert warehouse.state("demo-source") == {"items": {"n": 1}}


def test_a_source_hears_only_of_streams_that_it_is_asked_for() -> None:
    warehouse = FakeWarehouse()
    script = [m.stream_state("items", {"n": 1}), m.stream_state("notes", {"n": 1})]
    source = source_of(lambda state: script if not state else [])
    run(source, warehouse)

    run(source, warehouse, streams=["items"])

    assert len(source.states[1]) == 1


def test_records_of_a_stream_without_declared_fields_are_kept_whole() -> None:
    stream = Stream("items", pa.schema([]), (), WriteMode.UPSERT)
    warehouse = FakeWarehouse()

    run(source_of(lambda state: [m.record("items", {"b": 1, "a": None}, NOW)], [stream]), warehouse)

    rows = warehouse.query("select _extra from raw.demo_source__items").to_pylist()
    assert rows == [{"_extra": '{"a": null, "b": 1}'}]


def test_values_are_brought_into_the_types_of_the_stream() -> None:
    stream = Stream(
        "items",
        pa.schema([("id", pa.int64()), ("seen_at", pa.timestamp("us")), ("tags", pa.list_(pa.string()))]),
        ("id",),
        WriteMode.UPSERT,
    )
    warehouse = FakeWarehouse()
    data = {"id": "7", "seen_at": "2026-01-01T00:30:00+02:00", "tags": ["a", None]}

    run(source_of(lambda state: [m.record("items", data, NOW)], [stream]), warehouse)

    row = warehouse.query("select id, seen_at, tags from raw.demo_source__items").to_pylist()
    assert row == [{"id": 7, "seen_at": datetime(2025, 12, 31, 22, 30), "tags": ["a", None]}]


def test_a_record_that_does_not_fit_is_quarantined_and_the_others_land() -> None:
    warehouse = FakeWarehouse()
    bad = m.record("items", {"id": "x", "_record_ref": "file#L3"}, NOW)

    report = run(source_of(lambda state: [item(1), bad, item(None), item(2)]), warehouse)  # type: ignore[arg-type]

    rows = warehouse.query("select file, reason from raw.quarantine order by file").to_pylist()
    assert ids(warehouse) == [1, 2]
    assert report.quarantined == 2
    assert [tuple(row.values()) for row in rows] == [
        ("", "no value for the key (id)"),
        ("file#L3", 'field id: "x" is not a whole number'),
    ]


def test_what_a_source_refuses_itself_is_quarantined() -> None:
    warehouse = FakeWarehouse()

    run(source_of(lambda state: [m.quarantine("items", "hour.gz", 7, "no type", "{}")]), warehouse)

    rows = warehouse.query("select stream, file, line, reason, excerpt from raw.quarantine").to_pylist()
    assert [tuple(row.values()) for row in rows] == [("items", "hour.gz", 7, "no type", "{}")]


def test_fields_without_a_column_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    report = run(source_of(lambda state: [item(1, colour="red"), item(2, size=1)]), FakeWarehouse())

    assert report.unknown_fields == {"items": ("colour", "size")}
    assert "fields without a column: colour, size" in caplog.text


def test_fields_without_a_column_go_to_the_extra_column_of_a_stream_that_has_one() -> None:
    stream = Stream("items", pa.schema([("id", pa.int64()), ("_extra", pa.string())]), ("id",), WriteMode.UPSERT)
    warehouse = FakeWarehouse()

    run(source_of(lambda state: [m.record("items", {"id": 1, "b": [1], "a": "é"}, NOW)], [stream]), warehouse)

    assert warehouse.query("select _extra from raw.demo_source__items").to_pylist() == [
        {"_extra": '{"a": "é", "b": [1]}'}
    ]


def test_files_by_reference_land_and_are_taken_away(tmp_path: Path) -> None:
    warehouse = FakeWarehouse()
    path = tmp_path / "rows.parquet"
    scratch = tmp_path / "scratch"

    def script(state: Sequence[Json]) -> Iterator[Json]:
        pq.write_table(pa.table({"id": [2, 3], "name": ["file", "file"]}), path)
        yield item(1)
        yield item(2, "before")
        yield m.file_record("items", path, {"file": "rows"}, NOW)
        yield item(3, "after")
        yield m.stream_state("items", {"n": 1})

    sync(
        source_of(script), config={}, warehouse=warehouse, clock=lambda: NOW, progress=QuietProgress(), scratch=scratch
    )

    rows = warehouse.query("select id, name from raw.demo_source__items order by id").to_pylist()
    assert [tuple(row.values()) for row in rows] == [(1, "a"), (2, "file"), (3, "after")]
    assert not path.exists()
    assert list(scratch.iterdir()) == []


def test_many_records_spill_to_files_and_keep_their_order() -> None:
    warehouse = RecordingWarehouse()
    text = "x" * 1000
    script = [item(n % 40_000, f"{n}{text}") for n in range(45_000)]

    run(source_of(lambda state: script), warehouse)

    rows = warehouse.query("select name[:5] as name from raw.demo_source__items where id = 7").to_pylist()
    assert warehouse.loads[0].streams[0].files
    assert rows == [{"name": "40007"}]
    assert len(ids(warehouse)) == 40_000


def test_a_stream_that_replaces_its_table_does_so_once_at_the_end() -> None:
    warehouse = RecordingWarehouse()

    def whole(*numbers: int) -> list[Json]:
        rows = [m.record("all-of-it", {"id": n}, NOW) for n in numbers]
        return [*rows, m.stream_state("all-of-it", {"n": len(numbers)}), item(1), m.stream_state("items", {"n": 1})]

    run(source_of(lambda state: whole(1, 2, 3), [ALL, ITEMS]), warehouse, limits=Limits(rows=1))
    run(source_of(lambda state: whole(3, 4), [ALL, ITEMS]), warehouse, limits=Limits(rows=1))

    assert ids(warehouse, "all_of_it") == [3, 4]
    assert [sorted(load.state) for load in warehouse.loads[:2]] == [["items"], ["all-of-it"]]


def test_a_read_that_breaks_off_replaces_nothing() -> None:
    warehouse = FakeWarehouse()
    run(source_of(lambda state: [m.record("all-of-it", {"id": n}, NOW) for n in (1, 2)], [ALL]), warehouse)

    def script(state: Sequence[Json]) -> Iterator[Json]:
        yield m.record("all-of-it", {"id": 3}, NOW)
        raise SourceError("broke off")

    with pytest.raises(SourceError):
        run(source_of(script, [ALL]), warehouse)

    assert ids(warehouse, "all_of_it") == [1, 2]


def test_a_read_without_a_word_about_a_table_leaves_it_as_it_is() -> None:
    warehouse = FakeWarehouse()
    run(source_of(lambda state: [m.record("all-of-it", {"id": 1}, NOW)], [ALL]), warehouse)

    run(source_of(lambda state: [m.log("INFO", "nothing new")], [ALL]), warehouse)

    assert ids(warehouse, "all_of_it") == [1]


def test_a_table_is_emptied_where_the_source_says_that_it_is_complete() -> None:
    warehouse = FakeWarehouse()
    run(source_of(lambda state: [m.record("all-of-it", {"id": 1}, NOW)], [ALL]), warehouse)
    body = {"stream_descriptor": {"name": "all-of-it"}, "status": "COMPLETE"}
    complete = {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": body}}

    run(source_of(lambda state: [complete], [ALL]), warehouse)

    assert ids(warehouse, "all_of_it") == []


def test_progress_knows_the_estimate(tmp_path: Path) -> None:
    progress = QuietProgress()
    script = [m.estimate("items", 2000), *(item(n) for n in range(1000))]

    run(source_of(lambda state: script), FakeWarehouse(), progress=progress)

    assert progress.shown == {"demo-source items": (1000, 2000)}
