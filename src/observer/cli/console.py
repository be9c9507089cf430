"""What a person sees in a terminal: tables, progress, and JSON where a script reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from observer.pipeline.runner import StepReport

err = Console(stderr=True, highlight=False)
out = Console(highlight=False, soft_wrap=True)

_MARKS = {"done": "[green]✓[/]", "unchanged": "[dim]=[/]", "failed": "[red]✗[/]", "skipped": "[yellow]-[/]"}


def print_json(value: object) -> None:
    """One JSON document on stdout; dates and decimals as text."""
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; tab-separated lines where stdout is not a terminal."""
    if not sys.stdout.isatty():
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(_text(cell) for cell in row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(_text(cell)) for cell in row))
    out.print(table)


def print_mapping(values: Mapping[str, object]) -> None:
    """Names and values, one a line."""
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        click.echo(f"{name:<{width}}  {_text(value)}")


class LiveProgress:
    """Shows the running steps and how far each is; the `Progress` port for terminals."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def advance(self, label: str, *, done: int, total: int | None = None) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._bar.add_task(escape(label), total=total)
        self._bar.update(self._tasks[label], completed=done, total=total)

    def watch(self, key: str, report: StepReport | None) -> None:
        if report is None:
            self._tasks.setdefault(key, self._bar.add_task(escape(key), total=None))
            return
        for task in self._tasks.values():
            self._bar.remove_task(task)
        self._tasks.clear()
        self._bar.console.print(step_line(report))


class QuietProgress:
    """Prints one plain line for each finished step; for logs and pipes."""

    def advance(self, label: str, *, done: int, total: int | None = None) -> None:
        return

    def watch(self, key: str, report: StepReport | None) -> None:
        if report is not None:
            err.print(step_line(report))


def step_line(report: StepReport) -> str:
    """One line about a finished step, with rich markup."""
    text = report.error or report.summary
    mark = _MARKS[report.outcome.value]
    return f"{mark} {escape(report.key):<24} [dim]{report.seconds:6.1f} s[/]  {escape(text)}"


@contextmanager
def progress() -> Iterator[LiveProgress | QuietProgress]:
    """The progress display that fits where stderr goes."""
    if not err.is_terminal:
        yield QuietProgress()
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        yield LiveProgress(bar)


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, (list, tuple)):
        return ", ".join(str(item) for item in cell)
    return "".join(ch if ch.isprintable() else "�" for ch in str(cell))
