"""The shortest way to a page: the directory and the history of some repositories, then models and release."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from observer.connectors.host import Limits, sync
from observer.errors import SourceError
from observer.pipeline.plan import Plan, Step, StepResult
from observer.pipeline.steps import DIRECTORY, Parts, build_plan
from observer.ports import Json, Source

HISTORY = "history"


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What to collect before the first page.

    `config` gives the git connector's config for some repositories. `seconds` is how long another repository may be
    begun; those that are left, and those that fail, are for the run that follows.
    """

    git: Source
    config: Callable[[Sequence[Json]], Json]
    repositories: Sequence[Json]
    seconds: float = 20.0
    others: Sequence[str] = ()
    monotonic: Callable[[], float] = time.monotonic


def first_plan(parts: Parts, look: FirstLook) -> Plan:
    """Directory, history of the repositories in their order, syncs of the other connectors named, build, publish."""
    plan = build_plan(parts)
    keys = [f"sync:{DIRECTORY}", *(f"sync:{name}" for name in look.others), "build", "publish"]
    steps = [step for step in plan.only(keys).steps if step.key != "build"]
    build = next(step for step in plan.steps if step.key == "build")
    history = [Step(HISTORY, lambda: _history(parts, look), deps=(f"sync:{DIRECTORY}",))] if look.repositories else []
    before = tuple(step.key for step in (*steps, *history) if step.key not in ("build", "publish"))
    return Plan.of([*steps, *history, replace(build, deps=before, tolerates=frozenset(before) - {f"sync:{DIRECTORY}"})])


def _history(parts: Parts, look: FirstLook) -> StepResult:
    end = look.monotonic() + look.seconds
    done = rows = 0
    faults: list[SourceError] = []
    for repository in look.repositories:
        if done and look.monotonic() > end:
            break
        try:
            report = sync(
                look.git,
                config=look.config([repository]),
                warehouse=parts.warehouse,
                clock=parts.clock,
                progress=parts.progress,
                limits=Limits(attempts=1),
                scratch=parts.scratch,
            )
        except SourceError as error:
            faults.append(error)
        else:
            done, rows = done + 1, rows + report.rows
    if faults and not done:
        raise faults[0]
    left = len(look.repositories) - done
    later = f", {left} later" if left else ""
    return StepResult(rows > 0, f"{done} repositories, {rows:,} rows{later}", {"repositories": done, "rows": rows})
