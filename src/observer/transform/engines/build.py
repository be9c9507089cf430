"""Builds the models on another engine: raw tables are loaded, then dbt runs there with the same project."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from observer.transform.engines.port import Engine
from observer.transform.engines.tables import raw_tables
from observer.transform.profile import write_output
from observer.transform.request import BuildRequest, BuildResult
from observer.transform.runner import environment, run_build

if TYPE_CHECKING:
    from observer.ports import Progress, Warehouse


def build_on(
    engine: Engine, request: BuildRequest, warehouse: Warehouse, *, progress: Progress | None = None
) -> BuildResult:
    """Loads the warehouse's raw tables into an engine and builds and checks the models there.

    Raises BuildError if a table is refused or a model or check fails. Tables are replaced one by one: unlike in the
    warehouse, what was built before an error stays.
    """
    request = replace(request, work_dir=request.work_dir / engine.name)
    started = time.perf_counter()
    for table in raw_tables(warehouse, request.work_dir / "exchange"):
        if table.rows:
            engine.load(table.name, table.file)
        else:
            engine.drop(table.name)
        if progress:
            progress.advance(f"loading {table.name}", done=table.rows, total=table.rows)
    profiles = write_output(request, engine.name, engine.profile())
    with environment(request), adapters_released():
        result = run_build(request, profiles, progress)
    return replace(result, seconds=time.perf_counter() - started)


@contextmanager
def adapters_released() -> Iterator[None]:
    """Lets dbt forget the engine afterwards, so that the next build in this process may have another."""
    from dbt.adapters.factory import reset_adapters

    reset: Any = reset_adapters
    reset()
    try:
        yield
    finally:
        reset()
