"""The examples in the docstrings of all charts, run once, with the data and options that each was called with."""

from __future__ import annotations

import doctest
import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from observer import visualizations
from observer.visualizations.contract import _documented
from observer.visualizations.frame import _as_pandas


@dataclass(frozen=True)
class Example:
    """A chart with what its example calls it with; `columns` are the names of the columns by parameter."""

    name: str
    draw: Any
    data: pd.DataFrame
    options: dict[str, Any]
    figure: Any

    @property
    def columns(self) -> dict[str, list[str]]:
        described = _documented(inspect.getdoc(self.draw) or "").entries["Columns"]
        given = {role: self.options.get(role, self.draw.__kwdefaults__[role]) for role in described}
        return {role: [c] if isinstance(c, str) else list(c) for role, c in given.items() if c}

    def of_type(self, kind: str) -> list[str]:
        described = _documented(inspect.getdoc(self.draw) or "").entries["Columns"]
        return [column for role, names in self.columns.items() if described[role] == kind for column in names]

    def redraw(self, data: Any, **changes: Any) -> Any:
        return self.draw(data, **{**self.options, **changes})


@functools.cache
def example(name: str) -> Example:
    """Runs the example of a chart as it stands in the docstring."""
    module = visualizations.load(name)
    calls: list[tuple[Any, dict[str, Any]]] = []

    def recorded(data: Any, **options: Any) -> Any:
        calls.append((data, options))
        return module.draw(data, **options)

    test = doctest.DocTestParser().get_doctest(module.draw.__doc__, {}, name, None, 0)
    names: dict[str, Any] = {name: recorded}
    for part in test.examples:
        exec(compile(part.source, f"<example of {name}>", "exec"), names)
    data, options = calls[-1]
    return Example(name, module.draw, _as_pandas(data).reset_index(drop=True), options, names["figure"])


def texts(figure: Any) -> Iterator[str]:
    """The words around the plots: title, legend, remarks; for plotly everything."""
    if hasattr(figure, "savefig"):
        yield from (text.get_text() for text in figure.texts)
    else:
        yield figure.to_json()
