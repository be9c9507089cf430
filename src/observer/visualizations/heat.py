"""What heat maps share: coloured and hatched unknown cells, labels of buckets, a slim scale."""

from __future__ import annotations

from observer.visualizations.canvas import UNKNOWN_HATCH, Canvas
from observer.visualizations.errors import drawing_libraries
from observer.visualizations.labels import compact

with drawing_libraries():
    import numpy as np
    import numpy.typing as npt
    import pandas as pd  # type: ignore[import-untyped]
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import Colormap, Normalize, to_rgb
    from matplotlib.ticker import FuncFormatter, MaxNLocator


def colour_cells(
    made: Canvas, values: npt.NDArray[np.float64], colours: Colormap, scale: tuple[float, float], gap: float = 1.4
) -> None:
    """Draws a matrix with its first row on top, each cell one by one unit; cells of NaN stay empty.

    `scale` are the amounts of the first and the last colour, `gap` is the line between cells in points.
    """
    axes, (lines, columns) = made.plot, values.shape
    shown = np.ma.masked_invalid(values)
    paper = made.theme.paper
    axes.pcolormesh(shown, cmap=colours, vmin=scale[0], vmax=scale[1], linewidths=gap, edgecolor=paper)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(0, columns), ylim=(lines, 0))


def frame_unknown(made: Canvas, unknown: npt.NDArray[np.bool_], *, origin: float = 0.0) -> None:
    """Hatches the unknown cells of a matrix drawn with its first row on top, cells one by one unit from `origin`."""
    if not unknown.any():
        return
    lines, columns = np.nonzero(unknown)
    corners = np.array([(0.06, 0.06), (0.94, 0.06), (0.94, 0.94), (0.06, 0.94)]) + origin
    cells = PolyCollection(
        list(np.stack([columns, lines], axis=1)[:, None, :] + corners),
        facecolors="none",
        edgecolors=made.theme.unknown,
        hatch=UNKNOWN_HATCH,
        linewidths=0,
    )
    made.plot.add_collection(cells, autolim=False)
    made.unknown_entry()


def bucket_labels(axes: Axes, buckets: pd.DatetimeIndex, *, most: int = 12) -> None:
    """Labels columns of one unit each with their dates; the year is told where it begins."""
    count = len(buckets)
    if not count:
        return
    is_daily = count > 1 and (buckets[1] - buckets[0]).days < 27
    is_yearly = count > 1 and (buckets[1] - buckets[0]).days > 300
    step = max(1, -(-count // most))
    chosen = list(range(0, count, step))
    labels, year = [], None
    for position in chosen:
        day = buckets[position]
        text = "" if is_yearly else day.strftime("%d %b" if is_daily else "%b")
        if day.year != year:
            text = f"{text}\n{day.year}" if text else str(day.year)
            year = day.year
        labels.append(text)
    axes.set_xticks([position + 0.5 for position in chosen], labels, rotation=0)
    axes.tick_params(length=0)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.grid(visible=False)


def scale_bar(made: Canvas, colours: Colormap, low: float, high: float, caption: str) -> None:
    """A slim colour scale at the right."""
    source = ScalarMappable(Normalize(low, high if high > low else low + 1), colours)
    bar = made.figure.colorbar(source, ax=made.axes, shrink=0.9, aspect=26, pad=0.015, fraction=0.05)
    bar.locator = MaxNLocator(4)
    bar.formatter = FuncFormatter(lambda value, _: compact(value))
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=8)
    bar.set_label(caption, size=8.5)
    bar.update_ticks()


def ink_on(colour: tuple[float, float, float] | str, dark: str = "#10181b", light: str = "#ffffff") -> str:
    """The text colour that can be read on `colour`."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in to_rgb(colour)
    )
    return dark if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 else light
