"""What only the lake can show: several connections, files on disk, restarts."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.errors import WarehouseError
from observer.model.load import Dropped, StreamLoad, StreamTable, WriteMode
from observer.testing.postgres import temporary_postgres
from observer.testing.warehouse_suite import SCHEMA, a_load, a_stream, rows_of
from observer.warehouse.lake import LakeWarehouse

_numbers = itertools.count()

Open = Callable[..., LakeWarehouse]


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as urls:
        yield urls.owner


@pytest.fixture
def open_lake(postgres_url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the same lake again and again."""
    schema = f"lake_{next(_numbers)}"
    opened: list[LakeWarehouse] = []

    def build(wait_seconds: float = 0.2) -> LakeWarehouse:
        lake = LakeWarehouse(postgres_url, tmp_path / "data", threads=1, wait_seconds=wait_seconds, schema=schema)
        opened.append(lake)
        return lake

    yield build
    for lake in opened:
        lake.close()


def files(lake: LakeWarehouse) -> list[Path]:
    return list(lake.attachment().data_path.rglob("*.parquet"))


def many(count: int, name: str = "a") -> list[dict[str, object]]:
    return [{"id": number, "name": name} for number in range(count)]


def test_another_connection_sees_what_was_committed(open_lake: Open) -> None:
    first, second = open_lake(), open_lake()

    first.load(a_load(a_stream([{"id": 1, "name": "a"}]), state={"things": {"n": 1}}))

    assert rows_of(second) == [(1, "a")]
    assert second.state("a-source") == {"things": {"n": 1}}
    assert first.snapshot_id() == second.snapshot_id()


def test_data_outlive_the_connection_and_a_move_of_the_folder(
    open_lake: Open, postgres_url: str, tmp_path: Path
) -> None:
    lake = open_lake()
    lake.load(a_load(a_stream(many(100))))
    lake.close()
    (tmp_path / "data").rename(tmp_path / "moved")

    schema = lake.attachment().metadata_schema
    with LakeWarehouse(postgres_url, tmp_path / "moved", threads=1, schema=schema) as moved:
        assert len(rows_of(moved)) == 100


def test_a_second_writer_is_told_who_writes(open_lake: Open) -> None:
    first, second = open_lake(), open_lake()

    with first.writer(), pytest.raises(WarehouseError, match=r"another run is writing .* process \d+ on .* since 20"):
        second.load(a_load(a_stream([{"id": 1, "name": "a"}])))

    assert second.load(a_load(a_stream([{"id": 1, "name": "a"}]))).written == {"a_source__things": 1}


def test_a_second_writer_waits_its_time(open_lake: Open) -> None:
    first, second = open_lake(), open_lake(wait_seconds=20)
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with first.writer():
            is_held.set()
            may_go.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(20)
    threading.Timer(0.3, may_go.set).start()
    report = second.load(a_load(a_stream([{"id": 1, "name": "a"}])))
    thread.join()

    assert report.written == {"a_source__things": 1}


def test_every_writer_has_a_higher_number(open_lake: Open) -> None:
    first, second = open_lake(), open_lake()

    with first.writer() as one, first.writer() as same:
        assert one == same
    with second.writer() as two:
        assert two > one


def test_a_writer_that_lost_its_lock_cannot_commit(open_lake: Open, postgres_url: str) -> None:
    first, second = open_lake(), open_lake()

    with first.writer():
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'observer writer'"
            )
        second.load(a_load(a_stream([{"id": 1, "name": "new writer"}])))
        with pytest.raises(WarehouseError, match="no longer the writer"):
            first.load(a_load(a_stream([{"id": 1, "name": "old writer"}]), load_id="2"))

    assert rows_of(first) == [(1, "new writer")]


def test_threads_of_a_process_take_turns(open_lake: Open) -> None:
    lake = open_lake()
    loads = [a_load(a_stream([{"id": number, "name": "a"}]), load_id=str(number)) for number in range(8)]
    threads = [threading.Thread(target=lake.load, args=(load,)) for load in loads]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [row[0] for row in rows_of(lake)] == list(range(8))


def test_maintenance_leaves_the_rows_and_few_files(open_lake: Open) -> None:
    lake = open_lake()
    for number in range(6):
        rows = [{"id": 20 * number + row, "name": str(number)} for row in range(40)]
        lake.load(a_load(a_stream(rows), load_id=str(number), state={"things": {"n": number}}))
    before = rows_of(lake)
    count = len(files(lake))

    lake.maintain(keep_days=0)

    assert rows_of(lake) == before
    assert len(files(lake)) < count
    assert lake.state("a-source") == {"things": {"n": 5}}


def test_disk_use_stays_bounded_however_often_a_table_is_replaced(open_lake: Open) -> None:
    lake = open_lake()

    def size() -> int:
        return sum(path.stat().st_size for path in files(lake))

    sizes = []
    for number in range(5):
        rows = many(2000, f"name {number}")
        lake.load(a_load(a_stream(rows, mode=WriteMode.OVERWRITE), load_id=str(number)))
        lake.maintain(keep_days=0)
        sizes.append(size())

    assert max(sizes) < 1.5 * min(sizes)


def test_files_that_a_killed_process_left_are_removed(open_lake: Open) -> None:
    lake = open_lake()
    lake.load(a_load(a_stream(many(100))))
    left = lake.attachment().data_path / "raw" / "a_source__things" / "ducklake-left-over.parquet"
    pq.write_table(pa.table({"id": [1]}), left)

    lake.maintain(keep_days=7)

    assert not left.exists()
    assert len(rows_of(lake)) == 100


def test_old_snapshots_stay_readable_for_their_time(open_lake: Open) -> None:
    lake = open_lake()
    lake.load(a_load(a_stream(many(100, "old"))))
    snapshot = lake.snapshot_id()
    lake.load(a_load(a_stream(many(100, "new")), load_id="2"))

    lake.maintain(keep_days=7)

    old = lake.query(f"select distinct name from raw.a_source__things at (version => {snapshot})")
    assert old.to_pylist() == [{"name": "old"}]


def test_a_large_file_lands_by_reference_within_the_memory_limit(postgres_url: str, tmp_path: Path) -> None:
    path = tmp_path / "large.parquet"
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    duckdb.execute(
        f"copy (select range as id, repeat(md5(range::varchar), 8) as text from range(400000)) to '{path}' "
        "(row_group_size 50000)"
    )
    table = StreamTable("a-source", "things", schema, ("id",), WriteMode.APPEND_NEW)

    with LakeWarehouse(postgres_url, tmp_path, memory_limit="96MB", threads=1, schema=f"lake_{next(_numbers)}") as lake:
        first = lake.load(a_load(StreamLoad(table, files=[path])))
        again = lake.load(a_load(StreamLoad(table, files=[path]), load_id="2"))

    assert first.written == {"a_source__things": 400_000}
    assert (again.written, again.duplicates) == ({"a_source__things": 0}, {"a_source__things": 400_000})


def test_equal_tables_export_to_equal_files(open_lake: Open, tmp_path: Path) -> None:
    lake = open_lake()
    lake.load(a_load(a_stream(many(50))))
    lake.export("raw.a_source__things", tmp_path / "one.parquet")
    lake.load(a_load(a_stream(many(50)[::-1], mode=WriteMode.UPSERT), load_id="2"))

    lake.export("raw.a_source__things", tmp_path / "deep" / "two.parquet", key=["id"])

    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "deep" / "two.parquet").read_bytes()
    assert pq.ParquetFile(tmp_path / "one.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_an_export_of_what_is_not_there_leaves_no_file(open_lake: Open, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError):
        open_lake().export("marts.nothing", tmp_path / "out" / "nothing.parquet")

    assert list((tmp_path / "out").iterdir()) == []


def test_any_connection_can_attach_the_lake_by_its_facts(open_lake: Open) -> None:
    lake = open_lake()
    lake.load(a_load(a_stream([{"id": 1, "name": "a"}])))

    with duckdb.connect() as other:
        lake.attachment().attach(other, read_only=True)
        rows = other.execute("select id, name from raw.a_source__things").fetchall()

    assert rows == [(1, "a")]


def test_the_connection_is_lent_with_the_lake_as_its_default(open_lake: Open) -> None:
    lake = open_lake()

    with lake.writer(), lake.connection() as connection:
        connection.execute("create table marts.numbers as select range as number from range(3)")

    assert lake.query("select count(*) as n from marts.numbers").to_pylist() == [{"n": 3}]


def test_a_first_load_replaces_what_stood_in_for_its_table(open_lake: Open) -> None:
    lake = open_lake()
    with lake.writer(), lake.connection() as connection:
        connection.execute("create view raw.a_source__things as select cast(null as varchar) as name where false")

    lake.load(a_load(dropped=[Dropped("things", "name", ("a",))]))
    lake.load(a_load(a_stream([{"id": 1, "name": "a"}])))

    assert rows_of(lake) == [(1, "a")]


def test_values_that_cannot_be_cast_name_the_table(open_lake: Open, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": ["not a number"], "name": ["a"]}), path)
    table = StreamTable("a-source", "things", SCHEMA, ("id",), WriteMode.UPSERT)

    with pytest.raises(WarehouseError, match=r"raw\.a_source__things: .*not a number"):
        open_lake().load(a_load(StreamLoad(table, files=[path])))


def test_a_lake_without_a_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="PostgreSQL does not answer"):
        LakeWarehouse("postgresql://me:s3cret@127.0.0.1:1/x", tmp_path)
