"""Writes the text of a report in a process of its own: `python -m observer.insights.reports.apart`.

Jinja's sandbox keeps a template from code and files, not from loops that never end or texts that fill the memory. So it
runs where the kernel ends it: ten seconds of the processor and 512 MB, without network, files of others or processes.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from observer.errors import ContentError, Problem
from observer.insights.reports.facts import Facts
from observer.insights.reports.text import HOME, written
from observer.sandbox.confine import Room, die_with_parent, enter

CPU_SECONDS = 10
WALL_SECONDS = 120.0
MEMORY = 512 * 1024 * 1024
_HINT = "loop over less; see docs/guides/insights.md"


def written_apart(template: str, facts: Facts, root: Path, cpu_seconds: int = CPU_SECONDS) -> str:
    """As `text.written`; ContentError also where the template does not end within the limits of time and memory."""
    order = pickle.dumps((template, facts, str(root), cpu_seconds))
    command = [sys.executable, "-P", "-m", __name__]
    try:
        done = subprocess.run(command, input=order, capture_output=True, timeout=WALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _refused(f"the template does not end: it was stopped after {WALL_SECONDS:.0f} seconds") from error
    if done.returncode < 0:
        told = f"the template does not end: it was stopped after {cpu_seconds} seconds of the processor"
        raise _refused(told)
    if done.returncode:
        raise RuntimeError(f"a report could not be written out: {done.stderr.decode(errors='replace')[-2000:]}")
    answer = json.loads(done.stdout)
    if "problems" in answer:
        raise ContentError(Problem(**problem) for problem in answer["problems"])
    return str(answer["text"])


def main() -> None:
    """Reads the order, locks this process in, and writes the text or what is wrong with the template."""
    die_with_parent()
    template, facts, root, cpu_seconds = pickle.load(sys.stdin.buffer)  # noqa: S301 - the parent wrote it
    # Whatever Jinja loads when it is first used is loaded before the process is locked in.
    written("{{ 1 }}", facts, Path(root))
    enter(Room(readable=_readable(Path(root)), memory=MEMORY, is_listed=True, cpu_seconds=cpu_seconds))
    try:
        told: dict[str, object] = {"text": written(template, facts, Path(root))}
    except ContentError as error:
        told = _problems(error.problems)
    except MemoryError:
        told = _problems(_refused(f"the template takes more than {MEMORY >> 20} MB of memory").problems)
    except RecursionError:
        told = _problems(_refused("the template calls itself without an end").problems)
    sys.stdout.write(json.dumps(told))


def _readable(root: Path) -> tuple[Path, ...]:
    places = (root / HOME, *map(Path, sys.path))
    return tuple(place.resolve() for place in places if place.is_dir())


def _problems(problems: Iterable[Problem]) -> dict[str, object]:
    return {"problems": [asdict(problem) for problem in problems]}


def _refused(what: str) -> ContentError:
    return ContentError.one("template", None, what, hint=_HINT)


if __name__ == "__main__":
    main()
