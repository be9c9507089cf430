"""A release that would break its contract is refused with the rows that break it, and readers keep the last one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from marked_releases import marked_rows, schemas

from observer.errors import BuildError
from observer.model.published import PUBLISHED, Table, published_table
from observer.postgres import PostgresUrls
from observer.publishing.checks import check_contract, contract_checks
from observer.publishing.engine import identifier, open_engine
from observer.publishing.parquet import export, fingerprint
from observer.query import ReadModel
from observer.testing.releases import RowTables, publish_rows
from observer.testing.sample import Rows, sample_rows


def _changed(table: str, index: int, **values: object) -> Rows:
    rows = dict(sample_rows())
    changed = [dict(row) for row in rows[table]]
    changed[index] |= values
    rows[table] = changed
    return rows


def _refused(rows: Rows, tmp_path: Path) -> str:
    with open_engine(tmp_path / "spill") as engine:
        for table in PUBLISHED:
            export(engine, RowTables(rows), table, tmp_path / f"{table.name}.parquet")
        with pytest.raises(BuildError) as caught:
            check_contract(engine, PUBLISHED)
    return str(caught.value)


def test_the_sample_keeps_the_contract(tmp_path: Path) -> None:
    with open_engine(tmp_path / "spill") as engine:
        for table in PUBLISHED:
            export(engine, RowTables(sample_rows()), table, tmp_path / f"{table.name}.parquet")
        check_contract(engine, PUBLISHED)


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        ("events", {"event_id": sample_rows()["events"][1]["event_id"]}, "events: (event_id) is not unique"),
        ("events", {"to_artifact_id": "nowhere"}, "'to_artifact_id' is not in artifacts: to_artifact_id='nowhere'"),
        ("events", {"record_ref": None}, "events: a required column is empty"),
        ("key_metrics", {"grain": "decade"}, "'grain' has a value that is not declared: grain='decade'"),
        ("key_metrics", {"state": "unknown", "amount": 3.0}, "key_metrics: amount and state disagree"),
        ("key_metrics", {"state": "zero", "amount": 0.0, "coverage_ratio": 0.9}, "amount and state disagree"),
        ("key_metrics", {"coverage_ratio": 1.5}, "coverage_ratio is not within 0 and 1"),
        ("key_metrics", {"entity_id": "nobody"}, "key_metrics: the entity does not exist"),
        ("timeseries_metrics", {"metric_id": "none"}, "'metric_id' is not in metrics: metric_id='none'"),
    ],
)
def test_a_broken_rule_is_named_with_its_rows(
    tmp_path: Path, table: str, values: dict[str, object], expected: str
) -> None:
    assert expected in _refused(_changed(table, 0, **values), tmp_path)


def test_overlapping_runs_of_coverage_are_refused(tmp_path: Path) -> None:
    first = sample_rows()["coverage"][0]
    rows = dict(sample_rows())
    rows["coverage"] = [*rows["coverage"], dict(first) | {"start_date": first["end_date"]}]
    assert "runs of days overlap" in _refused(rows, tmp_path)


def test_all_broken_rules_are_told_together_with_a_few_rows_of_each(tmp_path: Path) -> None:
    rows = dict(_changed("projects", 0, display_name=None))
    rows["metrics"] = []
    rows["users"] = [dict(row) | {"user_class": "robot"} for row in rows["users"]]
    message = _refused(rows, tmp_path)
    assert "metrics: must have at least 1 row: row_count=0" in message
    assert "users: 'user_class' has a value that is not declared: user_class='robot'" in message
    assert " more" in message


def test_a_refused_release_leaves_nothing_behind_and_readers_keep_the_last_one(
    database: PostgresUrls, tmp_path: Path
) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1)
    with pytest.raises(BuildError, match="nothing is published"):
        publish_rows(database.owner, tmp_path, _changed("events", 0, from_artifact_id="stranger"), snapshot_id=2)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
    assert set(schemas(database)) == {"release_1"}
    with ReadModel(database.reader, tmp_path) as read_model:
        assert read_model.current_release().number == 1


def test_a_character_that_postgresql_cannot_hold_is_shown_as_a_symbol(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, _changed("projects", 0, description="a\x00b"))
    with ReadModel(database.reader, tmp_path) as read_model, read_model.pinned() as reader:
        assert reader.project("lattice").description == "a␀b"


class _Arrow:
    """A source of one Arrow table."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def write(self, table: Table, path: Path) -> int:
        pq.write_table(self.table, path)
        return int(self.table.num_rows)


def _link(**columns: Sequence[object]) -> pa.Table:
    table = published_table("projects_by_collection")
    values = {column.name: columns.get(column.name, ["x"]) for column in table.columns}
    return pa.table(values | {name: value for name, value in columns.items() if name not in values})


def test_missing_extra_and_mistyped_columns_are_all_named(tmp_path: Path) -> None:
    arrow = _link(project_id=[3], surprise=["x"]).drop_columns(["collection_name"])
    with open_engine(tmp_path / "spill") as engine, pytest.raises(BuildError) as caught:
        export(engine, _Arrow(arrow), published_table("projects_by_collection"), tmp_path / "t.parquet")
    assert "marts.projects_by_collection: columns depart from the contract" in str(caught.value)
    assert "'collection_name' is missing; 'project_id' is BIGINT, declared VARCHAR; 'surprise' is not declared" in str(
        caught.value
    )


def test_columns_in_another_order_and_wider_numbers_are_brought_to_the_declaration(tmp_path: Path) -> None:
    table = published_table("coverage")
    rows = RowTables({"coverage": sample_rows()["coverage"]})
    rows.write(table, tmp_path / "source.parquet")
    arrow = pq.read_table(tmp_path / "source.parquet")
    place = arrow.column_names.index("seen_count")
    wide = arrow.set_column(place, "seen_count", arrow["seen_count"].cast("int32"))
    shuffled = wide.select(list(reversed(wide.column_names)))
    with open_engine(tmp_path / "spill") as engine:
        export(engine, _Arrow(shuffled), table, tmp_path / "coverage.parquet")
        described = engine.execute("describe coverage").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [(c.name, c.type.value) for c in table.columns]


def test_the_fingerprint_follows_the_rows_and_not_their_order(tmp_path: Path) -> None:
    table = published_table("coverage")
    rows = list(sample_rows()["coverage"])
    marks = []
    for number, variant in enumerate((rows, rows[::-1], rows[1:])):
        with open_engine(tmp_path / "spill") as engine:
            export(engine, RowTables({"coverage": variant}), table, tmp_path / f"{number}.parquet")
            marks += [fingerprint(engine, [table], "1"), fingerprint(engine, [table], "2")]
    assert marks[0] == marks[2]
    assert len(set(marks)) == 4


def test_every_declared_rule_is_checked_of_every_table() -> None:
    checks = list(contract_checks(PUBLISHED))
    for table in PUBLISHED:
        assert any(check.table == table.name for check in checks)
        if table.key:
            assert any("is not unique" in check.what for check in checks if check.table == table.name)
    assert all(identifier(check.table) in check.sql or check.table in check.sql for check in checks)
