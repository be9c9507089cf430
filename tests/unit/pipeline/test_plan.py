from __future__ import annotations

from collections.abc import Callable

import pytest

from observer.errors import ConfigError, SourceError
from observer.pipeline.plan import Plan, Step, StepResult
from observer.pipeline.runner import Outcome, run_plan


def step(key: str, *deps: str, log: list[str], fail: bool = False, tolerates: frozenset[str] = frozenset()) -> Step:
    def run() -> StepResult:
        log.append(key)
        if fail:
            raise SourceError("down", where=key)
        return StepResult(changed=True)

    return Step(key, run, deps, tolerates)


def test_steps_run_after_their_dependencies_and_keep_the_given_order_otherwise() -> None:
    log: list[str] = []

    run_plan(Plan.of([step("c", "b", log=log), step("b", "a", log=log), step("a", log=log), step("z", log=log)]))

    assert log == ["a", "z", "b", "c"]


def test_a_failed_step_skips_what_needs_it_and_nothing_else() -> None:
    log: list[str] = []
    plan = Plan.of(
        [
            step("bad", log=log, fail=True),
            step("needs", "bad", log=log),
            step("tolerant", "bad", log=log, tolerates=frozenset({"bad"})),
            step("other", log=log),
        ]
    )

    report = run_plan(plan)

    outcomes = {item.key: item.outcome for item in report.steps}
    assert outcomes == {
        "bad": Outcome.FAILED,
        "needs": Outcome.SKIPPED,
        "tolerant": Outcome.DONE,
        "other": Outcome.DONE,
    }
    assert not report.is_ok
    assert next(s for s in report.steps if s.key == "bad").error == "bad: down"


def test_a_bug_in_a_step_is_not_swallowed() -> None:
    def run() -> StepResult:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        run_plan(Plan.of([Step("a", run)]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda log: Plan.of([step("a", "b", log=log), step("b", "a", log=log)]), "circle"),
        (lambda log: Plan.of([step("a", "gone", log=log)]), "'gone'"),
        (lambda log: Plan.of([step("a", log=log)]).only(["b"]), "no step named b"),
    ],
    ids=["circle", "missing", "unknown"],
)
def test_a_wrong_plan_is_refused_with_the_reason(make: Callable[[list[str]], Plan], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make([])
