"""The local runner: does the steps of a plan one after the other, in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from observer.errors import ObserverError
from observer.pipeline.plan import Plan, Step, StepResult

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a finished run. `error` is set for failed steps, and names the cause for skipped ones."""

    key: str
    outcome: Outcome
    seconds: float
    summary: str = ""
    error: str | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            "step": self.key,
            "outcome": self.outcome.value,
            "seconds": round(self.seconds, 3),
            "summary": self.summary,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class RunReport:
    """All steps of one execution of a plan."""

    steps: Sequence[StepReport]

    @property
    def is_ok(self) -> bool:
        return all(step.outcome in (Outcome.DONE, Outcome.UNCHANGED) for step in self.steps)

    @property
    def is_changed(self) -> bool:
        return any(step.outcome is Outcome.DONE for step in self.steps)


Watch = Callable[[str, StepReport | None], None]


def run_plan(plan: Plan, *, watch: Watch | None = None) -> RunReport:
    """Runs each step once. A failed step does not stop steps that do not need it.

    `watch` is called with (key, None) before a step and (key, report) after it. Errors that are not
    ObserverError are bugs and pass through.
    """
    reports: dict[str, StepReport] = {}
    for step in plan.steps:
        if watch:
            watch(step.key, None)
        report = _do(step, reports)
        reports[step.key] = report
        if watch:
            watch(step.key, report)
    return RunReport(list(reports.values()))


def _do(step: Step, done: dict[str, StepReport]) -> StepReport:
    blocked = [d for d in step.deps if _is_broken(done[d]) and d not in step.tolerates]
    if blocked:
        return StepReport(step.key, Outcome.SKIPPED, 0.0, error=f"needs {', '.join(blocked)}")
    start = time.perf_counter()
    try:
        result: StepResult = step.run()
    except ObserverError as error:
        logger.debug("step %s failed", step.key, exc_info=True)
        return StepReport(step.key, Outcome.FAILED, time.perf_counter() - start, error=str(error))
    outcome = Outcome.DONE if result.changed else Outcome.UNCHANGED
    return StepReport(step.key, outcome, time.perf_counter() - start, result.summary)


def _is_broken(report: StepReport) -> bool:
    return report.outcome in (Outcome.FAILED, Outcome.SKIPPED)
