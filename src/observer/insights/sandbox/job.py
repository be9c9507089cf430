"""What a sandboxed process is told to run, and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take: bytes of memory, seconds of the processor and of the clock, bytes of a file and of all."""

    memory: int = 2 * 1024**3
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    file_bytes: int = 20 * 1024**2
    folder_bytes: int = 100 * 1024**2
    answer_bytes: int = 8 * 1024**2
    questions: int = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of code, and where it stands: the number of the cell, or 0 for a file as a whole."""

    number: int
    source: str


@dataclass(frozen=True, slots=True)
class Job:
    """Cells to run one after the other in `folder`, the only place where they can write."""

    name: str
    cells: Sequence[Cell]
    folder: Path
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went. `outputs` has for each cell that ran what it printed and showed, in Jupyter's form (nbformat 4).

    `error` is None where all cells ran to their end, else one sentence; `cell` is then where it stopped. `layers` are
    those of the sandbox, with whether each holds.
    """

    outputs: dict[int, list[dict[str, Any]]]
    error: str | None
    cell: int | None
    seconds: float
    layers: dict[str, bool]
