"""Figures of matplotlib that keep their style: created, shown and saved without pyplot, so that none stays open."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from observer.visualizations.errors import drawing_libraries
from observer.visualizations.theme import FONT, Theme

with drawing_libraries():
    import matplotlib as mpl
    from matplotlib.backend_bases import RendererBase
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as PlainFigure

DPI = 144


class Figure(PlainFigure):
    """A figure of matplotlib with a theme; a notebook shows it as it is.

    Names are never read as formulas: text is drawn as it stands, also where it has dollar signs.
    """

    def __init__(self, theme: Theme, width: float, height: float) -> None:
        self.theme = theme
        self.alternative = ""
        with style(theme):
            super().__init__(figsize=(width, height), dpi=DPI, facecolor=theme.paper)
        FigureCanvasAgg(self)

    def draw(self, renderer: RendererBase) -> None:
        with style(self.theme):
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        with style(self.theme):
            super().savefig(fname, **options)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        width, height = self.get_size_inches()
        return buffer.getvalue(), {"width": round(width * 96), "height": round(height * 96)}


@contextmanager
def style(theme: Theme) -> Iterator[None]:
    """The settings of matplotlib for a theme, for as long as the block runs; a machine's own settings play no part."""
    with warnings.catch_warnings(), mpl.rc_context():
        # A character that the font lacks is drawn as a box, in SVG and HTML as itself.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Few dates in a long time: the locator then takes the nearest step that it knows.
        warnings.filterwarnings("ignore", message="AutoDateLocator was unable")
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, _settings(theme)))
        yield


def _settings(theme: Theme) -> dict[str, Any]:
    return {
        "font.family": FONT,
        "font.size": 9,
        "text.color": theme.ink,
        "text.parse_math": False,
        "axes.formatter.use_mathtext": False,
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.soft,
        "axes.labelcolor": theme.soft,
        "axes.labelsize": 9,
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": theme.line,
        "grid.linewidth": 0.8,
        "xtick.color": theme.soft,
        "ytick.color": theme.soft,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "xtick.major.size": 3,
        "ytick.major.size": 0,
        "hatch.color": theme.unknown,
        "hatch.linewidth": 0.9,
        "lines.linewidth": 1.8,
        "lines.solid_capstyle": "round",
        "patch.linewidth": 0,
        "path.simplify_threshold": 0.3,
        "agg.path.chunksize": 20000,
        "svg.fonttype": "none",
        "svg.hashsalt": "observer",
    }
