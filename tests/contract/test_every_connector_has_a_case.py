"""No connector without the suite: each folder of connectors has a case, and one with faults where it speaks HTTP."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.registry import Registry
from observer.testing.connector_suite import ConnectorSuite
from observer.testing.connector_suite_http import HttpFaultSuite

HERE = Path(__file__).resolve().parent
CONNECTORS = HERE.parents[1] / "connectors"
NAMES = sorted(path.name for path in CONNECTORS.iterdir() if path.is_dir())


def _suites(name: str) -> list[type[ConnectorSuite]]:
    """The classes of the contract tests that are collected for a connector."""
    found = []
    for path in sorted(HERE.glob("test_*_contract.py")):
        module = importlib.import_module(f"tests.contract.{path.stem}")
        for noun, value in vars(module).items():
            is_suite = noun.startswith("Test") and isinstance(value, type) and issubclass(value, ConnectorSuite)
            if is_suite and getattr(value, "connector", None) == name:
                found.append(value)
    return found


def _options(name: str) -> dict[str, Any]:
    registry = Registry(manifests=CONNECTORS)
    if name not in registry.kinds():
        # Those that the composition root makes read a directory, by path or by git.
        return {}
    schema: Any = registry.source(name).spec()["connectionSpecification"]
    options: dict[str, Any] = schema["properties"]
    return options


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_has_a_case_of_the_suite(name: str) -> None:
    assert _suites(name), f"give {name} a ConnectorSuite in tests/contract with `connector = {name!r}`"


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_that_speaks_http_has_a_case_with_faults(name: str) -> None:
    if "transport" in _options(name):
        assert any(issubclass(suite, HttpFaultSuite) for suite in _suites(name)), f"give {name} an HttpFaultSuite"


def test_only_those_that_read_git_or_a_database_have_no_transport() -> None:
    assert {name for name in NAMES if "transport" not in _options(name)} == {"git", "oss-directory", "postgres"}
