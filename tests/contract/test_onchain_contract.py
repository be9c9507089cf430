"""The manifests about protocols, attestations and accounts pass the suites of all connectors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.testing.upstream import Upstream

if "observer.testing.connector_suite" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite")
if "observer.testing.connector_suite_http" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite_http")
from tests.contract.test_connectors_contract import CONNECTORS, Played

from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def played(name: str, upstream: Upstream, tmp_path: Path) -> Played:
    upstream.play(CONNECTORS / name / "samples")
    return Played(name, upstream, tmp_path)


class TestDefillama(HttpConnectorSuite):
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
