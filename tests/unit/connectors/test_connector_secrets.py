"""Secrets of connectors come from variables that the configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.connectors.references import resolved
from observer.errors import ConfigError
from observer.settings import read_secret

PROPERTIES = {"tokens": {"type": "array"}, "password": {"type": "string"}, "rpc_url": {}, "rpc_url_env": {}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"tokens_env": ["ONE", "MANY"]}, {"tokens": ["a", "b", "c"]}),
        ({"tokens_env": "MANY"}, {"tokens": ["b", "c"]}),
        ({"password_env": "ONE", "user": "u"}, {"password": "a", "user": "u"}),
        ({"rpc_url_env": "ONE"}, {"rpc_url_env": "ONE"}),
        ({"tokens_env": "ONE", "tokens": ["z"]}, {"tokens": ["z"]}),
        ({"other_env": "ONE"}, {"other_env": "ONE"}),
    ],
    ids=["a list", "several in one", "text", "the connector's own", "given already", "unknown"],
)
def test_a_reference_becomes_the_value(config: dict[str, object], expected: dict[str, object]) -> None:
    values = {"ONE": "a", "MANY": "b, c"}

    found = resolved(config, {"properties": PROPERTIES}, lambda reference: values[str(reference["env"])], "x")

    assert found == expected


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OBSERVER_TEST_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("OBSERVER_TEST_SECRET", value)

    with pytest.raises(ConfigError, match="OBSERVER_TEST_SECRET"):
        resolved(
            {"tokens_env": ["OBSERVER_TEST_SECRET"]},
            {"properties": PROPERTIES},
            lambda reference: read_secret(reference, Path()),
            "github",
        )
