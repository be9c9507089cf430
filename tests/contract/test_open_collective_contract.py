"""Ledgers of collectives keep what every connector keeps, from exported files and from the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.connectors.sources.open_collective.source import OpenCollectiveSource
from observer.errors import SourceError
from observer.testing.connector_suite import NOW, ConnectorCase, ConnectorSuite
from observer.testing.connector_suite_http import FaultCase, HttpFaultSuite
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.warehouse import FakeWarehouse

SAMPLES = Path(__file__).resolve().parents[2] / "connectors" / "open-collective" / "samples"
PATH = "/graphql/v2"


class TestOpenCollectiveByFile(ConnectorSuite):
    connector = "open-collective"

    @pytest.fixture
    def case(self, tmp_path: Path) -> ConnectorCase:
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        return ConnectorCase(
            OpenCollectiveSource(lambda: NOW),
            {"locations": [str(SAMPLES)]},
            [
                {},
                {"locations": [str(tmp_path / "nothing")]},
                {"locations": [str(tmp_path / "other.csv")]},
                {"locations": [str(SAMPLES)], "unknown": 1},
            ],
            {"collectives": 1, "transactions": len((SAMPLES / "example-tools.csv").read_text().splitlines()) - 1},
        )


class TestOpenCollectiveByApi(HttpFaultSuite):
    connector = "open-collective"

    @pytest.fixture
    def case(self) -> Iterator[FaultCase]:
        waits: list[float] = []
        with Upstream({PATH: _answer}) as upstream:
            config = {
                "slugs": ["engine", "Wheel"],
                "token": "personal-token",
                "endpoint": f"{upstream.url}{PATH}",
                "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
            }
            yield FaultCase(
                OpenCollectiveSource(lambda: NOW, sleep=waits.append, now=lambda: NOW, jitter=lambda: 0.0),
                config,
                [
                    {},
                    {**config, "slugs": ["nobody"]},
                    {**config, "endpoint": f"{upstream.url}/nothing"},
                    {**config, "transport": {}},
                ],
                {"collectives": 2, "transactions": 6},
                upstream,
                waits,
                path=PATH,
                stream="transactions",
                is_missing_fatal=True,
            )

    def test_half_a_document_loses_no_row(self, case: FaultCase) -> None:
        expected = case.expected
        case.upstream.fail(PATH, Reply(200, b'{"data": {"acc', {"Content-Type": "application/json"}))
        warehouse = FakeWarehouse()

        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected

    def test_the_token_follows_no_redirect(self, case: FaultCase) -> None:
        with Upstream() as foreign:
            case.upstream.fail(PATH, *[Reply(307, b"", {"Location": f"{foreign.url}{PATH}"})] * 9)

            with pytest.raises(SourceError, match="307"):
                case.sync(FakeWarehouse())

            assert foreign.asked == []


def _answer(asked: Asked) -> Reply:
    body = json.loads(asked.body)
    slug = body["variables"]["slug"]
    if "account(" in body["query"]:
        account = {"slug": slug, "name": slug.title(), "type": "COLLECTIVE", "currency": "USD", "stats": {}}
        return Reply.json({"data": {"account": None if slug == "nobody" else account}})
    variables = body["variables"]
    nodes = [_node(slug, number) for number in range(3)]
    kept = [node for node in nodes if str(node["createdAt"]) >= (variables["from"] or "")]
    page = kept[variables["offset"] : variables["offset"] + 2]
    return Reply.json({"data": {"transactions": {"totalCount": len(kept), "nodes": page}}})


def _node(slug: str, number: int) -> dict[str, object]:
    amounts = {"amount": 1000, "netAmount": 900, "taxAmount": 0}
    fees = {"paymentProcessorFee": -60, "hostFee": -40, "platformFee": 0}
    return {
        "id": f"{slug}-{number}",
        "group": f"g{number}",
        "type": "CREDIT",
        "kind": "CONTRIBUTION",
        "createdAt": f"2024-01-0{number + 1}T10:00:00.000Z",
        "isRefund": False,
        "isRefunded": False,
        "account": {"slug": slug},
        "oppositeAccount": {"slug": "ada-example", "name": "Ada Example", "type": "INDIVIDUAL"},
        **{name: {"valueInCents": cents, "currency": "USD"} for name, cents in {**amounts, **fees}.items()},
    }
