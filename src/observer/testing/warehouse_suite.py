"""What every warehouse must do. A test class inherits from WarehouseSuite and gives a fixture `warehouse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.errors import WarehouseError
from observer.model.load import Dropped, Load, Quarantined, StreamLoad, StreamTable, WriteMode
from observer.ports import Warehouse

Rows = Sequence[Mapping[str, object]]

SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string())])
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def a_stream(
    rows: Rows, *, mode: WriteMode = WriteMode.UPSERT, schema: pa.Schema = SCHEMA, key: tuple[str, ...] = ("id",)
) -> StreamLoad:
    """Rows of the stream `things` of the connector `a-source`, which land in `raw.a_source__things`."""
    table = StreamTable("a-source", "things", schema, key, mode)
    return StreamLoad(table, batches=[pa.RecordBatch.from_pylist(list(rows), schema=schema)])


def a_load(
    *streams: StreamLoad,
    load_id: str = "1",
    state: Mapping[str, Mapping[str, object]] | None = None,
    quarantined: Sequence[Quarantined] = (),
    observed_at: datetime = NOON,
    dropped: Sequence[Dropped] = (),
) -> Load:
    """One load of the connector `a-source`."""
    return Load(load_id, "a-source", observed_at, streams, quarantined, state or {}, dropped)


def rows_of(warehouse: Warehouse, columns: str = "id, name") -> list[tuple[object, ...]]:
    """The stored rows of `things` in order."""
    table = warehouse.query(f"select {columns} from raw.a_source__things order by all")  # noqa: S608
    return [tuple(row.values()) for row in table.to_pylist()]


class WarehouseSuite:
    """The conformance suite of ports.Warehouse."""

    def test_rows_and_state_of_a_load_are_there_afterwards(self, warehouse: Warehouse) -> None:
        report = warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}]), state={"things": {"cursor": 1}}))

        assert report.written == {"a_source__things": 1}
        assert rows_of(warehouse) == [(1, "a")]
        assert warehouse.state("a-source") == {"things": {"cursor": 1}}

    def test_an_unknown_connector_has_no_state(self, warehouse: Warehouse) -> None:
        assert warehouse.state("nobody") == {}

    def test_states_of_streams_and_the_global_one_are_kept_apart(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(state={"": {"shared": True}, "things": {"cursor": 1}}))
        warehouse.load(a_load(load_id="2", state={"things": {"cursor": 2}}))

        assert warehouse.state("a-source") == {"": {"shared": True}, "things": {"cursor": 2}}

    @pytest.mark.parametrize("mode", list(WriteMode))
    def test_loading_twice_changes_nothing(self, warehouse: Warehouse, mode: WriteMode) -> None:
        bad = [Quarantined("things", "file.gz", 3, "not JSON", "{")]
        load = a_load(
            a_stream([{"id": 1, "name": "a"}, {"id": 2, "name": None}], mode=mode),
            state={"": {"n": 1}},
            quarantined=bad,
        )
        warehouse.load(load)
        before = _everything(warehouse)
        snapshot = warehouse.snapshot_id()

        report = warehouse.load(load)

        assert (report.written, report.duplicates) == ({"a_source__things": 0}, {"a_source__things": 2})
        assert report.quarantined == 0
        assert _everything(warehouse) == before
        assert warehouse.snapshot_id() == snapshot

    @pytest.mark.parametrize("mode", list(WriteMode))
    def test_the_same_rows_in_a_later_load_change_nothing(self, warehouse: Warehouse, mode: WriteMode) -> None:
        rows: list[Mapping[str, object]] = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
        warehouse.load(a_load(a_stream(rows, mode=mode)))
        before = _everything(warehouse)

        warehouse.load(a_load(a_stream(rows[::-1], mode=mode), load_id="2", observed_at=NOON.replace(day=2)))

        assert _everything(warehouse) == before

    def test_a_change_makes_a_new_snapshot(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}])))
        snapshot = warehouse.snapshot_id()

        warehouse.load(a_load(a_stream([{"id": 1, "name": "b"}]), load_id="2"))

        assert warehouse.snapshot_id() > snapshot

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            (WriteMode.APPEND_NEW, [(1, "old"), (2, "kept"), (3, "new")]),
            (WriteMode.UPSERT, [(1, "changed"), (2, "kept"), (3, "new")]),
            (WriteMode.OVERWRITE, [(1, "changed"), (3, "new")]),
        ],
    )
    def test_each_mode_meets_stored_rows_in_its_way(
        self, warehouse: Warehouse, mode: WriteMode, expected: list[tuple[object, ...]]
    ) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "old"}, {"id": 2, "name": "kept"}], mode=mode)))

        warehouse.load(a_load(a_stream([{"id": 1, "name": "changed"}, {"id": 3, "name": "new"}], mode=mode)))

        assert rows_of(warehouse) == expected

    @pytest.mark.parametrize(
        ("mode", "winner"),
        [(WriteMode.APPEND_NEW, "first"), (WriteMode.UPSERT, "last"), (WriteMode.OVERWRITE, "last")],
    )
    def test_of_two_rows_with_one_key_in_a_load_one_wins(
        self, warehouse: Warehouse, mode: WriteMode, winner: str
    ) -> None:
        rows = [{"id": 1, "name": "first"}, {"id": 2, "name": "b"}, {"id": 1, "name": "last"}]

        report = warehouse.load(a_load(a_stream(rows, mode=mode)))

        assert rows_of(warehouse) == [(1, winner), (2, "b")]
        assert (report.written, report.duplicates) == ({"a_source__things": 2}, {"a_source__things": 1})

    def test_dropped_rows_are_gone_before_the_new_ones_come(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "old"}, {"id": 2, "name": "it's"}, {"id": 3, "name": None}])))

        report = warehouse.load(
            a_load(
                a_stream([{"id": 4, "name": "old"}]),
                load_id="2",
                dropped=[Dropped("things", "name", ("old", "it's")), Dropped("nothing", "name", ("old",))],
            )
        )

        assert rows_of(warehouse) == [(3, None), (4, "old")]
        assert report.dropped == {"a_source__things": 2, "a_source__nothing": 0}

    def test_dropping_what_is_not_there_changes_nothing(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}])))
        before, snapshot = _everything(warehouse), warehouse.snapshot_id()

        report = warehouse.load(a_load(load_id="2", dropped=[Dropped("things", "name", ("b",))]))

        assert report.dropped == {"a_source__things": 0}
        assert (_everything(warehouse), warehouse.snapshot_id()) == (before, snapshot)

    def test_replacing_by_nothing_empties_the_table(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}], mode=WriteMode.OVERWRITE)))

        warehouse.load(a_load(a_stream([], mode=WriteMode.OVERWRITE), load_id="2"))

        assert rows_of(warehouse) == []

    def test_a_stream_without_rows_makes_an_empty_table(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([]), state={"things": {"n": 1}}))

        assert rows_of(warehouse) == []

    def test_missing_values_in_a_key_are_equal(self, warehouse: Warehouse) -> None:
        key = ("id", "name")
        rows: Rows = [{"id": 1, "name": None}, {"id": None, "name": "a"}]
        warehouse.load(a_load(a_stream(rows, key=key, mode=WriteMode.APPEND_NEW)))

        report = warehouse.load(a_load(a_stream(rows, key=key, mode=WriteMode.APPEND_NEW), load_id="2"))

        assert report.written == {"a_source__things": 0}

    def test_without_a_key_the_whole_row_is_the_key(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}, {"id": 1, "name": "a"}], key=())))

        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}, {"id": 1, "name": "b"}], key=()), load_id="2"))

        assert rows_of(warehouse) == [(1, "a"), (1, "b")]

    def test_files_by_reference_land_like_batches(self, warehouse: Warehouse, tmp_path: Path) -> None:
        path = tmp_path / "it's a file.parquet"
        pq.write_table(pa.table({"id": [1, 2, 1], "name": ["a", "b", "c"]}), path)
        table = StreamTable("a-source", "things", SCHEMA, ("id",), WriteMode.UPSERT)
        load = a_load(StreamLoad(table, files=[path]))

        report = warehouse.load(load)
        again = warehouse.load(load)

        assert rows_of(warehouse) == [(1, "c"), (2, "b")]
        assert (report.written["a_source__things"], again.written["a_source__things"]) == (2, 0)
        assert path.exists()

    def test_nested_values_come_back_as_they_went_in(self, warehouse: Warehouse) -> None:
        schema = pa.schema([("id", pa.int64()), ("people", pa.list_(pa.struct([("login", pa.string())])))])
        rows = [{"id": 1, "people": [{"login": "a"}, {"login": None}]}, {"id": 2, "people": []}]

        warehouse.load(a_load(a_stream(rows, schema=schema)))
        report = warehouse.load(a_load(a_stream(rows, schema=schema), load_id="2"))

        stored = warehouse.query("select id, people from raw.a_source__things order by id").to_pylist()
        assert stored == rows
        assert report.written == {"a_source__things": 0}

    def test_rows_say_when_and_by_which_load_they_came(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}]), load_id="first"))

        stamps = rows_of(warehouse, "_load_id, _observed_at, _record_ref")

        assert stamps == [("first", datetime(2026, 11, 1, 12), None)]

    def test_a_connector_may_supply_the_reference_itself(self, warehouse: Warehouse) -> None:
        schema = pa.schema([*SCHEMA, ("_record_ref", pa.string())])

        warehouse.load(a_load(a_stream([{"id": 1, "name": "a", "_record_ref": "f#L1"}], schema=schema)))

        assert rows_of(warehouse, "_record_ref") == [("f#L1",)]

    def test_a_new_column_is_added_and_empty_in_old_rows(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}])))
        wider = pa.schema([*SCHEMA, ("size", pa.float64())])

        warehouse.load(a_load(a_stream([{"id": 2, "name": "b", "size": 1.5}], schema=wider), load_id="2"))

        assert rows_of(warehouse, "id, size") == [(1, None), (2, 1.5)]

    def test_a_column_that_goes_away_is_empty_in_new_rows(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}])))

        warehouse.load(a_load(a_stream([{"id": 2}], schema=pa.schema([("id", pa.int64())])), load_id="2"))

        assert rows_of(warehouse) == [(1, "a"), (2, None)]

    def test_a_whole_number_may_become_larger(self, warehouse: Warehouse) -> None:
        small = pa.schema([("id", pa.int32()), ("name", pa.string())])
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}], schema=small)))

        warehouse.load(a_load(a_stream([{"id": 1 << 40, "name": "b"}]), load_id="2"))
        warehouse.load(a_load(a_stream([{"id": 2, "name": "c"}], schema=small), load_id="3"))

        assert rows_of(warehouse) == [(1, "a"), (2, "c"), (1 << 40, "b")]

    def test_a_change_of_type_is_refused_with_both_types(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}])))
        other = pa.schema([("id", pa.int64()), ("name", pa.float64())])

        with pytest.raises(WarehouseError, match=r"(?i)'name' is stored as (varchar|string).* sends double"):
            warehouse.load(a_load(a_stream([{"id": 2, "name": 1.0}], schema=other), load_id="2"))

    def test_a_load_that_fails_leaves_nothing_behind(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}]), state={"things": {"n": 1}}))
        before = _everything(warehouse)
        snapshot = warehouse.snapshot_id()
        other = StreamTable("a-source", "others", SCHEMA, ("id",), WriteMode.UPSERT)
        good = StreamLoad(other, batches=[pa.RecordBatch.from_pylist([{"id": 9, "name": "z"}], schema=SCHEMA)])
        bad = a_stream([{"id": 2, "name": 1.0}], schema=pa.schema([("id", pa.int64()), ("name", pa.float64())]))

        with pytest.raises(WarehouseError):
            warehouse.load(a_load(good, bad, load_id="2", state={"things": {"n": 2}}))

        assert _everything(warehouse) == before
        assert warehouse.snapshot_id() == snapshot
        with pytest.raises(WarehouseError):
            warehouse.query("select * from raw.a_source__others")

    def test_a_file_with_an_undeclared_column_is_refused(self, warehouse: Warehouse, tmp_path: Path) -> None:
        path = tmp_path / "rows.parquet"
        pq.write_table(pa.table({"id": [1], "colour": ["red"]}), path)
        table = StreamTable("a-source", "things", SCHEMA, ("id",), WriteMode.UPSERT)

        with pytest.raises(WarehouseError, match="'colour' is not declared"):
            warehouse.load(a_load(StreamLoad(table, files=[path])))

    def test_refused_input_is_kept_once_with_its_place(self, warehouse: Warehouse) -> None:
        bad = Quarantined("things", "hour.gz", 7, "no type", "{}")
        unplaced = Quarantined("things", "", None, "no key")

        report = warehouse.load(a_load(quarantined=[bad, unplaced, bad]))
        warehouse.load(a_load(quarantined=[unplaced, bad], load_id="2"))

        rows = warehouse.query("select load_id, connector, stream, file, line, reason from raw.quarantine order by all")
        assert report.quarantined == 2
        assert [tuple(row.values()) for row in rows.to_pylist()] == [
            ("1", "a-source", "things", "", None, "no key"),
            ("1", "a-source", "things", "hour.gz", 7, "no type"),
        ]

    def test_the_ledger_tells_what_each_load_did(self, warehouse: Warehouse) -> None:
        bad = [Quarantined("things", "f", 1, "bad")]
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}, {"id": 1, "name": "a"}]), quarantined=bad))

        rows = warehouse.query("select load_id, stream, written, duplicates, quarantined from raw.loads").to_pylist()

        assert [tuple(row.values()) for row in rows] == [("1", "things", 1, 1, 1)]

    def test_names_and_values_with_quotes_do_no_harm(self, warehouse: Warehouse) -> None:
        schema = pa.schema([("id", pa.int64()), ('a "quoted" name', pa.string())])
        value = "'; drop table raw.loads; --"

        warehouse.load(a_load(a_stream([{"id": 1, 'a "quoted" name': value}], schema=schema), load_id="it's"))

        assert rows_of(warehouse, '_load_id, "a ""quoted"" name"') == [("it's", value)]

    def test_queries_take_parameters(self, warehouse: Warehouse) -> None:
        warehouse.load(a_load(a_stream([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])))

        found = warehouse.query("select name from raw.a_source__things where id = ?", [2])

        assert found.to_pylist() == [{"name": "b"}]

    @pytest.mark.parametrize(
        "sql", ["create table raw.x (a int)", "select 1; select 2", "delete from raw.loads", "select nothing", "se"]
    )
    def test_only_one_select_is_answered(self, warehouse: Warehouse, sql: str) -> None:
        with pytest.raises(WarehouseError):
            warehouse.query(sql)

    def test_equal_tables_export_to_equal_rows_in_order(self, warehouse: Warehouse, tmp_path: Path) -> None:
        warehouse.load(a_load(a_stream([{"id": 2, "name": "b"}, {"id": 1, "name": "a"}])))

        count = warehouse.export("raw.a_source__things", tmp_path / "things.parquet")

        assert count == 2
        assert pq.read_table(tmp_path / "things.parquet").column("id").to_pylist() == [1, 2]


def _everything(warehouse: Warehouse) -> dict[str, list[Mapping[str, object]]]:
    tables = ("a_source__things", "quarantine", "loads", "connector_state")
    return {name: _sorted(warehouse.query(f"select * from raw.{name}").to_pylist()) for name in tables}  # noqa: S608


def _sorted(rows: list[Mapping[str, object]]) -> list[Mapping[str, object]]:
    return sorted(rows, key=str)
