"""The manifests about protocols, attestations and accounts pass the suites of all connectors."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.testing.upstream import Asked, Reply, Upstream

if "observer.testing.connector_suite" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite")
if "observer.testing.connector_suite_http" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite_http")
from tests.contract.test_connectors_contract import CONNECTORS, Played

from observer.errors import SourceError
from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite
from observer.testing.warehouse import FakeWarehouse


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def played(name: str, upstream: Upstream, tmp_path: Path) -> Played:
    upstream.play(CONNECTORS / name / "samples")
    return Played(name, upstream, tmp_path)


class TestDefillama(HttpConnectorSuite):
    connector = "defillama"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("defillama", upstream, tmp_path)
        config: dict[str, Any] = it.config(
            slugs=["example-swap", "example-vault"], summaries=["fees/dailyFees", "dexs/dailyVolume"]
        )
        return HttpCase(
            it.source,
            config,
            [
                {key: value for key, value in config.items() if key != "slugs"},
                {**config, "slugs": "example-swap"},
                {**config, "slugs": ["../../etc"]},
                {**config, "summaries": ["fees/unheardOf"]},
                {**config, "transport": {}},
            ],
            {"protocols": 2, "summaries": 2},
            upstream,
            it.waits,
            path="/summary/fees/example-swap?dataType=dailyFees",
            stream="summaries",
            with_new_field=lambda d: {**d, "brand_new": 1},
            without_key=lambda d: {key: value for key, value in d.items() if key != "totalDataChart"},
            emptied=lambda d: [],
            rearranged=lambda d: dict(reversed(d.items())),
        )


class TestFarcaster(HttpConnectorSuite):
    connector = "farcaster"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("farcaster", upstream, tmp_path)
        config: dict[str, Any] = it.config(usernames=["ada-example", "toolmakers"])
        return HttpCase(
            it.source,
            config,
            [
                {key: value for key, value in config.items() if key != "usernames"},
                {**config, "usernames": "ada-example"},
                {**config, "usernames": ["../x"]},
                {**config, "transport": {}},
            ],
            {"accounts": 2, "verifications": 2, "profiles": 1},
            upstream,
            it.waits,
            path="/v1/userNameProofByName?name=ada-example",
            stream="accounts",
            with_new_field=lambda d: {**d, "brand_new": 1},
            without_key=lambda d: {key: value for key, value in d.items() if key != "fid"},
            emptied=lambda d: [],
            rearranged=lambda d: dict(reversed(d.items())),
        )


class TestEas(HttpConnectorSuite):
    """An index answers by the query in the body, with pages and a filter by time."""

    connector = "eas"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = played("eas", upstream, tmp_path)
        upstream.answers["/graphql"] = _index(CONNECTORS / "eas" / "samples")
        config: dict[str, Any] = it.config(start_date="2024-12-20", end_date="2025-01-10", page_size=2)
        config["graphql_url"] = f"{upstream.url}/graphql"
        return HttpCase(
            it.source,
            config,
            [
                {**config, "schemas": ["0x1"]},
                {**config, "network": "op mainnet"},
                {**config, "page_size": 0},
                {**config, "transport": {}},
            ],
            {"attestations": 3, "schemas": 1},
            upstream,
            it.waits,
            path="/graphql",
            stream="attestations",
            with_new_field=lambda d: _attestations(d, lambda rows: [{**row, "brand_new": 1} for row in rows]),
            without_key=lambda d: _attestations(d, lambda rows: [_without_id(row) for row in rows]),
            emptied=lambda d: _attestations(d, lambda rows: []),
            rearranged=lambda d: _attestations(d, lambda rows: rows[::-1]),
            is_missing_fatal=True,
        )

    def test_the_second_sync_asks_conditionally(self, case: HttpCase) -> None:
        """A query has no validators: the second sync asks from a day before the last attestation on."""
        warehouse = FakeWarehouse()
        case.sync(warehouse)
        case.upstream.asked.clear()

        report = case.sync(warehouse)

        since = min(json.loads(asked.body)["variables"]["where"]["time"]["gte"] for asked in case.upstream.asked)
        assert since == 1735689600 + 3 * 3600 - 86400
        assert report.rows == 0

    def test_a_refused_query_ends_the_sync_with_the_reason(self, case: HttpCase) -> None:
        case.upstream.answers["/graphql"] = Reply.json({"errors": [{"message": "Field 'x' is not known"}]})

        with pytest.raises(SourceError, match="is not known"):
            case.sync(FakeWarehouse())


def _index(samples: Path) -> Any:
    document = json.loads((samples / "index.json").read_text())["data"]

    def answer(asked: Asked) -> Reply:
        body = json.loads(asked.body)
        variables, field = body["variables"], "schemata" if "schemata" in body["query"] else "attestations"
        rows = document[field]
        times = (variables.get("where") or {}).get("time", {})
        kept = [row for row in rows if times.get("gte", 0) <= row["time"] <= times.get("lte", 2**40)]
        return Reply.json({"data": {field: kept[variables["skip"] : variables["skip"] + variables["take"]]}})

    return answer


def _attestations(document: Any, change: Any) -> Any:
    data = copy.deepcopy(document)
    if "attestations" in data["data"]:
        data["data"]["attestations"] = change(data["data"]["attestations"])
    return data


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "id": None} if int(row["id"], 16) == 1 else row
