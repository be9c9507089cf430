"""Ledgers of collectives, exported and by API: parts add up, people stay hashes, reading goes on where it ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.unit.funding.conftest import landed

from observer.connectors import host
from observer.connectors.sources.open_collective.rows import graphql_row, ledger_row
from observer.connectors.sources.open_collective.source import OpenCollectiveSource
from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.testing.warehouse import FakeWarehouse

SAMPLES = Path(__file__).parents[3] / "connectors" / "open-collective" / "samples"
LEDGER: Mapping[str, object] = {
    "datetime": "2024-05-01T05:06:56",
    "shortId": "308f29b6",
    "shortGroup": "4c041a39",
    "description": "Monthly contribution from Ada Example",
    "type": "CREDIT",
    "kind": "CONTRIBUTION",
    "isRefund": "",
    "isRefunded": "REFUNDED",
    "amount": "100",
    "paymentProcessorFee": "-3.2",
    "netAmount": "86.8",
    "balance": "86.8",
    "currency": "USD",
    "accountSlug": "Engine",
    "accountName": "Engine",
    "oppositeAccountSlug": "ada-example",
    "oppositeAccountName": "Ada Example",
    "taxAmount": "0",
}


LOCAL = {"private_hosts": ["127.0.0.1"]}


def source() -> OpenCollectiveSource:
    return OpenCollectiveSource(sleep=lambda _: None)


def money(cents: int, currency: str = "USD") -> dict[str, object]:
    return {"valueInCents": cents, "currency": currency}


def node(number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"t{number:04}",
        "group": "g1",
        "type": "CREDIT",
        "kind": "CONTRIBUTION",
        "createdAt": f"2024-01-{number % 28 + 1:02}T10:00:00.000Z",
        "isRefund": False,
        "isRefunded": False,
        "account": {"slug": "engine"},
        "oppositeAccount": {"slug": "ada-example", "name": "Ada Example", "type": "INDIVIDUAL"},
        "amount": money(1000),
        "netAmount": money(840),
        "taxAmount": money(0),
        "paymentProcessorFee": money(-60),
        "hostFee": money(-100),
        "platformFee": money(0),
        **more,
    }


class Upstream:
    """A server that answers as the API does; `failures` are sent first."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, object]] = []
        self.failures: list[tuple[int, str]] = []
        self.asked: list[Mapping[str, object]] = []

    def answer(self, query: str, variables: Mapping[str, object]) -> tuple[int, str]:
        self.asked.append(variables)
        if self.failures:
            return self.failures.pop(0)
        if "account(" in query:
            account = {
                "slug": "engine",
                "name": "Engine",
                "type": "COLLECTIVE",
                "currency": "USD",
                "stats": {"balance": money(123456)},
                "host": {"slug": "opensource"},
            }
            return 200, json.dumps({"data": {"account": account if variables["slug"] == "engine" else None}})
        since = str(variables["from"] or "")
        found = [each for each in self.nodes if str(each["createdAt"]) >= since]
        offset, limit = int(str(variables["offset"])), int(str(variables["limit"]))
        page = {"totalCount": len(found), "nodes": found[offset : offset + limit]}
        return 200, json.dumps({"data": {"transactions": page}})


@pytest.fixture
def upstream() -> Iterator[tuple[Upstream, str]]:
    told = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = told.answer(body["query"], body["variables"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told, f"http://127.0.0.1:{server.server_port}/graphql/v2"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_fee_of_the_host_is_what_an_old_row_does_not_say() -> None:
    row = ledger_row(LEDGER)

    assert (row["amount"], row["payment_processor_fee"], row["host_fee"], row["net_amount"]) == (
        "100",
        "-3.2",
        "-10",
        "86.8",
    )
    assert (row["is_refund"], row["is_refunded"], row["account_slug"]) == (False, True, "engine")


def test_people_are_hashes_and_hosts_have_names() -> None:
    person = ledger_row(LEDGER)
    fee = {**LEDGER, "kind": "HOST_FEE", "oppositeAccountSlug": "opensource", "oppositeAccountName": "OSC"}

    known = ledger_row(fee)

    assert "ada" not in json.dumps(person).lower()
    assert len(str(person["opposite_account_id"])) == 64
    assert (known["opposite_account_slug"], known["opposite_account_name"]) == ("opensource", "OSC")
    assert "ada" not in json.dumps(graphql_row(node(1))).lower()
    assert person["opposite_account_id"] == graphql_row(node(1))["opposite_account_id"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "GIFT"}, "neither CREDIT nor DEBIT"),
        ({"type": "DEBIT"}, "a DEBIT of 10"),
        ({"netAmount": money(900)}, "10 with fees of -0.6, -1, 0 is not 9"),
        ({"hostFee": money(-100, "EUR")}, "amounts in USD and in EUR"),
        ({"createdAt": None}, "without its time"),
        ({"account": None}, "without its account"),
    ],
)
def test_a_transaction_that_does_not_add_up_is_refused(change: Mapping[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        graphql_row(node(1, **change))


def test_the_samples_reconcile() -> None:
    rows = landed(OpenCollectiveSource(), {"locations": [str(SAMPLES)]})

    assert rows["_quarantine"] == []
    assert sum(Decimal(str(row["net_amount"])) for row in rows["transactions"]) == Decimal("15.5")
    assert {row["slug"] for row in rows["collectives"]} == {"example-tools"}
    assert len(rows["transactions"]) <= 20


def test_all_pages_are_read_and_the_next_sync_begins_before_the_last_transaction(
    upstream: tuple[Upstream, str], sync: Callable[..., host.SyncReport]
) -> None:
    told, endpoint = upstream
    told.nodes = sorted((node(number) for number in range(1100)), key=lambda each: str(each["createdAt"]))
    warehouse = FakeWarehouse()
    config = {"slugs": ["Engine"], "endpoint": endpoint, "transport": LOCAL, "overlap_days": 3}

    first = sync(OpenCollectiveSource(), config, warehouse)
    told.nodes.append(node(2000, createdAt="2024-01-29T00:00:00.000Z"))
    second = sync(OpenCollectiveSource(), config, warehouse)

    assert first.written == {"open_collective__collectives": 1, "open_collective__transactions": 1100}
    assert second.written.get("open_collective__transactions") == 1
    assert [asked["offset"] for asked in told.asked if "offset" in asked] == [0, 500, 1000, 0]
    assert told.asked[-1]["from"] == "2024-01-25T10:00:00Z"
    (row,) = warehouse.query("select * from raw.open_collective__collectives").to_pylist()
    assert (row["balance"], row["host_slug"]) == ("1234.56", "opensource")


@pytest.mark.parametrize("failure", [(429, ""), (503, "busy"), (200, '{"data": {"acc')], ids=["429", "503", "cut off"])
def test_a_failure_that_may_pass_is_tried_again(
    failure: tuple[int, str], upstream: tuple[Upstream, str], sync: Callable[..., host.SyncReport]
) -> None:
    told, endpoint = upstream
    told.nodes, told.failures = [node(1)], [failure]

    report = sync(source(), {"slugs": ["engine"], "endpoint": endpoint, "transport": LOCAL}, FakeWarehouse())

    assert (report.attempts, report.rows) == (1, 2)
    assert len(told.asked) == 3


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ((400, '{"errors": [{"message": "Unknown field"}]}'), "Unknown field"),
        ((200, "{}"), "neither data nor errors"),
    ],
)
def test_a_failure_that_stays_ends_the_sync(
    failure: tuple[int, str], reason: str, upstream: tuple[Upstream, str]
) -> None:
    told, endpoint = upstream
    told.failures = [failure]

    with pytest.raises(SourceError, match=reason) as caught:
        landed(OpenCollectiveSource(), {"slugs": ["engine"], "endpoint": endpoint, "transport": LOCAL})
    assert not isinstance(caught.value, TransientSourceError)


@pytest.mark.parametrize("status", [401, 403])
def test_missing_rights_are_an_error_of_the_config(status: int, upstream: tuple[Upstream, str]) -> None:
    told, endpoint = upstream
    told.failures = [(status, "no")]

    with pytest.raises(ConfigError, match=f"refuses access .{status}"):
        landed(source(), {"slugs": ["engine"], "endpoint": endpoint, "transport": LOCAL})


def test_an_address_of_the_own_network_is_not_asked_unless_the_config_names_it(upstream: tuple[Upstream, str]) -> None:
    told, endpoint = upstream

    with pytest.raises(SourceError, match="private_hosts"):
        landed(source(), {"slugs": ["engine"], "endpoint": endpoint})

    assert told.asked == []


def test_an_unknown_collective_is_told_and_the_others_are_read(upstream: tuple[Upstream, str]) -> None:
    told, endpoint = upstream
    told.nodes = [node(1)]

    rows = landed(OpenCollectiveSource(), {"slugs": ["nobody", "engine"], "endpoint": endpoint, "transport": LOCAL})

    assert [(row["file"], row["reason"]) for row in rows["_quarantine"]] == [("nobody", "there is no such collective")]
    assert len(rows["transactions"]) == 1
    with pytest.raises(SourceError, match="no collective 'nobody'"):
        host.check(OpenCollectiveSource(), {"slugs": ["nobody"], "endpoint": endpoint, "transport": LOCAL})


def test_a_file_that_is_no_ledger_is_refused_once(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")

    rows = landed(OpenCollectiveSource(), {"locations": [str(tmp_path)]})

    assert [(row["file"], row["reason"]) for row in rows["_quarantine"]] == [
        ("x.csv", "the columns are not those of a ledger")
    ]
