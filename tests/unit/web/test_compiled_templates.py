"""Templates are compiled once in a process, and anew where their source differs."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment

from observer.web.compiled import CompiledTemplates, compile_all


def test_a_second_environment_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sources, shared = DictLoader({"a.html": "{{ x }}!", "b.html": "b"}), CompiledTemplates()
    compile_all(Environment(loader=sources, autoescape=True, bytecode_cache=shared)).join()
    monkeypatch.setattr(Environment, "compile", None)
    second = Environment(loader=sources, autoescape=True, bytecode_cache=shared)
    assert second.get_template("a.html").render(x="<") == "&lt;!"
    assert second.get_template("b.html").render() == "b"


def test_a_changed_source_is_compiled_anew() -> None:
    shared, found = CompiledTemplates(), []
    for source in ("old", "new"):
        environment = Environment(loader=DictLoader({"a.html": source}), autoescape=True, bytecode_cache=shared)
        found.append(environment.get_template("a.html").render())
    assert found == ["old", "new"]
