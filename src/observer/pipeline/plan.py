"""A plan is a pure list of steps with their dependencies; the local runner and Dagster both read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from observer.errors import ConfigError


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step did: whether it changed anything, one line for people, figures for machines."""

    changed: bool
    summary: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of work.

    `deps` name steps that come before. A step whose dependency failed is skipped, unless that dependency
    is in `tolerates`: then it runs on what is there.
    """

    key: str
    run: Callable[[], StepResult]
    deps: tuple[str, ...] = ()
    tolerates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in an order in which they can run."""

    steps: Sequence[Step]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Plan:
        """Sorts steps so that each follows its dependencies; ties keep the given order."""
        by_key = {step.key: step for step in steps}
        sorter = TopologicalSorter({step.key: step.deps for step in by_key.values()})
        try:
            sorter.prepare()
        except CycleError as error:
            raise ConfigError(f"steps depend on each other in a circle: {' -> '.join(error.args[1])}") from error
        position = {key: index for index, key in enumerate(by_key)}
        ordered: list[Step] = []
        while sorter.is_active():
            for key in sorted(sorter.get_ready(), key=lambda k: position.get(k, -1)):
                if key not in by_key:
                    raise ConfigError(f"a step depends on '{key}', which is not in the plan")
                ordered.append(by_key[key])
                sorter.done(key)
        return cls(ordered)

    def only(self, keys: Iterable[str]) -> Plan:
        """The named steps alone, their dependencies taken as done."""
        wanted = set(keys)
        unknown = wanted - {step.key for step in self.steps}
        if unknown:
            raise ConfigError(f"no step named {', '.join(sorted(unknown))}", hint=f"steps: {', '.join(self.keys)}")
        chosen = [step for step in self.steps if step.key in wanted]
        return Plan(
            [Step(step.key, step.run, tuple(d for d in step.deps if d in wanted), step.tolerates) for step in chosen]
        )

    @property
    def keys(self) -> list[str]:
        return [step.key for step in self.steps]
