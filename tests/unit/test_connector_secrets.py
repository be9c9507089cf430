"""Secrets of connectors come from variables that the configuration names."""

from __future__ import annotations

import pytest

from observer.cli.secrets import has_references, resolved
from observer.errors import ConfigError

PROPERTIES = {"tokens": {"type": "array"}, "password": {"type": "string"}, "rpc_url": {}, "rpc_url_env": {}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"tokens_env": ["ONE", "MANY"]}, {"tokens": ["a", "b", "c"]}),
        ({"tokens_env": "MANY"}, {"tokens": ["b", "c"]}),
        ({"password_env": "ONE", "user": "u"}, {"password": "a", "user": "u"}),
        ({"rpc_url_env": "ONE"}, {"rpc_url_env": "ONE"}),
        ({"tokens_env": "ONE", "tokens": ["z"]}, {"tokens_env": "ONE", "tokens": ["z"]}),
        ({"other_env": "ONE"}, {"other_env": "ONE"}),
    ],
    ids=["a list", "several in one", "text", "the connector's own", "given already", "unknown"],
)
def test_a_reference_becomes_the_value(config: dict[str, object], expected: dict[str, object]) -> None:
    found = resolved("x", config, PROPERTIES, {"ONE": "a", "MANY": "b, c"})

    assert found == expected
    assert has_references(config)


@pytest.mark.parametrize("environment", [{}, {"ONE": "  "}])
def test_a_variable_that_is_not_set_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="ONE"):
        resolved("github", {"tokens_env": ["ONE"]}, PROPERTIES, environment)
