"""Files of all formats become Parquet: types as declared, text as text, what does not fit refused by its row."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.connectors.sources.files.columnar import Converted, Origin, columns_of, convert
from observer.connectors.sources.files.options import FileOptions, format_of, parse_options
from observer.connectors.sources.files.unpack import unpacked
from observer.errors import ConfigError, SourceError


def read(path: Path, options: FileOptions) -> tuple[list[dict[str, Any]], Converted]:
    target = path.parent / "out.parquet"
    done = convert(path, target, options, columns_of(path, options), Origin("c:s", path.name))
    rows = pq.read_table(target).to_pylist()
    assert len(rows) == done.rows
    return rows, done


def without_place(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]


def test_csv_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,name,value\n007,"a\n""b""",=HYPERLINK("x")\n1e5,,+1\n2024-01-01,"",@SUM(A1)\n')

    rows, done = read(path, FileOptions("s", "csv", quote='"'))

    assert without_place(rows) == [
        {"id": "007", "name": 'a\n"b"', "value": '=HYPERLINK("x")'},
        {"id": "1e5", "name": None, "value": "+1"},
        {"id": "2024-01-01", "name": "", "value": "@SUM(A1)"},
    ]
    assert [row["_row"] for row in rows] == [1, 2, 3]
    assert rows[0]["_record_ref"] == "a.csv#L1"
    assert done.refused == ()


def test_rows_of_csv_that_do_not_fit_are_refused_and_the_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n1,a\n2\n3,b,c\n4,\xff\n5,e\n")

    rows, done = read(path, FileOptions("s", "csv"))

    assert [row["id"] for row in rows] == ["1", "5"]
    assert [(item.row, item.reason[:8]) for item in done.refused] == [(3, "Expected"), (4, "Expected"), (5, "Invalid ")]


def test_declared_columns_have_their_types_and_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,day,amount,extra\n1,2024-02-01,1.5,x\n2,no day,2,y\n,2024-02-02,3,z\n")
    options = FileOptions("s", "csv", ("id",), {"id": "integer", "day": "date", "amount": "double", "gone": "text"})

    rows, done = read(path, options)

    assert without_place(rows) == [{"id": 1, "day": date(2024, 2, 1), "amount": 1.5, "gone": None}]
    assert rows[0]["_record_ref"] == "c:s/1"
    assert [(item.row, item.reason) for item in done.refused] == [
        (2, "field day: not date"),
        (3, "no value for the key (id)"),
    ]
    assert (done.unknown, done.missing) == (("extra",), ("gone",))


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("id;name\n1;ä\n".encode("latin-1"), FileOptions("s", "csv", delimiter=";", encoding="latin-1")),
        ("id\tname\n1\tä\n".encode("utf-16"), FileOptions("s", "csv", delimiter="\t", encoding="utf-16")),
        ("\ufeffid,name\r\n1,ä\r\n".encode(), FileOptions("s", "csv")),
        ("1|ä\n".encode(), FileOptions("s", "csv", (), {"id": "text", "name": "text"}, "|", has_header=False)),
    ],
    ids=["latin-1", "utf-16 tabs", "byte order mark", "no header"],
)
def test_dialects_of_csv(tmp_path: Path, content: bytes, options: FileOptions) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    rows, _ = read(path, options)

    assert without_place(rows) == [{"id": "1", "name": "ä"}]


def test_names_that_are_there_twice_or_empty_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,A,,a\n1,2,3,4\n")

    rows, _ = read(path, FileOptions("s", "csv"))

    assert without_place(rows) == [{"a": "1", "A_2": "2", "column_3": "3", "a_3": "4"}]


@pytest.mark.parametrize("as_lines", [True, False], ids=["lines", "document"])
def test_json_keeps_large_numbers_and_structures_as_text(tmp_path: Path, as_lines: bool) -> None:
    records = ['{"id": 1, "big": 115792089237316195423570985008687907853269984665640564039457584007913129639935}',
               '{"id": 2, "tags": ["a", {"b": 1}], "on": true, "none": null, "q\\"uote": "x"}']  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text("\n".join(records) if as_lines else f'{{"data": {{"items": [{",".join(records)}]}}}}')
    options = FileOptions("s", "jsonl" if as_lines else "json", records=() if as_lines else ("data", "items"))

    rows, _ = read(path, options)

    first, second = without_place(rows)
    assert first["big"] == str(2**256 - 1)
    assert (second["tags"], second["on"], second["none"], second['q"uote']) == ('["a",{"b":1}]', "true", None, "x")


def test_lines_that_are_no_object_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n\n[1]\n{"id": 2\nnull\n{"id": 3}\n')

    rows, done = read(path, FileOptions("s", "jsonl"))

    assert [row["id"] for row in rows] == ["1", "3"]
    assert [item.row for item in done.refused] == [3, 4, 5]


@pytest.mark.parametrize("text", ['{"items": [{"a": 1}', '"text"', '{"other": 1}'])
def test_a_document_without_records_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)

    with pytest.raises(SourceError):
        read(path, FileOptions("s", "json", records=("items",)))


def test_an_empty_list_has_no_rows_where_columns_are_declared(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[]")

    rows, done = read(path, FileOptions("s", "json", ("id",), {"id": "integer"}))

    assert (rows, done.refused) == ([], ())


def test_parquet_keeps_its_types_and_no_digit_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "id": pa.array([1], pa.int32()),
            "wide": pa.array([2**64 - 1], pa.uint64()),
            "exact": pa.array([Decimal("12345678901234567890.123456789")], pa.decimal128(38, 9)),
            "at": pa.array([datetime(2024, 1, 1, 12)], pa.timestamp("ms", "Europe/Berlin")),
            "day": pa.array([date(2024, 1, 1)]),
            "list": pa.array([[{"a": 1}]]),
            "raw": pa.array([b"\x00\xff"]),
        }
    )
    pq.write_table(table, path)

    rows, _ = read(path, FileOptions("s", "parquet", ("id",)))

    assert without_place(rows) == [
        {
            "id": 1,
            "wide": "18446744073709551615",
            "exact": "12345678901234567890.123456789",
            "at": datetime(2024, 1, 1, 12),
            "day": date(2024, 1, 1),
            "list": '[{"a":1}]',
            "raw": "00ff",
        }
    ]


def test_a_damaged_parquet_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing more")

    with pytest.raises(SourceError, match=r"a\.parquet"):
        columns_of(path, FileOptions("s", "parquet"))


def test_packed_files_are_verified_and_bounded(tmp_path: Path) -> None:
    good = gzip.compress(b"one") + gzip.compress(b"two")
    (tmp_path / "good.gz").write_bytes(good)
    (tmp_path / "cut.gz").write_bytes(good[:-6])
    (tmp_path / "flipped.gz").write_bytes(good[:-5] + b"\xff" + good[-4:])
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"\x00" * 5_000_000))
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("../b.csv", "y")
    target = tmp_path / "plain"

    assert unpacked(tmp_path / "good.gz", "good.gz", target, 10).read_bytes() == b"onetwo"
    assert unpacked(tmp_path / "two.zip", "two.zip", target, 10, member="../b.csv").read_bytes() == b"y"
    for name in ("cut.gz", "flipped.gz", "bomb.gz", "two.zip"):
        with pytest.raises(SourceError, match=name):
            unpacked(tmp_path / name, name, target, 1_000_000)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a/b.CSV.gz", "csv"), ("x.tsv", "csv"), ("x.ndjson", "jsonl"), ("x.parquet", "parquet"), ("x", ""), ("x.gz", "")],
)
def test_the_format_is_told_by_the_end_of_the_name(name: str, kind: str) -> None:
    assert format_of(name) == kind


@pytest.mark.parametrize(
    "entry",
    [
        {"format": "csv", "header": False},
        {"columns": {"a": "text"}, "primary_key": ["b"], "format": "csv"},
        {"columns": {"_load_id": "text"}, "format": "csv"},
        {},
    ],
)
def test_options_that_cannot_work_are_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        parse_options(entry, "s", "file", "[connectors.x]")


def test_a_large_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        for number in range(200_000):
            file.write(json.dumps({"id": number, "text": "x" * 50}) + "\n")

    done = convert(
        path,
        tmp_path / "out.parquet",
        FileOptions("s", "jsonl", ("id",), {"id": "integer", "text": "text"}),
        {"id": pa.int64(), "text": pa.string()},
        Origin("c:s", "a"),
    )

    assert done.rows == 200_000
