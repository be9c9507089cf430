"""Files of chain data: the same rows as from a node, whatever exporter wrote them."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.evm import exports

from observer.connectors.sources.evm.source import EvmSource
from observer.connectors.sources.evm.tables import streams_of
from observer.errors import SourceError
from observer.testing.connector_suite import NOW, run, tables
from observer.testing.upstream import Upstream
from observer.testing.upstream.chain import GeneratedChain
from observer.testing.warehouse import FakeWarehouse

STREAMS = ("blocks", "transactions", "receipts", "logs", "traces")
LAST = 20
Tables = Mapping[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def chain() -> GeneratedChain:
    return GeneratedChain(blocks=LAST)


@pytest.fixture(scope="module")
def from_node(chain: GeneratedChain, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    with Upstream({"/": chain.answer}) as upstream:
        network = {"network": "optimism", "rpc_url": f"{upstream.url}/", "finality_blocks": 0}
        config = config_of(tmp_path_factory.mktemp("node"), network)
        warehouse = FakeWarehouse()
        run(EvmSource(clock=lambda: NOW), {**config, "transport": {"private_hosts": ["127.0.0.1"]}}, warehouse)
    return without_reference(tables(warehouse, "evm", STREAMS))


def config_of(folder: Path, network: Mapping[str, object]) -> dict[str, Any]:
    return {"networks": [network], "staging_dir": str(folder / "staging")}


def without_reference(found: Tables) -> Tables:
    kept = {
        stream: [{name: value for name, value in row.items() if name != "_record_ref"} for row in rows]
        for stream, rows in found.items()
    }
    return {stream: sorted(rows, key=lambda row: str(sorted(row.items(), key=str))) for stream, rows in kept.items()}


def dropped(folder: Path, warehouse: FakeWarehouse | None = None) -> tuple[Tables, FakeWarehouse, Any]:
    warehouse = warehouse or FakeWarehouse()
    config = config_of(folder.parent, {"network": "optimism", "files": [str(folder)]})
    report = run(EvmSource(clock=lambda: NOW), config, warehouse)
    return without_reference(tables(warehouse, "evm", STREAMS)), warehouse, report


def write(folder: Path, name: str, rows: list[dict[str, Any]] | pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows), folder / f"{name}.parquet")


def test_parquet_files_give_the_rows_that_a_node_gives(
    chain: GeneratedChain, from_node: Tables, tmp_path: Path
) -> None:
    for name, rows in exports.etl(chain, LAST).items():
        write(tmp_path / "drop", name, rows)

    found, _, report = dropped(tmp_path / "drop")

    assert found == from_node
    assert report.quarantined == 0


def test_csv_files_give_the_same_rows(chain: GeneratedChain, from_node: Tables, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    for name, rows in exports.etl(chain, LAST).items():
        with (tmp_path / "drop" / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    found, _, report = dropped(tmp_path / "drop")

    assert found == from_node
    assert report.quarantined == 0


def test_bytes_decimals_and_hex_give_the_same_rows(chain: GeneratedChain, from_node: Tables, tmp_path: Path) -> None:
    rows = exports.etl(chain, LAST)
    write(tmp_path / "drop", "blocks", rows["blocks"])
    write(tmp_path / "drop", "transactions", exports.as_decimals(rows["transactions"]))
    write(tmp_path / "drop", "logs", [{**row, "topics": row["topics"].split(",")} for row in rows["logs"]])
    write(tmp_path / "drop", "traces", exports.cryo_traces(rows["traces"]))

    found, _, report = dropped(tmp_path / "drop")

    assert found == from_node
    assert report.quarantined == 0


def test_a_floating_point_amount_is_refused_and_said(chain: GeneratedChain, tmp_path: Path) -> None:
    rows = exports.etl(chain, LAST)["transactions"]
    write(tmp_path / "drop", "transactions", [{**row, "value": float(row["value"])} for row in rows])

    found, warehouse, _ = dropped(tmp_path / "drop")

    (refused,) = warehouse.query("select stream, file, reason from raw.quarantine").to_pylist()
    assert found["transactions"] == []
    assert refused == {
        "stream": "transactions",
        "file": "transactions.parquet",
        "reason": "value is a floating-point column: its digits are lost",
    }


def test_rows_that_cannot_be_read_are_refused_by_line_and_the_others_land(
    chain: GeneratedChain, from_node: Tables, tmp_path: Path
) -> None:
    rows = exports.etl(chain, LAST)["transactions"]
    rows[1] |= {"value": "1e18"}
    rows[3] |= {"hash": None}
    write(tmp_path / "drop", "transactions", rows)

    found, warehouse, _ = dropped(tmp_path / "drop")

    refused = warehouse.query("select stream, line, reason from raw.quarantine order by stream, line").to_pylist()
    assert len(found["transactions"]) == len(from_node["transactions"]) - 2
    assert [(row["line"], row["reason"]) for row in refused if row["stream"] == "transactions"] == [
        (2, "value cannot be read"),
        (4, "no value for transaction_hash"),
    ]


def test_a_file_that_has_changed_replaces_its_rows_and_one_that_has_not_is_not_read(
    chain: GeneratedChain, tmp_path: Path
) -> None:
    rows = exports.etl(chain, LAST)["blocks"]
    write(tmp_path / "drop", "blocks", rows)
    _, warehouse, _ = dropped(tmp_path / "drop")

    _, _, again = dropped(tmp_path / "drop", warehouse)
    rows[-1] |= {"hash": "0x" + "ab" * 32}
    write(tmp_path / "drop", "blocks", rows)
    os.utime(tmp_path / "drop" / "blocks.parquet", ns=(1, 1))
    found, _, _ = dropped(tmp_path / "drop", warehouse)

    assert again.loads == 0
    assert len(found["blocks"]) == LAST + 1
    assert {row["block_hash"] for row in found["blocks"] if row["block_number"] == LAST} == {"0x" + "ab" * 32}


def test_a_damaged_file_ends_the_sync_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "blocks.parquet").write_bytes(b"PAR1 and nothing else")

    with pytest.raises(SourceError, match=r"blocks\.parquet"):
        dropped(tmp_path / "drop")


def test_a_table_of_no_known_form_is_refused_once(tmp_path: Path) -> None:
    write(tmp_path / "drop", "prices", [{"token": "a", "price": 1}])

    _, warehouse, report = dropped(tmp_path / "drop")

    assert report.quarantined == 1
    assert "no known export" in warehouse.query("select reason from raw.quarantine").to_pylist()[0]["reason"]


@pytest.mark.parametrize(
    ("columns", "streams"),
    [
        ("number hash parent_hash timestamp", ("blocks",)),
        ("block_number block_hash timestamp author gas_used", ("blocks",)),
        ("hash nonce from_address transaction_index gas", ("transactions",)),
        ("transaction_hash nonce from_address transaction_index gas_used success", ("transactions", "receipts")),
        ("transaction_hash transaction_index cumulative_gas_used", ("receipts",)),
        ("log_index address topic0 data block_number", ("logs",)),
        ("action_type trace_address block_number", ("traces",)),
        ("token_address value", ()),
    ],
)
def test_tables_are_told_apart_by_their_columns(columns: str, streams: tuple[str, ...]) -> None:
    assert streams_of(columns.split()) == streams
