"""Grants out of folders, archives and files: exact amounts, marked repeats, refusals with their line."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.connectors import host
from observer.connectors.registry import Registry
from observer.connectors.sources.oss_funding.amounts import decimal_text
from observer.connectors.sources.oss_funding.source import OssFundingSource
from observer.errors import ConfigError, SourceError
from observer.testing.warehouse import FakeWarehouse

HEADER = "to_project_name,amount,funding_date,from_funder_name,grant_pool_name,metadata\n"
METADATA = '"{""application_name"": ""Engine"", ""token_amount"": 0.1, ""token_unit"": ""OP""}"'
GRANT = f"engine,12.50,2024-01-02,fund,pool-1,{METADATA}\n"
PROFILE = (
    "version: 1\nname: Fund\ntype: DAO\ndisplay_name: The Fund\ngrant_pools:\n  - name: pool-1\n  - name: pool-1\n"
)
SAMPLES = Path(__file__).parents[3] / "connectors" / "oss-funding" / "samples"

Rows = list[Mapping[str, object]]


def folder(path: Path, files: Mapping[str, str]) -> str:
    for name, text in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return str(path)


def read(location: str, *more: str) -> tuple[dict[str, Rows], Rows]:
    """The rows by stream, and what was refused."""
    rows: dict[str, Rows] = {"grants": [], "funders": [], "grant_pools": []}
    refused: Rows = []
    for message in host.read(OssFundingSource(), {"locations": [location, *more]}):
        if message["type"] == "RECORD":
            body = message["record"]
            assert isinstance(body, dict)
            (refused if body["stream"] == "_quarantine" else rows[body["stream"]]).append(body["data"])
    return rows, refused


def test_a_grant_keeps_dollars_and_tokens_apart_and_exact(tmp_path: Path) -> None:
    rows, refused = read(folder(tmp_path, {"data/a.csv": HEADER + GRANT}))

    (grant,) = rows["grants"]
    assert refused == []
    assert (grant["amount"], grant["token_amount"], grant["token_unit"]) == ("12.5", "0.1", "OP")
    assert (grant["to_project_name"], grant["from_funder_name"], grant["grant_pool_name"]) == (
        "engine",
        "fund",
        "pool-1",
    )
    assert grant["funding_date"] == "2024-01-02"
    assert grant["_record_ref"] == "oss-funding:data/a.csv#L2"


def test_repeats_are_marked_and_stay(tmp_path: Path) -> None:
    other = GRANT.replace("Engine", "Other")

    rows, _ = read(folder(tmp_path, {"a.csv": HEADER + GRANT + GRANT, "b.csv": HEADER + other + GRANT}))

    assert [(row["file_path"], row["line"], row["duplicate_kind"], row["duplicate_of"]) for row in rows["grants"]] == [
        ("a.csv", 2, None, None),
        ("a.csv", 3, "exact", "a.csv#L2"),
        ("b.csv", 2, "possible", "a.csv#L2"),
        ("b.csv", 3, "exact", "a.csv#L2"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("engine,much,2024-01-02,fund,pool,\n", "'much' is not a number"),
        ("engine,nan,2024-01-02,fund,pool,\n", "'nan' is not a number"),
        ("engine,1,02.01.2024,fund,pool,\n", "Invalid isoformat string: '02.01.2024'"),
        ("engine,1,2024-01-02,,pool,\n", "a grant without a funder"),
        ("engine,1,2024-01-02,fund\n", "more or fewer fields than columns"),
        ("engine,1,2024-01-02,fund,pool,,,\n", "more or fewer fields than columns"),
    ],
)
def test_a_row_that_is_no_grant_is_refused_with_its_line_and_the_others_stay(
    tmp_path: Path, line: str, reason: str
) -> None:
    rows, refused = read(folder(tmp_path, {"a.csv": HEADER + GRANT + line + GRANT.replace("12.50", "13")}))

    assert [row["amount"] for row in rows["grants"]] == ["12.5", "13"]
    assert [(row["file"], row["line"], row["reason"]) for row in refused] == [("a.csv", 3, reason)]


def test_lines_are_counted_through_fields_of_several_lines(tmp_path: Path) -> None:
    long = GRANT.replace("Engine", "Eng\nine").replace("engine", "long")

    rows, _ = read(folder(tmp_path, {"a.csv": HEADER + long + GRANT}))

    assert [(row["line"], row["problem"]) for row in rows["grants"]] == [(2, "metadata is not JSON"), (4, None)]


def test_an_empty_amount_is_zero_and_says_so(tmp_path: Path) -> None:
    rows, _ = read(folder(tmp_path, {"a.csv": HEADER + ",,2024-01-02,fund,pool,\n"}))

    (grant,) = rows["grants"]
    assert (grant["to_project_name"], grant["amount"], grant["problem"]) == (None, "0", "amount is empty, taken for 0")


def test_a_file_of_other_columns_is_refused_once(tmp_path: Path) -> None:
    rows, refused = read(folder(tmp_path, {"a.csv": HEADER + GRANT, "b.csv": "slug,amount\nx,1\ny,2\n"}))

    assert len(rows["grants"]) == 1
    assert [(row["file"], row["line"]) for row in refused] == [("b.csv", 1)]


def test_a_build_of_the_other_files_is_left_out_and_alone_it_is_read(tmp_path: Path) -> None:
    build = HEADER.strip() + ",file_path\n" + GRANT.strip() + ",uploads/a.csv\n"
    both = folder(tmp_path / "both", {"uploads/a.csv": HEADER + GRANT, "funding_data.csv": build})
    alone = folder(tmp_path / "alone", {"funding_data.csv": build})

    assert [row["file_path"] for row in read(both)[0]["grants"]] == ["uploads/a.csv"]
    assert [row["file_path"] for row in read(alone)[0]["grants"]] == ["uploads/a.csv"]


def test_folder_archive_and_packed_file_give_the_same_grants(tmp_path: Path) -> None:
    whole = folder(tmp_path / "f", {"data/a.csv": HEADER + GRANT, "data/fund.yaml": PROFILE})
    packed = tmp_path / "f.tar.xz"
    with tarfile.open(packed, "w:xz") as archive:
        for name in ("data/a.csv", "data/fund.yaml"):
            archive.add(Path(whole) / name, name)
    zipped = tmp_path / "a.csv.gz"
    zipped.write_bytes(gzip.compress((HEADER + GRANT).encode()))

    assert read(str(packed)) == read(whole)
    assert read(str(zipped))[0]["grants"][0]["amount"] == "12.5"


def test_profiles_give_funders_and_pools_once(tmp_path: Path) -> None:
    rows, refused = read(folder(tmp_path, {"a.csv": HEADER, "fund.yaml": PROFILE, "bad.yaml": "- 1"}))

    assert [(row["funder_name"], row["funder_type"], row["display_name"]) for row in rows["funders"]] == [
        ("Fund", "DAO", "The Fund")
    ]
    assert [row["grant_pool_name"] for row in rows["grant_pools"]] == ["pool-1"]
    assert [(row["file"], row["reason"]) for row in refused] == [("bad.yaml", "the profile has no name")]


def test_unchanged_files_give_nothing_and_changed_ones_replace_the_table(tmp_path: Path, clock: object) -> None:
    warehouse = FakeWarehouse()
    location = folder(tmp_path, {"a.csv": HEADER + GRANT + GRANT})

    def sync() -> int:
        return host.sync(
            OssFundingSource(),
            config={"locations": [location]},
            warehouse=warehouse,
            clock=clock,  # type: ignore[arg-type]
            progress=Quiet(),
        ).rows

    first, again = sync(), sync()
    folder(tmp_path, {"a.csv": HEADER + GRANT})
    sync()

    assert (first, again) == (2, 0)
    assert warehouse.query("select count(*) from raw.oss_funding__grants").to_pylist() == [{"count_star()": 1}]


class Quiet:
    """Progress that nobody watches."""

    def advance(self, label: str, *, done: int, total: int | None = None) -> None: ...


def test_a_wrong_location_says_what_is_wrong(tmp_path: Path) -> None:
    damaged = tmp_path / "x.tar.gz"
    damaged.write_bytes(gzip.compress(b"x" * 2000)[:-20])
    source = Registry().source("oss-funding")

    with pytest.raises(SourceError, match="no such file or folder"):
        host.check(source, {"locations": [str(tmp_path / "none")]})
    with pytest.raises(SourceError, match="no CSV file"):
        host.check(source, {"locations": [folder(tmp_path / "e", {"x.yaml": PROFILE})]})
    with pytest.raises(SourceError, match="damaged"):
        host.check(source, {"locations": [str(damaged)]})
    with pytest.raises(ConfigError, match="missing locations"):
        host.check(source, {})


def test_an_archive_may_not_reach_out_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("../a.csv"), io.BytesIO())

    with pytest.raises(SourceError, match="unsafe path"):
        read(str(path))


def test_the_samples_are_read_without_refusals() -> None:
    rows, refused = read(str(SAMPLES))

    assert refused == []
    assert 0 < len(rows["grants"]) <= 20
    assert rows["funders"]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**60), max_value=10**60))
def test_amounts_lose_no_digit(number: Decimal) -> None:
    text = decimal_text(number)

    assert Decimal(text) == number
    assert "e" not in text.lower()


@pytest.mark.parametrize("value", [1.5, True, None, "1,5", "0x10", "", "Infinity", "1e999"])
def test_what_is_no_exact_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        decimal_text(value)
