"""The page of a matplotlib chart: title, legend, plots and source line, each in a place of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from observer.visualizations.errors import drawing_libraries
from observer.visualizations.figure import Figure, style
from observer.visualizations.labels import compact, footer, text_width, wrapped
from observer.visualizations.theme import Theme, theme_of

with drawing_libraries():
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import FuncFormatter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_EDGE = 0.22
_TITLE_SIZE, _SUBTITLE_SIZE, _SMALL_SIZE = 13.0, 9.0, 7.5
UNKNOWN_HATCH = "////"


@dataclass(frozen=True, slots=True)
class Page:
    """The words around the plots. Without `title` there is none; the source line is always there."""

    title: str | None = None
    subtitle: str | None = None
    release: int | None = None


@dataclass
class Canvas:
    """A figure under construction: `axes` has its plots row by row; sizes of `figure` are inches."""

    figure: Figure
    theme: Theme
    axes: list[Axes]
    _legend: list[tuple[str, str, str]] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _late: list[Callable[[], object]] = field(default_factory=list)

    @property
    def plot(self) -> Axes:
        """The only plot, or the first."""
        return self.axes[0]

    def legend(self, label: str, colour: str, kind: str = "box") -> None:
        """Adds an entry above the plots; `kind` is box, line, dash, dot or unknown."""
        self._legend.append((label, colour, kind))

    def note(self, text: str) -> None:
        """Adds a remark to the source line, for instance how many rows are unknown."""
        self._notes.append(text)

    def unknown_entry(self) -> None:
        """Explains the hatching, once."""
        if ("unknown", self.theme.unknown, "unknown") not in self._legend:
            self.legend("unknown", self.theme.unknown, "unknown")

    def later(self, task: Callable[[], object]) -> None:
        """Runs a task when all places are known, for what depends on pixels."""
        self._late.append(task)

    def say(self, text: str) -> None:
        """Writes a sentence in the place of the plots, where there is nothing to draw."""
        for axes in self.axes:
            axes.set_axis_off()
        self.figure.text(0.5, 0.5, text, ha="center", va="center", color=self.theme.soft, size=10.5)

    def colormap(self, colours: Sequence[str]) -> LinearSegmentedColormap:
        """A smooth map through `colours`."""
        return LinearSegmentedColormap.from_list("observer", list(colours))


@contextmanager
def canvas(
    theme: str, page: Page, *, width: float = 8.0, height: float = 4.5, rows: int = 1, columns: int = 1
) -> Iterator[Canvas]:
    """A canvas with `rows` times `columns` plots; when the block ends, everything has its place.

    `height` is that of the plots in inches; title, legend and source line come on top.
    """
    look = theme_of(theme)
    with style(look):
        figure = Figure(look, width, height)
        plots = figure.subplots(rows, columns, squeeze=False)
        made = Canvas(figure, look, list(plots.flat))
        yield made
        _finish(made, page, height)


def _finish(made: Canvas, page: Page, height: float) -> None:
    figure = made.figure
    width = figure.get_size_inches()[0]
    points = (width - 2 * _EDGE) * 72
    titles = wrapped(page.title, _TITLE_SIZE, points, 2) if page.title else []
    subtitles = wrapped(page.subtitle, _SUBTITLE_SIZE, points, 2) if page.subtitle else []
    legend = _legend_rows(made._legend, points)
    top = 0.2 + 0.25 * len(titles) + 0.17 * len(subtitles) + 0.24 * len(legend) + (0.06 if titles else 0)
    bottom = 0.36
    total = height + top + bottom
    figure.set_size_inches(width, total)
    box = (_EDGE / 2 / width, bottom / total, 1 - _EDGE / width, height / total)
    figure.set_layout_engine("constrained", rect=box, w_pad=0.06, h_pad=0.05)
    at = total - 0.2
    for lines, size, step, colour, weight in (
        (titles, _TITLE_SIZE, 0.25, made.theme.ink, "bold"),
        (subtitles, _SUBTITLE_SIZE, 0.17, made.theme.soft, "normal"),
    ):
        for line in lines:
            figure.text(_EDGE / width, at / total, line, size=size, weight=weight, color=colour, va="top")
            at -= step
    for row in legend:
        _draw_legend(made, row, at - 0.1, width, total)
        at -= 0.24
    figure.text(_EDGE / width, 0.14 / total, footer(page.release), size=_SMALL_SIZE, color=made.theme.soft)
    if made._notes:
        note = wrapped("; ".join(made._notes), _SMALL_SIZE, points - 260, 1)[0]
        figure.text(1 - _EDGE / width, 0.14 / total, note, size=_SMALL_SIZE, color=made.theme.soft, ha="right")
    figure.alternative = page.title or ""
    if made._late:
        figure.draw_without_rendering()
        for task in made._late:
            task()


def _legend_rows(
    entries: Sequence[tuple[str, str, str]], points: float
) -> list[list[tuple[float, tuple[str, str, str]]]]:
    rows: list[list[tuple[float, tuple[str, str, str]]]] = []
    at = points + 1
    for entry in entries:
        size = 18 + text_width(entry[0], 8.5) + 14
        if at + size > points:
            rows.append([])
            at = 0
        rows[-1].append((at, entry))
        at += size
    return rows


def _draw_legend(
    made: Canvas, row: Sequence[tuple[float, tuple[str, str, str]]], at: float, width: float, total: float
) -> None:
    figure = made.figure
    for offset, (label, colour, kind) in row:
        left = _EDGE + offset / 72
        high = 0.11 if kind in ("box", "unknown") else 0.03
        if kind == "dot":
            figure.text(left / width, at / total, "●", color=colour, size=9, va="center_baseline")
        elif kind == "dash":
            figure.text(left / width, at / total, "- -", color=colour, size=9, weight="bold", va="center_baseline")
        else:
            box = Rectangle(
                (left / width, (at - high / 2) / total),
                0.16 / width,
                high / total,
                transform=figure.transFigure,
                facecolor="none" if kind == "unknown" else colour,
                edgecolor=colour,
                linewidth=0.5 if kind == "unknown" else 0,
                hatch=UNKNOWN_HATCH * 2 if kind == "unknown" else None,
            )
            figure.add_artist(box)
        figure.text((left + 0.22) / width, at / total, label, size=8.5, color=made.theme.soft, va="center_baseline")


def number_axis(axis: Axis) -> None:
    """Ticks as short numbers: 1.5M."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))


def share_axis(axis: Axis) -> None:
    """Ticks of a share as whole percents."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))


def date_ticks(first: datetime, last: datetime, most: int = 9) -> tuple[list[float], list[str]]:
    """Places and labels of ticks between two dates, for plots that share them: finding them anew in each takes long."""
    locator = AutoDateLocator(minticks=2 if most < 6 else 3, maxticks=most)
    places = [float(place) for place in locator.tick_values(first, last)]
    inside = [place for place in places if date2num(first) <= place <= date2num(last)]
    return inside, ConciseDateFormatter(locator, show_offset=False).format_ticks(inside)


def date_axis(axis: Axis, most: int = 9) -> None:
    """Ticks at whole years, months or days, some `most` of them, without repeating the year."""
    locator = AutoDateLocator(minticks=2 if most < 6 else 3, maxticks=most)
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


def hatch(axes: Axes, left: float, right: float, theme: Theme) -> None:
    """Hatches the time from `left` to `right` (dates of matplotlib or positions) as unknown."""
    axes.axvspan(left, right, facecolor="none", edgecolor=theme.unknown, hatch=UNKNOWN_HATCH, linewidth=0, zorder=0.5)


def runs(flags: npt.NDArray[np.bool_] | Sequence[bool]) -> list[tuple[int, int]]:
    """The longest stretches of true flags as (first, last) positions."""
    found: list[tuple[int, int]] = []
    for position, is_set in enumerate(flags):
        if not is_set:
            continue
        if found and found[-1][1] == position - 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found
