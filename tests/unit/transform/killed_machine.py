"""A lake over four models, whose loads and builds may be cut off anywhere; as a program it does one and is killed."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from tests.unit.transform.world import ROOT

from observer.model.crash import VARIABLE
from observer.model.load import Load, StreamLoad, StreamTable, WriteMode
from observer.transform import BuildRequest, BuildResult, build
from observer.warehouse.lake import LakeWarehouse

Row = dict[str, object]

AS_OF = date(2024, 6, 30)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SCHEMA = pa.schema([("id", pa.int64()), ("day", pa.date32()), ("place", pa.string()), ("amount", pa.float64())])
NAMES = pa.table({"place": ["here", "there"], "title": ["Here", "There"]})
MODELS = {
    "staging/stg_events.sql": "select * from {{ source('raw', 'world__events') }} where amount is not null",
    "intermediate/int_days.sql": """
        select day, place, sum(amount) as amount, count(*) as event_count
        from {{ ref('stg_events') }} where day <= {{ as_of() }} group by day, place""",
    "intermediate/int_places.sql": """
        select place, min(day) as first_day, sum(amount) as amount from {{ ref('int_days') }} group by place""",
    "marts/places.sql": """
        select * from {{ ref('int_places') }} inner join {{ source('raw', 'world__names') }} using (place)""",
}
SOURCES = """
sources:
  - name: raw
    schema: raw
    tables:
      - name: world__events
        columns:
          - {name: id, data_type: bigint}
          - {name: day, data_type: date}
          - {name: place, data_type: varchar}
          - {name: amount, data_type: double}
      - name: world__names
        columns:
          - {name: place, data_type: varchar}
          - {name: title, data_type: varchar}
models:
  - name: places
    columns: [{name: place, data_tests: [not_null, unique]}]
"""
TABLES = ("staging.stg_events", "intermediate.int_days", "intermediate.int_places", "marts.places")


def write_project(folder: Path) -> Path:
    """The four models with the macros, materializations and settings of the shipped project."""
    shutil.copytree(ROOT / "transform" / "macros", folder / "macros")
    shutil.copy2(ROOT / "transform" / "dbt_project.yml", folder)
    for path, sql in MODELS.items():
        (folder / "models" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "models" / path).write_text(sql)
    (folder / "models" / "sources.yml").write_text(SOURCES)
    return folder


@dataclass(frozen=True)
class Machine:
    """One lake. Where dbt works is shared, so that it reads the project once."""

    url: str
    folder: Path
    project: Path

    def load(self, rows: Sequence[Row], number: int) -> None:
        batch = pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)
        events = StreamTable("world", "events", SCHEMA, ("id",), WriteMode.UPSERT)
        names = StreamTable("world", "names", NAMES.schema, ("place",), WriteMode.OVERWRITE)
        streams = [StreamLoad(events, [batch]), StreamLoad(names, NAMES.to_batches())]
        with self.lake() as lake:
            lake.load(Load(f"load {number}", "world", NOW + timedelta(minutes=number), streams))

    def build(self, *, is_full: bool = False) -> BuildResult:
        with self.lake() as lake:
            attachment = lake.attachment()
        return build(
            BuildRequest(
                project_dir=self.project,
                work_dir=self.project.with_name("work"),
                attach_path=attachment.path,
                attach_options=attachment.options,
                as_of=AS_OF,
                is_full=is_full,
            )
        )

    def lake(self) -> LakeWarehouse:
        return LakeWarehouse(self.url, self.folder, threads=1, schema=self.folder.name)

    def tables(self) -> dict[str, list[str]]:
        """The rows of every table, without the marks of the load that brought them."""
        query = "select columns(c -> not starts_with(c, '_')) from {}"
        with self.lake() as lake:
            return {name: sorted(map(str, lake.query(query.format(name)).to_pylist())) for name in TABLES}


def killed_at(point: str, machine: object, act: str, *arguments: object) -> bool:
    """Has another process call a method, and kills it at a point of observer.model.crash; whether it came there."""
    with tempfile.NamedTemporaryFile() as asked:
        asked.write(pickle.dumps((machine, act, arguments)))
        asked.flush()
        command = [sys.executable, "-m", "tests.unit.transform.killed_machine", asked.name]
        # A machine may be declared in a test, which is found where pytest put its folder.
        environment = {**os.environ, VARIABLE: point, "PYTHONPATH": os.pathsep.join(sys.path)}
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    assert code in (0, -signal.SIGKILL), "it failed by itself"
    return code != 0


if __name__ == "__main__":
    machine, act, arguments = pickle.loads(Path(sys.argv[1]).read_bytes())
    getattr(machine, act)(*arguments)
