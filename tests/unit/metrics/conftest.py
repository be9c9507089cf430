"""The metric models of this checkout, compiled once for all tests of the folder."""

from __future__ import annotations

import pytest
from tests.unit.metrics.metric_models import ROOT, MetricModels, compile_models

from observer.metrics import Catalogue, load_metrics


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_metrics(ROOT / "metrics")


@pytest.fixture(scope="session")
def metric_models(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> MetricModels:
    return compile_models(tmp_path_factory.mktemp("dbt"), catalogue)
