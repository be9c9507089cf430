"""Random loads, growing schemas, files and maintenance: the lake and the fake always agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.model.load import Load, Quarantined, StreamLoad, StreamTable, WriteMode
from observer.testing.postgres import temporary_postgres
from observer.testing.warehouse import FakeWarehouse
from observer.testing.warehouse_suite import NOON
from observer.warehouse.lake import LakeWarehouse

FIELDS: list[tuple[str, pa.DataType]] = [
    ("id", pa.int32()),
    ("name", pa.string()),
    ("size", pa.int32()),
    ("text", pa.string()),
    ("share", pa.float64()),
    ("tags", pa.list_(pa.string())),
    ("seen_at", pa.timestamp("us")),
    ("is_new", pa.bool_()),
    ("people", pa.list_(pa.struct([("id", pa.int64()), ("login", pa.string())]))),
]
TEXTS = ("", "x", "it's", "é\u202e", "日本", "a\\b", "\x01", '"q"', "NULL", "a\nb")


class World:
    """Makes loads of three streams whose schemas grow."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.types = [dict(FIELDS) for _ in range(3)]
        self.width = [self.random.randrange(2, 5) for _ in range(3)]
        self.key = [self.random.choice([("id", "name"), ("id",), ()]) for _ in range(3)]
        self.mode = [self.random.choice(list(WriteMode)) for _ in range(3)]

    def loads(self, count: int) -> Iterator[Load]:
        for number in range(count):
            streams = [self.stream(index, number) for index in range(3) if self.random.random() < 0.7]
            state = {name: {"n": self.random.randrange(3)} for name in ("", "s0") if self.random.random() < 0.4}
            line = self.random.choice([None, 1, 2])
            refused = [Quarantined("s0", "file", line, "bad")] if self.random.random() < 0.5 else []
            yield Load(str(number), "c", NOON + timedelta(hours=number), streams, refused, state)

    def stream(self, index: int, number: int) -> StreamLoad:
        if self.random.random() < 0.4:
            self.width[index] = min(len(FIELDS), self.width[index] + 1)
        if self.random.random() < 0.1:
            self.types[index][self.random.choice(["id", "size"])] = pa.int64()
        schema = pa.schema([(name, self.types[index][name]) for name, _ in FIELDS[: self.width[index]]])
        batches, files = [], []
        for part in range(self.random.randrange(1, 3)):
            rows = [
                {field.name: self.value(field.type) for field in schema}
                for _ in range(self.random.choice([0, 1, 9, 11, 40]))
            ]
            batch = pa.RecordBatch.from_pylist(rows, schema=schema)
            if self.random.random() < 0.3:
                files.append(self.folder / f"{number}-{index}-{part}.parquet")
                pq.write_table(pa.Table.from_batches([batch]), files[-1])
            else:
                batches.append(batch)
        table = StreamTable("c", f"s{index}", schema, self.key[index], self.mode[index])
        return StreamLoad(table, batches, files)

    def value(self, kind: pa.DataType) -> object:
        if self.random.random() < 0.15:
            return None
        if pa.types.is_list(kind):
            return [self.value(kind.value_type) for _ in range(self.random.randrange(3))]
        if pa.types.is_struct(kind):
            return {field.name: self.value(field.type) for field in kind}
        if pa.types.is_string(kind):
            return self.random.choice(TEXTS)
        if pa.types.is_timestamp(kind):
            return datetime(2020, 1, 1) + timedelta(microseconds=self.random.randrange(10**14))
        if pa.types.is_boolean(kind):
            return self.random.random() < 0.5
        return self.random.randrange(12) if pa.types.is_integer(kind) else self.random.choice([0.0, -2.25, 1e300])


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as urls:
        yield urls.owner


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 4])
def test_the_lake_agrees_with_the_fake(postgres_url: str, tmp_path: Path, seed: int) -> None:
    world = World(seed, tmp_path)
    fake = FakeWarehouse()
    with LakeWarehouse(postgres_url, tmp_path / "data", threads=2, schema=f"lake_{seed}") as lake:
        for number, load in enumerate(world.loads(8)):
            assert lake.load(load) == fake.load(load)
            assert lake.state("c") == fake.state("c")
            if number % 3 == 2:
                lake.maintain(keep_days=0)
            for stream in load.streams:
                ours, theirs = contents(lake, fake, stream.table.table)
                assert ours == theirs


def contents(lake: LakeWarehouse, fake: FakeWarehouse, table: str) -> tuple[list[str], list[str]]:
    """All rows of a table in both, in the columns of the fake."""
    columns = ", ".join(f'"{name}"' for name in fake.query(f"select * from raw.{table} limit 0").schema.names)
    sql = f"select {columns} from raw.{table}"
    return sorted(map(str, lake.query(sql).to_pylist())), sorted(map(str, fake.query(sql).to_pylist()))
